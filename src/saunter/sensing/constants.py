"""Every number of the sensing room that matters, with its unit and reason. None is fitted to a recording."""

from __future__ import annotations

from typing import Final

from saunter.base.time import MILLISECOND, SECOND

#: One cell of the fixed grid. Short against a hand's slowest useful detail (a lift takes 0.1-1 s), long enough to hold
#: three samples of a 60 Hz load cell so that its mean is worth something.
CELL: Final = 50 * MILLISECOND
#: Cells judged together. 0.25 s covers two periods of the 7-8 Hz at which loaded boards swing, so its mean is quiet.
CHUNK_CELLS: Final = 5
CHUNK: Final = CELL * CHUNK_CELLS
#: Calm chunks that end a disturbance: half a second, twice the time between two picks of a hurried hand.
CALM_CHUNKS: Final = 2
#: How much history of cells is kept: a whole disturbance of the longest kind, and the calm before it.
HISTORY_CELLS: Final = 1024
#: A disturbance longer than this is cut: somebody leans there, or the floor shakes; what it leaves is then unsure.
EPISODE_SECONDS_MAX: Final = 20.0
#: Ambient noise is the median over this many chunks (20 s): robust while a plate is touched less than half of the time.
NOISE_CHUNKS: Final = 80
#: The median of a chi-square with four degrees of freedom, divided by four: median chunk variance -> variance.
CHI_SQUARE_MEDIAN: Final = 0.839
#: A level is never known better than this, grams: a quarter gram is the step of common 24-bit load cell converters.
NOISE_FLOOR_G: Final = 0.1
#: Below this no change is looked for, grams: creep and air move a plate that much; the lightest goods weigh 5 g.
STEP_G_MIN: Final = 2.0
#: Means of coloured (swinging) noise fall slower than 1/sqrt(n): 0.6 instead of 0.45 for five cells.
CHUNK_MEAN_FACTOR: Final = 0.6
#: How many standard deviations make a change: 4 in ~1,200 chunk means a second is one false alarm in half a minute,
#: which then meets a belief that knows "touched".
SIGMAS: Final = 4.0
#: A chunk is calm when it varies at most this many times the ambient noise, plus a small allowance in grams.
CALM_SIGMAS: Final = 3.0
CALM_ALLOWANCE_G: Final = 0.5
#: Friction of boards and mounts: after a shove of peak grams a level returns only to within this part of the peak.
HYSTERESIS: Final = 0.01
#: Drift is followed with a time constant of one second while calm; a hand is always faster.
DRIFT_GAIN: Final = 0.25
#: Plates this many places apart move together (an item rests on up to three, the board bends on both sides).
NEIGHBOURS: Final = 2
#: Changes on neighbouring plates closer than this belong to one movement of a hand.
TOGETHER: Final = 250 * MILLISECOND
#: A chunk is judged this long after its end at least, however the samples were chopped into blocks: two cells.
DELAY: Final = 2 * CELL
#: One thing resting on two plates side by side leaves both within this: it tips, and noisy plates tell the moment badly.
BESIDE: Final = 400 * MILLISECOND
#: A stream that owes samples is waited for this long, then taken as a gap.
STALL: Final = SECOND
#: A plate without samples, or without the faintest change, for this long is named (promise 5 allows 10 s).
SILENT: Final = 5 * SECOND
FROZEN: Final = 5 * SECOND
#: Scales are coarse where this part of all plates stands still, averaged over the last five seconds (gain per chunk):
#: of real load cells with a quarter gram of resolution about one in ten does.
COARSE_SHARE: Final = 0.4
STILL_GAIN: Final = 0.05
