"""Every number of the pretend world in one place: its value, its unit, and where it comes from.

"Measured" means the figures that the NanoStore recording's README gives (a real shop, 294 live channels, 33.6 s).
Everything else is physics or a stated guess. A preset is a whole shop's temper: how it weighs, drifts, shakes and looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

# --- streams and rates -------------------------------------------------------------------------------------------
#: Scale controllers send 12 samples at 60 Hz in one document (measured: the export layout).
BLOCK_SAMPLES: Final = 12
SAMPLE_RATE_HZ: Final = 60.0
#: A tracker of several cameras gives so many frames a second (guess).
PEOPLE_RATE_HZ: Final = 12.0
TICK_S: Final = 0.1
#: The world goes on this long after the last action has ended, so that timeouts and slow sensors can finish.
AFTER_S: Final = 5.0
#: How long a controller needs to send a finished block, lowest and highest (guess: a local network).
BLOCK_LATENCY_S: Final = (0.010, 0.050)
#: How long cameras, detection and tracking need for one frame (guess).
PEOPLE_LATENCY_S: Final = (0.080, 0.150)
#: How long a gate needs to report a pass (guess).
GATE_LATENCY_S: Final = 0.020
STREAM_PEOPLE: Final = "people"
STREAM_GATES: Final = "gates"
STREAM_TICKS: Final = "ticks"
STREAM_ACTIONS: Final = "truth/actions"
STREAM_RECEIPTS: Final = "truth/receipts"
#: When a story's 00:00.0 is (nanoseconds UTC, 2024-03-04T08:00:00Z): any fixed Monday morning will do.
START_NS: Final = 1_709_539_200_000_000_000

# --- plates ------------------------------------------------------------------------------------------------------
#: One step of the analogue-digital converter (measured).
QUANTUM_G: Final = 0.241
#: What an unused channel reads, for ever (measured).
UNUSED_G: Final = 6067.42
#: Plates are not zeroed: their resting value lies anywhere in this range (measured: -5.5 to 6 kg).
OFFSET_G: Final = (-6000.0, 6000.0)
#: Probabilities at which the presets give the standard deviation of a channel over one second.
SD_PROBABILITIES: Final = (0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 0.99)
#: Correlation of the electrical noise from one sample to the next (guess: a mild low-pass in the amplifier).
NOISE_CORRELATION: Final = 0.3
#: Shelves vibrate in this band (measured: 7-30 Hz), this many modes each, each this wide (guess: a bolted steel shelf).
VIBRATION_HZ: Final = (7.0, 29.0)
VIBRATION_MODES: Final = 2
VIBRATION_WIDTH_HZ: Final = 1.5
#: Which part of a channel's noise variance is shelf vibration, lowest and highest (guess; loud channels lean to the high end).
VIBRATION_SHARE: Final = (0.3, 0.8)
#: The time over which the recording's drift was measured.
DRIFT_SPAN_S: Final = 33.0
#: Spread of the drift between channels, as sd of a logarithm: turns the measured median 0.12 g into 0.72 g at 95 %.
DRIFT_LOG_SD: Final = 0.85
#: Weight that a plate passes to each direct neighbour (measured: a pick leaves 1-2 % there), falling by half per further plate.
LEAK: Final = (0.010, 0.020)
LEAK_FALL: Final = 0.5
LEAK_REACH: Final = 2
#: A spike is one wild sample of this size (guess: a bit error or a loose plug).
SPIKE_G: Final = (50.0, 2000.0)
#: A clock that steps back goes back this far (measured: one fixture's next sample came 5 ms before the last one).
CLOCK_STEP_S: Final = 0.022
#: A controller that loses its connection is silent this long (seconds, guess: a switch that starts anew).
SILENCE_S: Final = (2.0, 10.0)
#: A controller forgets a silence this long after it ended (no block lasts longer than 0.2 s).
SILENCE_KEPT_S: Final = 1.0

# --- pieces ------------------------------------------------------------------------------------------------------
#: Spread of single pieces around their product's true weight where the catalogue names none (guess).
PIECE_SD_SHARE: Final = 0.01
#: True weight of a product whose catalogue weight is unknown: median in grams and sd of its logarithm (guess: a snack shop).
UNKNOWN_WEIGHT_G: Final = 220.0
UNKNOWN_LOG_SD: Final = 0.5
#: Width of a 300 g piece, and its spread as sd of a logarithm (guess); width grows with the cube root of weight (a can
#: is 66 mm wide).
PIECE_WIDTH_M: Final = 0.066
PIECE_WIDTH_LOG_SD: Final = 0.2
PIECE_WIDTH_RANGE_M: Final = (0.035, 0.20)
#: Pieces are set down this far off their ideal place, as a share of their width (guess).
PLACEMENT_SD_SHARE: Final = 0.08
#: At most this many pieces behind each other (guess).
ROWS_MAX: Final = 6
#: Height of a piece's grip above its plate.
GRIP_HEIGHT_M: Final = 0.08
#: A plate belongs to the truth of an action when it carried at least this share of the weight.
TRUE_PLATE_SHARE: Final = 0.10

# --- hands on plates ---------------------------------------------------------------------------------------------
#: A hand that grips presses first: grams and seconds (measured on the picks: up to 200 g, a few tenths of a second).
TOUCH_G: Final = (5.0, 200.0)
TOUCH_S: Final = (0.10, 0.50)
#: A lift lasts this long; a slow one this long; a pause between two steps this long (guesses, as is all down to LEAN_HZ).
LIFT_S: Final = (0.10, 0.60)
SLOW_LIFT_S: Final = (0.9, 1.2)
TWO_STEP_PAUSE_S: Final = (0.3, 0.7)
TWO_STEP_SHARE: Final = (0.3, 0.6)
#: A put-down: how long the weight takes to arrive, how far it overshoots (share of the weight) and how long.
PUT_S: Final = (0.08, 0.30)
OVERSHOOT_SHARE: Final = (0.10, 0.40)
OVERSHOOT_S: Final = (0.06, 0.15)
#: After a lift or put-down the shelf rings: share of the weight, frequency, and gone after half a second (guess).
RING_SHARE: Final = (0.03, 0.10)
RING_HZ: Final = (5.0, 12.0)
RING_DECAY_S: Final = 0.12
RING_S: Final = 0.6
#: A hand that holds a piece still standing on its plate carries this share of it, wavering slowly, with a tremor.
HOLD_SHARE: Final = (0.15, 0.45)
HOLD_WAVER_HZ: Final = (0.3, 0.9)
HOLD_WAVER_SHARE: Final = 0.10
TREMOR_HZ: Final = (7.0, 9.0)
TREMOR_SHARE: Final = 0.02
#: How fast a press, a lean or a hold comes and goes.
EDGE_S: Final = 0.12
HOLD_EDGE_S: Final = 0.3
#: Width of a pressing hand.
HAND_WIDTH_M: Final = 0.08
#: A leaning body shakes its shelf at this frequency (measured: 7-8 Hz, hundreds of grams), others of the fixture by a share,
#: and rests on it with a share of that force.
LEAN_HZ: Final = (7.0, 8.0)
LEAN_OTHERS_SHARE: Final = 0.1
LEAN_REST_SHARE: Final = 0.1
#: A door slam shakes every fixture: frequency and decay; a fifth of the channels feel over a tenth of it (measured: 68 of 348).
SLAM_HZ: Final = (7.0, 20.0)
SLAM_DECAY_S: Final = 0.6
SLAM_S: Final = 2.5
SLAM_COUPLING_POWER: Final = 10.0
#: Staff put pieces on the shelf one after another, this far apart (guess).
RESTOCK_GAP_S: Final = 1.2

# --- bodies ------------------------------------------------------------------------------------------------------
#: Walking in a shop, and how far from a shelf people stand (guesses, as all of how bodies move is).
WALK_MPS: Final = 1.2
STAND_M: Final = 0.5
#: Two bodies do not stand closer than this; a shelf place this far to the side still serves.
BODY_GAP_M: Final = 0.4
SIDE_STEP_M: Final = 0.45
#: Nobody walks for a piece that is no further to the side than this.
SIDE_REACH_M: Final = 0.65
#: Two people who hand something over stand this far apart.
HAND_OVER_M: Final = 0.7
#: An arm goes out and comes back in this time; it is at the piece this long before it lifts.
REACH_S: Final = 0.5
GRIP_S: Final = 0.15
#: The wrist ends this far before the middle of the piece (a hand's length), and an arm is this long before the body bends.
HAND_LENGTH_M: Final = 0.12
ARM_M: Final = 0.62
#: Heights of people vary by this factor.
BODY_SCALE: Final = (0.92, 1.08)
#: Joints shake around their true place with this correlation from frame to frame.
JITTER_CORRELATION: Final = 0.5
#: What the tracker thinks of its joints.
JOINT_SCORE: Final = 0.9
#: A hidden wrist stays hidden this long on average.
HIDDEN_S: Final = 0.4

# --- clothing ----------------------------------------------------------------------------------------------------
#: An appearance vector has this many numbers (guess).
APPEARANCE_NUMBERS: Final = 16
#: People dress in one of so many styles, and differ within a style by this much of the vector's length (guess: about one
#: pair in twelve looks alike to a camera at the ceiling).
CLOTHES: Final = 12
CLOTHES_OWN: Final = 0.35

# --- cameras and gates of crowded shops --------------------------------------------------------------------------
#: A shop whose plan names no cameras gets one at every knot of a grid this wide, this high, looking straight down.
CAMERA_GRID_M: Final = 3.0
CAMERA_HEIGHT_M: Final = 2.8
CAMERA_FOV_DEG: Final = 110.0
#: A body hides what is behind it as a cylinder of this radius, and its own wrists as a thinner one (a trunk seen sideways).
BODY_RADIUS_M: Final = 0.20
TRUNK_RADIUS_M: Final = 0.13
#: What is visible is worked out for every so many frames: nobody walks 0.25 m in that time.
SEEN_EVERY: Final = 2
#: A joint that only one camera sees is this much less sure than one that two see: depth comes from one picture (guess).
ONE_CAMERA_JITTER: Final = 2.0
#: An encounter begins when two bodies are this near and ends when they are that far apart.
ENCOUNTER_M: Final = 0.5
PARTED_M: Final = 0.8
#: The tracker takes two for each other this much more often when their clothing looks alike (cosine above ALIKE; guess).
ALIKE_FACTOR: Final = 3.0
ALIKE: Final = 0.85
#: An appearance vector comes this often per track (guess).
APPEARANCE_EVERY_S: Final = 0.5
#: A gate asks the tracker who stands nearest to it this long after the pass, and believes it up to this distance (guess).
GATE_LINK_S: Final = 0.2
GATE_REACH_M: Final = 0.9


@dataclass(frozen=True, slots=True)
class Sight:
    """How good the tracker over real cameras is, beyond what lines of sight hide.

    `wrist_missed`: share of frames in which a visible wrist is not found. `breaks_per_minute`: how often a track breaks
    without any reason one could see. `kept_s`: a body unseen this long gets a new name. `swap_per_encounter`: probability
    that two who met are taken for each other afterwards. `appearance_sd`: length of the noise on an appearance vector.
    `clock_offset_s`: the tracker's clock is ahead by up to this; `camera_skew_s`: pictures of several cameras are this far
    apart (sd). `gate_track`: the gate names the track of the body itself, of the nearest body it sees, or none.
    """

    wrist_missed: float
    breaks_per_minute: float
    kept_s: float
    swap_per_encounter: float
    appearance_sd: float
    clock_offset_s: float
    camera_skew_s: float
    gate_track: Literal["own", "nearest", "none"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A shop's temper. Shares and probabilities in [0, 1]; the rest as the names say.

    `sd_g` are quantiles, at SD_PROBABILITIES, of a channel's standard deviation over one second. `gain_sd` and
    `catalogue_sd` are standard deviations of relative errors, cut off at `gain_error_max` and `catalogue_error_max`.
    `slams_per_hour`: doors slam by up to `slam_g`; `silences_per_hour`: one controller falls silent for some seconds (both in
    scenarios only, stories say so themselves). `sight` is the tracker of scenarios; stories use the four shares before it.
    `unused_is_constant`: plates without any facing read UNUSED_G, as in the real shop.
    """

    sd_g: tuple[float, ...]
    drift_median_g: float
    gain_sd: float
    gain_error_max: float
    catalogue_sd: float
    catalogue_error_max: float
    clock_offset_s: float
    clock_steps_per_hour: float
    spikes_per_channel_hour: float
    block_loss: float
    value_loss: float
    unused_is_constant: bool
    jitter_sd_m: float
    wrist_hidden: float
    person_missed: float
    frame_missed: float
    slams_per_hour: float
    slam_g: float
    silences_per_hour: float
    sight: Sight


#: Of the tracker no recording was at hand and no benchmark was consulted: all of `sight` is a guess, and so are the jitter and
#: the three shares before it. calm and noisy are guessed from nanostore: a third and three times as bad or so. Slams per hour,
#: silences, spikes and losses are guesses too: the recording has one slam, which is too few to count.
#: calm: new scales, good light: for stories about behaviour, not about noise. No channel is quieter than 0.3 g: below that a
#: live channel would repeat its value and look frozen. nanostore: as measured. noisy: twice the noise of nanostore, poor light.
PRESETS: Final = {
    "calm": Preset(
        sd_g=(0.32, 0.35, 0.38, 0.42, 0.48, 0.55, 0.80),
        drift_median_g=0.05,
        gain_sd=0.008,
        gain_error_max=0.02,
        catalogue_sd=0.008,
        catalogue_error_max=0.02,
        clock_offset_s=0.030,
        clock_steps_per_hour=0.0,
        spikes_per_channel_hour=0.0,
        block_loss=0.0,
        value_loss=0.0,
        unused_is_constant=False,
        jitter_sd_m=0.02,
        wrist_hidden=0.03,
        person_missed=0.005,
        frame_missed=0.001,
        slams_per_hour=2.0,
        slam_g=60.0,
        silences_per_hour=0.0,
        sight=Sight(
            wrist_missed=0.01,
            breaks_per_minute=0.02,
            kept_s=2.0,
            swap_per_encounter=0.001,
            appearance_sd=0.10,
            clock_offset_s=0.010,
            camera_skew_s=0.004,
            gate_track="own",
        ),
    ),
    "nanostore": Preset(
        sd_g=(0.30, 0.35, 0.48, 0.76, 1.54, 3.63, 17.0),
        drift_median_g=0.12,
        gain_sd=0.030,
        gain_error_max=0.06,
        catalogue_sd=0.030,
        catalogue_error_max=0.07,
        clock_offset_s=0.110,
        clock_steps_per_hour=6.0,
        spikes_per_channel_hour=0.5,
        block_loss=0.0002,
        value_loss=0.000002,
        unused_is_constant=True,
        jitter_sd_m=0.03,
        wrist_hidden=0.10,
        person_missed=0.02,
        frame_missed=0.005,
        slams_per_hour=12.0,
        slam_g=300.0,
        silences_per_hour=0.5,
        sight=Sight(
            wrist_missed=0.05,
            breaks_per_minute=0.10,
            kept_s=1.0,
            swap_per_encounter=0.010,
            appearance_sd=0.25,
            clock_offset_s=0.050,
            camera_skew_s=0.010,
            gate_track="nearest",
        ),
    ),
    "noisy": Preset(
        sd_g=(0.60, 0.70, 0.96, 1.52, 3.08, 7.26, 34.0),
        drift_median_g=0.24,
        gain_sd=0.040,
        gain_error_max=0.08,
        catalogue_sd=0.035,
        catalogue_error_max=0.07,
        clock_offset_s=0.110,
        clock_steps_per_hour=30.0,
        spikes_per_channel_hour=3.0,
        block_loss=0.002,
        value_loss=0.00002,
        unused_is_constant=True,
        jitter_sd_m=0.05,
        wrist_hidden=0.30,
        person_missed=0.06,
        frame_missed=0.02,
        slams_per_hour=30.0,
        slam_g=600.0,
        silences_per_hour=2.0,
        sight=Sight(
            wrist_missed=0.12,
            breaks_per_minute=0.40,
            kept_s=0.7,
            swap_per_encounter=0.030,
            appearance_sd=0.50,
            clock_offset_s=0.100,
            camera_skew_s=0.017,
            gate_track="nearest",
        ),
    ),
}
