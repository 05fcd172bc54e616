"""A scenario: which shop, who comes when, how they behave. The suites that figures are measured on stand here as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from saunter.simulation.shops import shop_texts

#: What shoppers ordinarily do: take (one piece, or several in one grab, as the list says), take two with two hands, hold on
#: for long before lifting, only touch, take and put back in its place.
ORDINARY: Final = ("take", "two-handed", "long hold", "touch", "put back")
#: What they do now and then: put a piece back where it does not belong; put one back and take its neighbour; give one to
#: another party; leave one on the floor; take one into the bag at once; reach across somebody; crowd round one shelf; take at
#: the same moment as somebody beside them; change places with somebody, closely.
ODD: Final = (
    "misplace", "swap", "hand over", "floor", "conceal", "reach across", "crowd", "simultaneous", "crossing",
)  # fmt: skip
#: Odd errands that need a second party.
MEETINGS: Final = ("hand over", "reach across", "crowd", "simultaneous", "crossing")
#: How many pieces of its line an errand takes; one that is not here takes one.
PIECES_TAKEN: Final[Mapping[str, int]] = MappingProxyType(
    {"take": 10**9, "two-handed": 2, "touch": 0, "put back": 0, "misplace": 0, "floor": 0}
)
#: How truth names what is in no shopper's table: a grab of several pieces, a staff member's refilling and tidying.
SEVERAL, REFILL, TIDY = "take several", "restock", "tidy"
#: What a true action of a shopper may be part of.
SHOPPERS_BEHAVIOURS: Final = (*ORDINARY, SEVERAL, *ODD)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """At this minute of the day so many parties per hour come to the door; in between the rate changes evenly."""

    at_min: float
    per_hour: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """A stretch of a shop's day.

    `shop` names a made-up shop, `preset` the temper of its sensors (table.PRESETS). From `starts_min` (minutes after
    midnight) for `minutes` parties come by `arrivals`; more than `parties_max` are never inside, the others wait at the door.
    `groups`: probabilities that a party is 1, 2, 3, ... bodies. `odd_share` of the errands are odd ones (an odd errand is often
    two or three actions, so the share of odd actions is larger); `ordinary` and
    `odd` are the weights of the kinds within each. `staff` members restock and tidy.
    """

    name: str
    title: str
    shop: str
    preset: str
    starts_min: float
    minutes: float
    arrivals: tuple[Arrivals, ...]
    parties_max: int
    groups: tuple[float, ...]
    staff: int
    odd_share: float
    ordinary: Mapping[str, float]
    odd: Mapping[str, float]

    def per_hour(self, minute: float) -> float:
        """How many parties per hour come to the door at a minute of the day."""
        return float(np.interp(minute, [rate.at_min for rate in self.arrivals], [rate.per_hour for rate in self.arrivals]))

    def expected(self, first_min: float, last_min: float) -> float:
        """How many parties come to the door between two minutes of the day, on average."""
        minutes = np.linspace(first_min, last_min, 1 + max(1, round(4 * (last_min - first_min))))
        return float(np.trapezoid([self.per_hour(minute) for minute in minutes], minutes)) / 60

    def minute_of(self, share: float) -> float:
        """The minute of the day by which this share (0 to 1) of all its parties has come: evenly drawn shares are evenly drawn
        parties."""
        minutes = np.arange(self.starts_min, self.starts_min + self.minutes + 0.25, 0.25)
        come = np.concatenate(([0.0], np.cumsum([self.expected(m, m + 0.25) for m in minutes[:-1]])))
        return float(np.interp(share * come[-1], come, minutes))

    def from_minute(self, minute: float) -> Scenario:
        """The rest of the same day."""
        return replace(self, starts_min=minute, minutes=self.starts_min + self.minutes - minute)


def _frozen(weights: dict[str, float]) -> Mapping[str, float]:
    return MappingProxyType(weights)


#: Parties per hour through an ordinary day (guess: a busy convenience shop by an office and a station, some 2,100 parties a
#: day; breakfast, lunch and the way home are its peaks). For a quarter of an hour at noon more come than fit: the shop is full.
_DAY: Final = tuple(
    Arrivals(hour * 60.0, per_hour)
    for hour, per_hour in (
        (6.0, 20), (7.5, 120), (8.5, 150), (9.5, 60), (11.5, 120), (12.05, 900), (12.3, 900), (12.7, 180), (13.5, 120),
        (15.0, 80), (17.0, 180), (18.0, 220), (19.5, 80), (22.0, 20),
    )
)  # fmt: skip
#: A lunch hour in which the shop is full all the time.
_RUSH: Final = (Arrivals(690.0, 240.0), Arrivals(720.0, 1080.0), Arrivals(765.0, 1080.0), Arrivals(810.0, 300.0))
#: Ordinary errands. Of the 118 labelled actions of the NanoStore's cases 29 are put-backs and one is an empty hand, but
#: those were staged to be hard; a put-back and a touch in every tenth errand each are a guess for ordinary days.
_ORDINARY: Final = {"take": 0.70, "two-handed": 0.05, "long hold": 0.05, "touch": 0.10, "put back": 0.10}
#: Odd errands in equal parts, so that each kind can be counted.
_ODD: Final = dict.fromkeys(ODD, 1.0)
#: One party in five is two people, one in twenty three (guess: shops see 1.2 to 1.4 people per payment).
_GROUPS: Final = (0.75, 0.20, 0.05)

#: The suites by name. docs/simulation.md has them as a table.
SUITES: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        "ordinary": Scenario(
            name="ordinary", title="An ordinary day", shop="convenience", preset="nanostore", starts_min=6 * 60.0,
            minutes=16 * 60.0, arrivals=_DAY, parties_max=40, groups=_GROUPS, staff=1, odd_share=0.03,
            ordinary=_frozen(_ORDINARY), odd=_frozen(_ODD),
        ),
        "rush": Scenario(
            name="rush", title="Noon in a full shop", shop="convenience", preset="nanostore", starts_min=12 * 60.0,
            minutes=120.0, arrivals=_RUSH, parties_max=40, groups=_GROUPS, staff=1, odd_share=0.03,
            ordinary=_frozen(_ORDINARY), odd=_frozen(_ODD),
        ),
        "adversarial": Scenario(
            name="adversarial", title="Shoppers who try the shop", shop="convenience", preset="nanostore",
            starts_min=12 * 60.0, minutes=120.0, arrivals=(Arrivals(0.0, 480.0),), parties_max=30, groups=_GROUPS, staff=1,
            odd_share=0.37, ordinary=_frozen(_ORDINARY), odd=_frozen(_ODD),
        ),
    }
)  # fmt: skip


def suite(name: str) -> Scenario:
    """The scenario of a suite; an unknown name raises KeyError, naming those that there are."""
    if name not in SUITES:
        raise KeyError(f"there is no suite {name}; choose one of {', '.join(SUITES)}")
    return SUITES[name]


def suite_plan_texts(name: str, seed: int) -> dict[str, str]:
    """The shop of a suite as plan texts, keyed by file name; the seed chooses its goods. Raises KeyError like `suite`."""
    return shop_texts(suite(name).shop, seed)
