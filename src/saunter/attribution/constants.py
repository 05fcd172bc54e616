"""Every number of the attribution room that matters, with its unit and reason. None is fitted to a recording."""

from __future__ import annotations

from typing import Final

from saunter.base.time import MILLISECOND, MINUTE, SECOND

#: A hand at a thing puts the wrist within 0-0.2 m of its place above the plate (hand length 0.19 m, tracker noise and
#: the distance a hand travels between two frames at 10 Hz): half-normal with this deviation, metres.
WRIST_SD_M: Final = 0.12
#: ... unless the wrist seen was the other one, or misplaced: exponential with this mean, metres, this often.
WRIST_STRAY_M: Final = 0.5
WRIST_STRAY: Final = 0.12
#: Where the elbow is seen too, the forearm tells where the palm is, within a tracker's error of two joints (0.03-0.06 m) and a
#: bend of the hand (0.03 m) of the thing: half-normal with this deviation, metres.
PALM_SD_M: Final = 0.08
#: Where the wrist is hidden, the elbow is a forearm and half a hand from the thing, however the arm is bent (forearm 0.25 m,
#: hand 0.09 m), within a tracker's error, the width of the thing and a bend of the hand, metres.
ELBOW_M: Final = 0.34
ELBOW_SD_M: Final = 0.08
#: ... and an arm that reaches is bent by less than a right angle: half-normal with this deviation, radians; an angle between
#: short bones is no more exact than this, radians.
BEND_SD: Final = 0.8
BEND_MIN: Final = 0.25
#: An arm that takes or puts something comes with the hand and goes with it: within this time before and after, nanoseconds,
#: its elbow (the wrist, where that is hidden) is elsewhere by more than a tracker's error in three frames at least, ...
SWING: Final = SECOND
SWING_FRAMES_MIN: Final = 3
STILL_M: Final = 0.15
#: ... but for one time in ten; arms of people who do something else are still every other time: they look (guess).
STILL_ACTING: Final = 0.1
STILL_ELSE: Final = 0.5
#: Things are gripped up to this above the board, metres: half of a tall bottle, the top of a low packet.
GRIP_M: Final = 0.15
#: Somebody who reaches stands 0.45 m from the plate's edge, give or take (arm 0.6-0.7 m, half a body 0.15 m).
BODY_M: Final = 0.45
BODY_SD_M: Final = 0.25
BODY_STRAY: Final = 0.03
#: People who do something else are anywhere: their bodies evenly on the floor within this, metres, ...
FAR_M: Final = 3.0
#: ... whose arms are not looked at beyond this: an arm of 0.7 m, a step and a bent back, metres, ...
ARM_M: Final = 1.6
#: ... their hands evenly in the room within this: an arm and a step, metres, ...
IDLE_M: Final = 1.5
#: ... but for those that are by coincidence at the same shelf (a hand is at some shelf for 1.5 s of every 20, one time in five
#: at this one of those in reach): evenly over its face within an arm, metres, as far as half a hand's breadth can be told.
BUSY: Final = 0.015
BUSY_M: Final = 0.5
HAND_M: Final = 0.05
#: The hand is at the thing when the larger part of the weight goes: clocks differ by up to 0.11 s, frames come every 0.1 s.
MOMENT: Final = 250 * MILLISECOND
#: Where nothing was seen at that moment, frames this long before and after the whole change still tell.
MARGIN: Final = 400 * MILLISECOND
#: A body not seen in the window is placed where it was last, ever less surely: it may have walked.
WALK_M_S: Final = 0.8
#: Weight of a party that is in the shop but not seen at all, and how fast it fades (seconds): it may be behind a shelf.
UNSEEN: Final = 0.3
UNSEEN_FADE_S: Final = 5.0
#: How long body positions are remembered: the longest disturbance plus what may still be joined.
HISTORY: Final = 40 * SECOND
#: Things leave shelves without anybody this often (falls, glitches, people who were never seen).
NOBODY_TAKES: Final = 0.001
#: Boards shake without anybody near far more often.
NOBODY_TOUCHES: Final = 0.3
#: Chance that a second party near acts within the same second (each interacts about every 20 s).
COINCIDENCE: Final = 0.05
#: ... and in one case of thirty at the same facing: a shop has a hundred and more, but people like the same things, and
#: friends go together (guess).
SAME_PLACE: Final = 0.03
#: ... at another facing of the same shelf one time in five: of those in reach (which facing it is, the shelf has weighed).
SAME_SHELF: Final = 0.2
#: A product comes onto a shelf that nobody was known to hold: a take must have been missed (1 %) and be put back (5 %).
GHOST: Final = 0.0005
#: Somebody puts back what another party took (a hand-over before).
HANDED_OVER: Final = 0.01
#: An unregistered body that sets something down is a member of staff whose track was lost this often, and restocks (guess).
STRANGER_RESTOCKS: Final = 0.2
#: Who stoops with a hand to the floor, away from all plates, sets down what was taken last this often; else it is a shoelace, a
#: bag or a child (guess).
SET_DOWN: Final = 0.5
#: A movement on a low board so long before or after, by the same hand, says that it only went there.
REACHING: Final = SECOND
#: What was taken longer ago than this is in a bag or a basket, not in the hand.
IN_HAND: Final = 2 * MINUTE
#: A load that should go again but never does: it was something else.
NEVER_RESOLVED: Final = 0.02
RESOLVE_WITHIN: Final = 15 * SECOND
#: A thing left on a wrong shelf is taken again from within this distance of where it was left, metres.
STRAY_SD_M: Final = 0.06
#: Worlds kept per group of entangled parties, and how small a weight is dropped; what is dropped adds up in `lost`.
WORLDS_MAX: Final = 64
LOSSES_MAX: Final = 64
WEIGHT_MIN: Final = 1e-4
#: Actors considered per movement: those within this many nats of the nearest.
ACTOR_NATS: Final = 5.0
ACTORS_MAX: Final = 6
#: Of all worlds that may follow an interaction at most this many are built; the rest weighs less than any of them.
PROPOSALS_MAX: Final = 600
#: Parties whose joint belief differs from independence by less than this (total variation) factor apart. Their
#: marginals, and so their bills, stay exactly as they are; lost is only what later evidence about one could say of the other.
INDEPENDENT: Final = 0.05
#: Who is who hangs together more closely, because one swap moves everything taken afterwards.
INDEPENDENT_TRACKS: Final = 0.005
#: A group of worlds but for which everything is as sure as this is taken for decided; the rest counts as lost.
NEGLIGIBLE: Final = 0.005
#: A passing load stays with the lines that say otherwise while it passes, as long as it is not negligible: the next movement may
#: make certain what was one in a hundred.
INDEPENDENT_PASSING: Final = 0.4 * NEGLIGIBLE
#: A taken product that the shelf alone believes less than this is not followed, unless it lies astray there.
CANDIDATE_MIN: Final = 1e-4
#: Who stood at which facing is looked at when several products at once are believed at least this much.
SEVERAL_MIN: Final = 0.01
#: Of what may have been put back, candidates further than this below the best, nats, and lines held less likely than
#: this entangle nobody: what they could explain is left to the ghosts.
CANDIDATE_NATS: Final = 7.0
HELD_MIN: Final = 0.02
#: A gate that saw a party leave with a track is wrong about it this often.
GATE_ERROR: Final = 0.01
#: A gate this sure of a track that was surely taken for another party proves a swap that nobody saw; the other one of the two is
#: among the tracks seen in these last seconds.
GATE_SURE: Final = 0.9
IN_VIEW: Final = 3 * SECOND
#: Attributions remembered so that later evidence can correct them; older ones stand as they were said.
TOLD_MAX: Final = 2000
#: Groups without visitors that remember things left astray; beyond this the oldest are forgotten.
ORPHANS_MAX: Final = 64
#: A line is in doubt when P(at least k pieces) for some k lies this far from both ends.
DOUBT_MIN: Final = 0.01
#: Per cart at most this many questions are thought of, each with this many answers (keys 1-8, and "none of these").
DOUBTS_MAX: Final = 8
ANSWERS_MAX: Final = 8
#: An answer less likely than this is not offered: "none of these" stands for it.
ANSWER_MIN: Final = 0.002
#: A reviewer who looks at one moment is wrong this often (a guess: one slip in fifty; audits measure it).
REVIEWER_ERROR: Final = 0.02
