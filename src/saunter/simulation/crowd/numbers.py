"""Every number of how shoppers walk, choose and use their hands: value, unit, reason. A guess says so."""

from __future__ import annotations

from typing import Final

# --- walking -----------------------------------------------------------------------------------------------------
#: People are moved, and the tracker looks, this often (the tracker's rate, so that no frame falls between two moves).
STEP_S: Final = 1 / 12
#: Walking speeds differ by this much around table.WALK_MPS (literature on pedestrians: about 0.2 m/s).
WALK_SD_MPS: Final = 0.15
#: Nobody walks slower or faster than this in a shop.
WALK_RANGE_MPS: Final = (0.7, 1.5)
#: Two bodies push each other away with this speed at contact, halved about every 0.1 m (after Helbing and Molnar 1995).
PUSH_MPS: Final = 1.6
PUSH_FALL_M: Final = 0.15
#: Nobody minds anybody further away than this.
PUSH_REACH_M: Final = 0.9
#: Pushes are turned by this angle (radians), so that two who meet head-on pass on the right.
PUSH_TURN: Final = 0.7
#: Two middles are never closer than this (shoulders turned), and no middle comes closer to furniture or walls.
CONTACT_M: Final = 0.34
FURNITURE_M: Final = 0.17
#: A corner of the way counts as passed from here; a goal as reached from there.
CORNER_REACHED_M: Final = 0.30
GOAL_REACHED_M: Final = 0.06
#: Who has not come 0.1 m nearer for this long is stuck: stays if it is near enough to reach, else seeks a new way.
STUCK_S: Final = 2.5
NEAR_ENOUGH_M: Final = 0.55
#: After so many new ways a body gives up and wants something else.
NEW_WAYS_MAX: Final = 4
#: Who is new, or waits for others, stands so far inside the door and so far to either side of the way to the shop's middle.
INSIDE_M: Final = (1.2, 2.6)
ASIDE_M: Final = (-1.2, 1.2)

# --- deciding ----------------------------------------------------------------------------------------------------
#: Looking at a shelf before the hand goes out: median seconds and sd of the logarithm (guess: most know what they want).
LOOK_S: Final = 8.0
LOOK_LOG_SD: Final = 0.6
#: A place that is full, or that one cannot get to, is tried so often, with a pause of these seconds, before one goes without.
TRIES_MAX: Final = 8
PAUSE_S: Final = (1.0, 4.0)
#: Before going for the next thing of the list, shoppers browse somewhere with this probability, this long (guess).
BROWSE_SHARE: Final = 0.6
BROWSE_S: Final = (5.0, 30.0)
#: A piece is carried this long before it is put back, swapped, handed over, left or hidden (seconds, guess).
CARRIED_S: Final = (4.0, 20.0)
#: Who looks at a piece in the hand and puts it back at once takes this long (seconds, guess).
REGARD_S: Final = (2.0, 6.0)
#: A list's pieces of one product are taken in one grab of at most so many; two hands hold that many.
GRAB_MAX: Final = 3
#: Popularity of products falls with rank to this power (Zipf; guess: mild, a small shop keeps what sells).
POPULARITY_POWER: Final = 0.7
#: How many pieces a list asks for of one product: probabilities of 1, 2, 3 (guess: most lines are single pieces).
LINE_PIECES: Final = (0.78, 0.17, 0.05)
#: Long holds rest on the piece this long before lifting (seconds).
LONG_HOLD_S: Final = (1.5, 4.0)
#: Lifts that are slow or come in two steps, as shares of all lifts (guess).
SLOW_SHARE: Final = 0.06
TWO_STEP_SHARE: Final = 0.04
#: A touch presses with this force and lasts this long (measured picks: up to 200 g, a few tenths of a second).
TOUCH_G: Final = (10.0, 200.0)
TOUCH_S: Final = (0.4, 1.5)
#: The second hand of a two-handed take follows the first within this time (seconds).
SECOND_HAND_S: Final = (0.0, 0.35)
#: Two who take at the same moment are this far apart in time at most (seconds).
SAME_MOMENT_S: Final = 0.25
#: In a crowd round a shelf everybody takes within this time (seconds).
CROWD_S: Final = 4.0
#: Who comes to a meeting waits this long for the others (seconds), and is invited from this far away at most (metres).
MEETING_WAIT_S: Final = 20.0
MEETING_REACH_M: Final = 6.0
#: Who swaps reaches for the neighbour so long after putting down (seconds): the other hand, already on its way.
SWAP_GAP_S: Final = (0.4, 1.5)
#: Who hides a piece turns away from the shelf by this angle (radians), either a quarter or half round.
TURN_AWAY: Final = (1.6, 3.1)
#: Two who change places set off this long after their takes (seconds).
BREATH_S: Final = 0.2
#: A piece is hidden in a bag, or set down on the floor, within this time (seconds).
BAG_S: Final = 1.2
#: Bodies of a group enter this far apart (seconds), and so do parties that waited at the door.
GROUP_GAP_S: Final = 1.5
#: Somebody who would stand in another body's way at the gate waits until it is this far off (metres).
DOOR_CLEAR_M: Final = 0.45

# --- staff -------------------------------------------------------------------------------------------------------
#: A facing is refilled when fewer pieces than this share of its first stock are left.
REFILL_BELOW: Final = 0.4
#: Staff carry at most so many pieces to a shelf at once, and rest this long between two jobs (seconds).
REFILL_MAX: Final = 8
REST_S: Final = (5.0, 30.0)
#: A piece that lies astray is tidied away once it has lain there this long (seconds, guess).
ASTRAY_S: Final = 180.0

# --- keys and cards (guesses, as all of how people come in) ---------------------------------------------------------
#: Share of parties that hold a card to the gate instead of showing a code.
CARD_SHARE: Final = 0.2
#: Shares of parties that agree to all but training and analytics, and that do not want anybody to look at doubtful moments.
NO_TRAINING_SHARE: Final = 0.3
NO_REVIEW_SHARE: Final = 0.08
#: A phone asks for a key, and shows it, this long before the body passes (seconds) in a world that waits for no gate.
KEY_ISSUED_S: Final = 10.0
KEY_SHOWN_S: Final = 3.0
#: The same of a key whose payment method is declined, before that.
DECLINED_ISSUED_S: Final = 24.0
DECLINED_SHOWN_S: Final = 21.0
#: How long records of phones and gates are on their way (seconds).
PHONE_LATENCY_S: Final = 0.08
#: From a key on the phone to the gate (seconds), and from the opened gate to the first step inside.
TO_THE_GATE_S: Final = (4.0, 12.0)
THROUGH_GATE_S: Final = (0.4, 1.2)
#: A party stands before a shut gate this long before it goes home (seconds); whose payment was declined takes another method.
AT_GATE_S: Final = 30.0
OTHER_METHOD_S: Final = (4.0, 10.0)

# --- people who answer ------------------------------------------------------------------------------------------------
#: Staff take a share of this much around their usual time for an age check or a bill (seconds as a factor).
STAFF_SPREAD: Final = (0.5, 1.5)
#: This share of those who want goods for adults is not old enough, or cannot show it (guess).
TOO_YOUNG_SHARE: Final = 0.06
#: A manager who confirms bills notices a product that was not taken at all with this probability (guess).
NOTICED_SHARE: Final = 0.9
#: Shoppers look at their receipt so long after it came (seconds).
RECEIPT_LOOK_S: Final = (15.0, 90.0)
#: This share of shoppers with a right receipt disputes a line all the same (guess: mistakes, and the few who lie).
FALSE_DISPUTE_SHARE: Final = 0.004

# --- a guest, steered from outside ------------------------------------------------------------------------------------
#: How often a guest looks whether it is told something (seconds).
GUEST_ASKS_S: Final = 0.1
#: A guest looks at the shelf for this long before the hand goes out (seconds): who steers it has looked already.
GUEST_LOOK_S: Final = 0.6
#: A guest whom nobody steers goes home after this long before the gate, and walks out after this long inside (seconds).
GUEST_AT_GATE_S: Final = 120.0
GUEST_IDLE_S: Final = 600.0
