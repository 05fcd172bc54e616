"""What pages read: one plain document per visit, receipt, question, ... . The shop writes them with every decision; pages
never compute belief. All amounts are whole minor units, all instants ns UTC, all ids opaque: no name is in here."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.records import (
    AgeCheckAsked,
    Correction,
    Decision,
    PaymentChanged,
    Question,
    Receipt,
    StoreMode,
    StoreState,
)


class CartItem(msgspec.Struct, frozen=True, kw_only=True):
    """One product in a live cart: `quantity` pieces the shop is sure of, `checking` more that it is still unsure about."""

    sku: str
    name: str
    quantity: int
    checking: int
    unit_price_minor: int
    probability: float


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as pages show it. `state` as in the visit table; 0 stands for instants that have not come yet.

    `helped` says that a person was asked about it; `waits_for` what its receipt still waits for, in the words of
    `WAITS`. `receipt` is the receipt's id, `payment` the payment's state.
    """

    visit: str
    party: str
    state: str
    people: int = 1
    gate: str = ""
    entered: int = 0
    left: int = 0
    settled: int = 0
    items: tuple[CartItem, ...] = ()
    receipt: str = ""
    total_minor: int = 0
    currency: str = ""
    helped: bool = False
    waits_for: str = ""
    payment: str = ""


#: What a receipt may wait for.
WAITS: Final = ("", "a reviewer", "an age check", "a confirmation", "the payment")


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """Where the dispute about one line stands; see DisputeChanged."""

    dispute: str
    sku: str
    quantity: int
    outcome: str
    by: str = ""
    reason: str = ""
    raised: int = 0
    settled: int = 0


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt and everything that followed from it. `state`: held (not sent yet), sent, shadow (never charged, the shop
    practises) or withdrawn (never charged, the guard held it back).

    `due_minor` is the total less corrections. `dropped` was in doubt and is not charged. `helped`: a person was asked.
    """

    receipt: Receipt
    state: str
    names: dict[str, str] = {}
    at: int = 0
    sent: int = 0
    helped: bool = False
    dropped: tuple[Decision, ...] = ()
    corrections: tuple[Correction, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    due_minor: int = 0
    payment: str = ""
    disputable_until: int = 0


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What one plate weighed around a moment: seconds after `Moment.began`, grams above its first value."""

    plate: str
    times_s: tuple[float, ...]
    grams: tuple[float, ...]


class Body(msgspec.Struct, frozen=True, array_like=True):
    """Where one body stood at one instant (metres, shop frame), with the hands that were seen: (x, y, z) each."""

    label: str
    x_m: float
    y_m: float
    hands: tuple[tuple[float, float, float], ...] = ()


class Sketch(msgspec.Struct, frozen=True, array_like=True):
    """Everybody at one instant, seconds after `Moment.began`."""

    at_s: float
    bodies: tuple[Body, ...]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What it may have been, in words, and how likely."""

    text: str
    probability: float


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction as a person can look at it: what the plates felt and where people stood, replayable.

    Bodies are labelled A, B, ... and keep their letter through the moment; `letters` maps party ids to letters (for the one
    page that shows a shopper their own moments: only the own letter is shown there). `grams` is the change in all.
    `candidates` and `shares` are the belief's, likeliest first; `doubts` what was hard about it, in words.
    """

    interaction: str
    shelf: str
    plates: tuple[str, ...]
    began: int
    started: int
    settled: int
    grams: float
    traces: tuple[Trace, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    shares: dict[str, float] = {}
    letters: dict[str, str] = {}
    doubts: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question on a reviewer's queue. `state`: open, answered, cannot tell, expired. `moments` are ids of documents.

    `by` are those who answered; `answer` and `choice` what closed it.
    """

    question: Question
    state: str
    moments: tuple[str, ...] = ()
    asked: int = 0
    closed: int = 0
    by: tuple[str, ...] = ()
    choice: int = 0
    answer: str = ""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A task for staff: is this shopper old enough? `state`: open, approved, refused, void, expired."""

    asked: AgeCheckAsked
    state: str
    closed: int = 0


class Warning(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm with what to do about it. `times` it was raised since `first`; `state`: new or seen."""

    name: str
    subject: str
    text: str
    first: int
    last: int
    times: int = 1
    state: str = "new"


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Where a payment stands."""

    payment: PaymentChanged
    at: int


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """The shop itself. `inside` counts bodies of parties that shop; `now` is the shop's clock; `opened` when it opened."""

    store: str
    name: str
    state: StoreState
    mode: StoreMode
    reason: str = ""
    inside: int = 0
    now: int = 0
    opened: int = 0


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted since the books began; every rate on the figures page follows from these.

    `visits` are settled visits with anything charged or dropped, `questions` and `audits` those put to a person, `touches`
    every human touch (questions, audits, disputes, age checks, confirmations, corrections by staff). `waits_s` are the last
    thousand times from exit to receipt in seconds; `baskets` how many receipts had how many pieces; `hours` visits by hour
    of the shop's day. `audited`, `audits_right`: closed audits, and those that found the receipt right.
    """

    visits: int = 0
    entered: int = 0
    questions: int = 0
    audits: int = 0
    touches: int = 0
    audited: int = 0
    audits_right: int = 0
    audits_over: int = 0
    disputes: int = 0
    refunded_minor: int = 0
    sales_minor: int = 0
    waits_s: tuple[float, ...] = ()
    baskets: dict[str, int] = {}
    hours: dict[str, int] = {}


#: Every kind of document by its name in the books; the key is what stands behind it.
KINDS: Final[dict[str, type[msgspec.Struct]]] = {
    "shop": Shop,  # key: the store
    "visit": Visit,  # the visit's id; owner: the party
    "bill": Bill,  # the visit's id; owner: the party
    "question": Asked,  # the question's id
    "moment": Moment,  # the interaction's id
    "check": Check,  # the check's id
    "alarm": Warning,  # name and subject
    "payment": Money,  # the payment's id; owner: the party
    "figures": Counted,  # the store
}
