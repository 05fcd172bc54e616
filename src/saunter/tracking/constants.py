"""Every number of the tracking room that matters, with its unit and reason. None is fitted to a recording."""

from __future__ import annotations

from typing import Final

from saunter.base.time import MILLISECOND, SECOND

# --- meetings ----------------------------------------------------------------------------------------------------
#: Two bodies whose middles are nearer than this may touch (shoulder breadth is 0.45 m, a tracker's middle errs by a hand's
#: breadth): a tracker may swap their names.
MEETING_M: Final = 0.55
#: They have parted when this far apart again; the pair then counts as having met once.
PARTED_M: Final = 0.9
#: How often a tracker swaps two anonymous tracks in such a meeting (multi-camera trackers lose about one identity in a
#: hundred close crossings), and how often a source that itself names the party of every body has mixed them up.
SWAP_ANONYMOUS: Final = 0.01
SWAP_NAMED: Final = 0.002
#: Bodies that stand keep their places in a tracker's prediction: swaps need somebody moving at this pace, m/s, both when
#: they meet and when they part; otherwise they are this much rarer.
MOVING_M_S: Final = 0.3
STANDING: Final = 0.1
#: A swap less likely than this is not worth a branch of the belief.
SWAP_MIN: Final = 0.005
#: ... and however well a swap is seen, one in a thousand is another confusion.
SWAP_MAX: Final = 0.999
#: How well motion tells: people keep their velocity within this many m/s over a short meeting, and lose it with time.
MOTION_SD_M_S: Final = 0.5
FORGETTING_M_S2: Final = 0.5
#: Velocities are measured over this time before and at the end of a meeting.
MOTION_SPAN: Final = SECOND // 2
#: No body moves faster than this in a shop, m/s, beyond what a tracker's positions jump about, metres: a middle shifts by up
#: to 0.2 m as joints come into view and go.
RUN_M_S: Final = 4.0
JUMP_M: Final = 0.4
#: Two tracks that at once jump to where the other was have been swapped, but for this.
EXCHANGE: Final = 0.97

# --- looks -------------------------------------------------------------------------------------------------------
#: After two have parted, their clothing is looked at for this long before it is judged whether they were swapped.
LOOKS_AFTER: Final = 2 * SECOND
#: So many looks at each suffice; more in the same light say nothing new.
LOOKS_ENOUGH: Final = 3
#: Looks at one body in one light resemble each other: at most this many count as independent.
LOOKS_INDEPENDENT: Final = 4
#: Until the scatter of looks at one body was measured: its length beside the vector's (1), and how many measurements that counts.
LOOK_SD: Final = 0.3
LOOK_SD_COUNT: Final = 10
#: No network describes one body twice the same way: below this the scatter is rounding, or one picture sent twice.
LOOK_SD_MIN: Final = 0.02
#: One person in twelve looks like another to a camera at the ceiling: a likeness is worth at most ln 12 nats, ...
ALIKE_NATS: Final = 2.5
#: ... and a difference at most this much: light and turned backs change looks by more than their scatter tells (guess).
UNLIKE_NATS: Final = 8.0

# --- lost and found ----------------------------------------------------------------------------------------------
#: A new track that begins within this time and distance of a lost one may continue it: people walk up to 1.5 m/s.
LOST: Final = 20 * SECOND
WALK_M_S: Final = 1.5
NEAR_M: Final = 0.6
#: A new body is a new person this often, against being one that was lost nearby, per square metre: near a gate ...
NEW_BODY: Final = 0.05
#: ... and away from every gate, where nobody can come in: only bodies that never had a track (guess: one in 25 of those).
NEW_BODY_INSIDE: Final = 0.002
#: A track that is missing from this very frame only is mostly just missed: it is this much rarer that it was lost.
JUST_MISSED: Final = 0.3
#: A track not seen for this long is lost.
UNSEEN: Final = SECOND

# --- gates -------------------------------------------------------------------------------------------------------
#: A gate pass without a track names a nameless track this near the gate, this soon.
GATE_M: Final = 2.5
GATE: Final = 5 * SECOND
#: Who passes a gate is this near its point, metres, and goes on at this pace, give or take.
GATE_SD_M: Final = 0.35
GATE_PACE_M_S: Final = 1.0
GATE_PACE_SD_M_S: Final = 0.5
#: A gate's own word on the track counts this much more than any other track: gates take the wrong one once in twenty.
GATE_LINK: Final = 20.0
#: Who comes in has a new track: others are this much rarer (their track may have begun before the gate).
GATE_OLD: Final = 0.05
#: Who goes out is gone: a track still seen half a second later left this much more rarely (a reflection, a tracker's guess).
GATE_STAYS: Final = 0.005
#: None of the tracks seen is the one that passed: weight against a track right at the gate.
GATE_NONE: Final = 0.01
#: From here on a gate's choice is certain; otherwise it is made this long after the pass, when who passed has gone on.
GATE_SURE: Final = 0.95
GATE_WAIT: Final = 800 * MILLISECOND

# --- hands at the floor ------------------------------------------------------------------------------------------
#: A hand that sets something down is lower than a knee (0.45 m) by a hand's length: its palm, half a hand beyond the wrist,
#: metres (wrists above `base.habits.FLOOR_WRIST_M` are not looked at), ...
FLOOR_HAND_M: Final = 0.32
#: ... and farther than this (a tracker's error of 0.03-0.06 m and a hand's breadth) from everything that lies on a plate, metres.
FLOOR_CLEAR_M: Final = 0.12
#: It stays there while it lets go: a third of a second at twelve frames a second; frames further apart are another time.
FLOOR_FRAMES: Final = 4
FLOOR_GAP: Final = 500 * MILLISECOND
#: ... and no longer than this: who sits on the floor, or a tracker whose heights mean nothing, sets nothing down.
FLOOR_LONGEST: Final = 10 * SECOND
#: It is told this long after, when takes before it have come to rest on their plates and been told, and no later than the
#: bill of who walks out at once.
FLOOR_TOLD: Final = 2 * SECOND
