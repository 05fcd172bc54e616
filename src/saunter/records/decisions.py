"""What the rooms conclude: interactions, attributions, visits, carts, receipts, alarms."""

from __future__ import annotations

from typing import Literal

import msgspec

from saunter.records.envelope import Record


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A signed number of one product: `quantity` > 0 left the shelf (taken), < 0 came onto it (put back)."""

    sku: str
    quantity: int


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One explanation of what happened at a shelf, with its probability (six decimals).

    `changes` empty means no product changed: `touched` (a hand, a press, a shake), `unknown` (a thing not in the
    catalogue came or went) or `passing` (a load that is part of a longer movement and goes again).
    In an Interaction the two factors of the belief stand beside it, in nats: `log_likelihood` of the grams and their
    spread given the change, `log_prior` of this product changing at this place.
    """

    action: Literal["taken", "put back", "moved", "touched", "unknown", "passing"]
    changes: tuple[Change, ...]
    probability: float
    log_likelihood: float = 0.0
    log_prior: float = 0.0


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The same movement seen as part of a longer one: `joins` names the earlier interactions of this shelf it is joined
    with (empty: it stands alone), `total_g` is the change over all of them, and candidates explain the whole."""

    joins: tuple[str, ...]
    total_g: float
    candidates: tuple[Candidate, ...]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How likely it was this party (a visitor's opaque id, NOBODY, STAFF or UNREGISTERED); six decimals."""

    party: str
    probability: float


class Interaction(Record, frozen=True, kw_only=True):
    """Something was taken, put back or only touched at a shelf: what the shelf alone makes of it, before asking who.

    `total_g` is the sum over the plates that moved, `centre_m` where along the shelf, `extent_m` the width it covers.
    `spans[0]` explains this movement alone; further spans join it with recent ones (a hold, a lift in two steps). The
    candidates of each span are sorted by probability and sum to one.
    """

    shelf: str
    plates: tuple[str, ...]
    total_g: float
    sd_g: float
    centre_m: float
    extent_m: float
    started: int
    settled: int
    spans: tuple[Span, ...]
    doubtful: tuple[str, ...] = ()


class Attribution(Record, frozen=True, kw_only=True):
    """Who did it and what it was, by the joint belief at that moment. A later record for the same interaction replaces it.

    `shares` sum to one and always hold NOBODY; `candidates` are the joint belief's own, and the likeliest of them explains
    this movement together with the earlier interactions `joins` (empty: alone). `doubts` says in words what was hard about
    it; `near` names who was in reach, nearest first, with the distance of the closest approach in metres.
    """

    interaction: str
    shelf: str
    plates: tuple[str, ...]
    started: int
    settled: int
    total_g: float
    candidates: tuple[Candidate, ...]
    shares: tuple[Share, ...]
    near: tuple[Approach, ...] = ()
    doubts: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()


class Approach(msgspec.Struct, frozen=True, kw_only=True):
    """How near a party came to the plates while they changed: by which body point, metres; negative: position unknown."""

    party: str
    by: str
    distance_m: float


class VisitChanged(Record, frozen=True, kw_only=True):
    """A visit entered a new state of the visit table. `visit` is the visit's id, `party` who pays."""

    visit: str
    party: str
    state: str


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """The belief about one product in one cart: `at_least[k-1]` = P(at least k pieces), with the interactions behind it.

    `cause_shares` runs parallel to `because`: how much of the line each interaction carries (signed pieces expected).
    """

    sku: str
    at_least: tuple[float, ...]
    because: tuple[str, ...]
    cause_shares: tuple[float, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One way an interaction may have been, with its probability, and the cart's lines if it was so.

    `lines` holds only the lines that differ from the cart's own; a line with an empty `at_least` would be gone.
    """

    party: str
    action: Literal["taken", "put back", "nothing"]
    changes: tuple[Change, ...]
    probability: float
    lines: tuple[CartLine, ...]


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction that leaves lines of a cart in doubt: where and when to look, and what each answer would make of it.

    The answers exclude each other and sum to one, likeliest first.
    """

    interaction: str
    shelf: str
    plates: tuple[str, ...]
    started: int
    settled: int
    answers: tuple[Answer, ...]


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that is still to come: expected by `until` (ns UTC), and why (a load that may go back, a party at the gate)."""

    until: int
    reason: str


class Cart(Record, frozen=True, kw_only=True):
    """What a party probably holds: marginals of the joint belief. `final` once only a verdict can still change it.

    `lost_probability` bounds what pruning may have moved (total variation). `doubts` are the interactions about which a
    person could be asked; empty when no line is in doubt. `awaited` says what else may still change a final cart; a new
    final cart follows when it came.
    """

    visit: str
    party: str
    lines: tuple[CartLine, ...]
    final: bool
    lost_probability: float = 0.0
    doubts: tuple[Doubt, ...] = ()
    awaited: tuple[Awaited, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What settlement chose for one product: how many pieces, how sure, and the reason in words.

    charge: `quantity` pieces go on the bill, `probability` that at least so many were taken. drop: `quantity` further
    pieces are in doubt and not charged, `probability` that at least one of them was taken.
    """

    sku: str
    quantity: int
    probability: float
    action: Literal["charge", "drop"]
    because: tuple[str, ...]
    reason: str = ""


class Settlement(Record, frozen=True, kw_only=True):
    """The bill decided under doubt, before prices. Dropped lines stay in it, so that nothing is hidden."""

    visit: str
    party: str
    decisions: tuple[Decision, ...]


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """A priced line. Amounts are integer minor units of the receipt's currency, tax included in `total_minor`.

    `tax_rate` is a decimal string such as `0.0725`; `probability` the belief at settlement; `because` ids down to observations.
    `saving_minor` is what promotions take off `quantity` times `unit_price_minor`, before tax; `promotions` are their names.
    """

    sku: str
    gtin: str
    name: str
    quantity: int
    unit_price_minor: int
    net_minor: int
    tax_code: str
    tax_rate: str
    tax_minor: int
    total_minor: int
    probability: float
    because: tuple[str, ...]
    saving_minor: int = 0
    promotions: tuple[str, ...] = ()


class Receipt(Record, frozen=True, kw_only=True):
    """The settled bill of one visit. Never raised afterwards; corrections are new records.

    `saving_minor` is what promotions saved on all lines, in shelf prices (before a tax that comes on top).
    """

    visit: str
    party: str
    currency: str
    lines: tuple[ReceiptLine, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    dropped: tuple[Decision, ...] = ()
    saving_minor: int = 0


class Alarm(Record, frozen=True, kw_only=True):
    """Something a person should know: `name` from the table of alarms, `subject` what it is about, `text` what to do."""

    name: str
    subject: str
    text: str


class Stamp(Record, frozen=True, kw_only=True):
    """The guard's consent to one receipt: without it nothing is sent. `checks` names every check the receipt passed."""

    receipt: str
    visit: str
    checks: tuple[str, ...]


Conclusion = Interaction | Attribution | VisitChanged | Cart | Settlement | Receipt | Alarm | Stamp
