"""The shop as data. Frame: metres, x and y on the floor, z up. Everything here is frozen and complete once loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

from saunter.base.geometry import Transform
from saunter.base.money import Money

#: A flag of goods that are sold to adults only: `age-18`.
AGE_FLAG: Final = re.compile(r"age-([1-9][0-9]?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Weight:
    """What one piece weighs: a normal distribution in grams.

    `mean_g` None: unknown, to be learned. `sd_g` None: the catalogue does not say; how far catalogues lie is a prior of
    the rooms that use it, not a fact of the plan.
    """

    mean_g: float | None = None
    sd_g: float | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One thing sold, keyed by `sku`. `gtin` keeps the source's digits zero-padded to 14 (empty: none).

    `sold_by` pieces, or grams for loose goods (then `price` is per kilogram). `flags` such as `age-18`.
    """

    sku: str
    name: str
    price: Money
    weight: Weight
    gtin: str = ""
    tax_code: str = ""
    sold_by: Literal["piece", "grams"] = "piece"
    flags: tuple[str, ...] = ()

    @property
    def minimum_age(self) -> int:
        """The age in years from which the product may be sold, by its flags such as `age-18`; 0: to anybody."""
        ages = (AGE_FLAG.fullmatch(flag) for flag in self.flags)
        return max((int(age[1]) for age in ages if age), default=0)


@dataclass(frozen=True, slots=True)
class Plate:
    """One weighing plate. `frame` maps its box frame into the shop frame: the box spans x in [0, width], y in [0, depth]
    along the plate and z in [0, clearance] above it. `along_m` is where its left edge lies along its shelf."""

    id: str
    shelf: str
    fixture: str
    frame: Transform
    width_m: float
    depth_m: float
    clearance_m: float
    along_m: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """A board that holds plates, listed from left to right along it."""

    id: str
    fixture: str
    plates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fixture:
    """A gondola, fridge or table. `frame` maps its own frame (x along its front, y to its back, z up) into the shop's."""

    id: str
    kind: str
    frame: Transform
    width_m: float
    depth_m: float
    height_m: float
    shelves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """Where people enter or leave: a floor point, metres."""

    id: str
    kind: Literal["in", "out", "both"]
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera's place: position and the floor point it looks at, metres; `fov_deg` is its horizontal field of view."""

    id: str
    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    fov_deg: float


@dataclass(frozen=True, slots=True)
class Facing:
    """Where a product is meant to lie: product x plates (of one shelf, left to right)."""

    sku: str
    plates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax rate by code: `rate` 0.19 is 19 %; `included` says whether shelf prices already contain it."""

    code: str
    rate: Decimal
    included: bool


@dataclass(frozen=True, slots=True)
class Promotion:
    """A lower price for some goods, by id. `name` is what the receipt says.

    percent: `percent` off each piece; amount: `amount` off each piece, never more than its price; bundle: any `pieces` of the
    goods together cost `price`; cheapest free: of every `pieces` the cheapest costs nothing. It holds for what is taken from
    `since` on and before `until` (ns UTC; None: no limit on that side).
    """

    id: str
    name: str
    skus: tuple[str, ...]
    kind: Literal["percent", "amount", "bundle", "cheapest free"]
    percent: Decimal = Decimal(0)
    amount: Money | None = None
    pieces: int = 1
    price: Money | None = None
    since: int | None = None
    until: int | None = None

    def holds(self, instant: int) -> bool:
        """Whether the promotion is in force at an instant (ns UTC)."""
        return (self.since is None or self.since <= instant) and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True)
class Policies:
    """What the store decided. Times in milliseconds, probabilities in [0, 1].

    `charge_threshold`: a line is charged when at least that sure. `reorder_window_ms`: how long records may be late.
    `exit_grace_ms`: how long after the last sign of a party its visit stays open for what the sensors still owe.
    `sighting_timeout_ms`: without gates, a party unseen this long has left.
    `hand_over`: who pays for what one party takes and gives to another: the taker, or the holder at the exit.

    `review`: whether people may be asked about doubts ("questions") or never ("none"). The costs say what is cheapest:
    `overcharge_cost` is what charging wrongly costs, in prices of the piece (money back, its handling, trust); giving a piece
    away costs its price. `reviewer_cost_per_hour` and `question_cost` are decimal strings in the shop's currency: a reviewer's
    hour, and what a question costs beside the reviewer's time (the shopper waits, a stranger sees a moment of the visit).
    `question_seconds` is what a question takes beside the watching. `question_wait_ms`: the longest a receipt waits for
    verdicts or evidence, from its first final cart. `questions_max` per visit. `audit_share` of the receipts nobody was asked
    about are looked at afterwards, drawn by a hash of the visit and `audit_salt` (keep it to yourself: who knows it knows
    who is audited). `overcharge_bound`: at most this share of receipts may charge what was not taken.

    `mode`: what the shop does with a decided bill when it opens: nothing ("shadow"), charge it once a person has agreed
    ("assisted"), or charge it. An entry key lives `code_lifetime_ms` and lets in at most `key_people_max` bodies; no more than
    `capacity` are let in at a time. `hold_amount` is held on the payment method before the gate opens; a provider that says
    nothing for `payment_wait_ms` leaves the outcome unknown. A line can be disputed for `dispute_days`; up to
    `dispute_rule_amount` per receipt is given back without a look where the line was less sure than `dispute_rule_share`.
    An age check that nobody makes within `age_wait_ms` counts as refused.
    """

    charge_threshold: float = 0.7
    reorder_window_ms: int = 1000
    exit_grace_ms: int = 2000
    sighting_timeout_ms: int = 30000
    hand_over: Literal["taker", "holder"] = "taker"
    review: Literal["none", "questions"] = "none"
    overcharge_cost: float = 4.0
    reviewer_cost_per_hour: str = "25.00"
    question_cost: str = "0.00"
    question_seconds: float = 15.0
    question_wait_ms: int = 45000
    questions_max: int = 2
    audit_share: float = 0.002
    audit_salt: str = ""
    overcharge_bound: float = 0.001
    mode: Literal["shadow", "assisted", "automatic"] = "automatic"
    code_lifetime_ms: int = 300_000
    key_people_max: int = 6
    capacity: int = 200
    hold_amount: str = "50.00"
    payment_wait_ms: int = 5000
    dispute_days: int = 30
    dispute_rule_amount: str = "10.00"
    dispute_rule_share: float = 0.98
    age_wait_ms: int = 120_000


@dataclass(frozen=True)
class Plan:
    """The whole shop. Mappings are keyed by id, in the order of the files."""

    store: str
    name: str
    currency: str
    locale: str
    timezone: str
    floor_m: tuple[tuple[float, float], ...]
    gates: dict[str, Gate]
    fixtures: dict[str, Fixture]
    shelves: dict[str, Shelf]
    plates: dict[str, Plate]
    cameras: dict[str, Camera]
    products: dict[str, Product]
    facings: tuple[Facing, ...]
    taxes: dict[str, Tax]
    policies: Policies = field(default_factory=Policies)
    price_rounding: Literal["half_up", "half_even"] = "half_up"
    promotions: dict[str, Promotion] = field(default_factory=dict)

    @cached_property
    def facings_by_shelf(self) -> dict[str, tuple[Facing, ...]]:
        """The facings whose plates lie on each shelf; a shelf without any has an empty tuple."""
        found: dict[str, list[Facing]] = {shelf: [] for shelf in self.shelves}
        for facing in self.facings:
            found[self.plates[facing.plates[0]].shelf].append(facing)
        return {shelf: tuple(facings) for shelf, facings in found.items()}
