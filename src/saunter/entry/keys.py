"""One entry key: what it lets in, where it stands, and what time alone does to it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from saunter.base.time import MILLISECOND
from saunter.entry.constants import PASS_WITHIN, PAYMENT_WAITS, REMEMBERED, UNUSED_REMEMBERED
from saunter.entry.table import Event, State, after
from saunter.plan.types import Policies
from saunter.records import Denial, Purpose

#: Keys in these states hold places in the shop.
TAKING_PLACES = frozenset({State.AUTHORISING, State.ADMITTED, State.INSIDE})


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as the room knows it. `number` counts keys from 0 and breaks ties; `code_hash` is empty for a card at the gate.

    `since` is when it entered its state (ns UTC). `issued`, `presented` and `decided` are the ids of the records that made
    it, showed it and last decided about it. `denial` is why it was denied; `passed` counts bodies that came in on it.
    """

    number: int
    party: str
    code_hash: str
    expires: int
    people: int
    purposes: tuple[Purpose, ...]
    issued: str
    since: int
    state: State = State.ISSUED
    gate: str = ""
    presented: str = ""
    decided: str = ""
    denial: Denial | Literal[""] = ""
    passed: int = 0

    @property
    def is_card(self) -> bool:
        """Whether it is a card that was held to the gate's terminal, not a phone's code."""
        return not self.code_hash


class Due(NamedTuple):
    """What time alone will do to a key, and when; no event: it is forgotten."""

    at: int
    event: Event | None
    denial: Denial | Literal[""] = ""


def due(key: Key, policies: Policies) -> Due:
    """The next thing that happens to the key if nothing more is heard of it.

    A pass through the gate may be heard a reorder window after it happened, so that much longer is waited for it.
    """
    if key.state is State.ISSUED:
        return Due(min(key.expires, key.since + policies.code_lifetime_ms * MILLISECOND), Event.LAPSED, "code expired")
    if key.state is State.AUTHORISING:
        waited = PAYMENT_WAITS * policies.payment_wait_ms * MILLISECOND
        return Due(key.since + waited, Event.NOT_AUTHORISED, "payment unclear")
    if key.state is State.ADMITTED:
        late = policies.reorder_window_ms * MILLISECOND
        return Due(key.since + PASS_WITHIN + late, Event.STAYED_OUT, "code expired")
    if key.state is State.EXPIRED:
        return Due(key.since + UNUSED_REMEMBERED, None)
    return Due(key.since + REMEMBERED, Event.LEFT if key.state is State.INSIDE else None)


def stepped(key: Key, event: Event, at: int, denial: Denial | Literal[""] = "") -> Key:
    """The key after `event` at `at`; Refused if its state does not take it."""
    return msgspec.structs.replace(key, state=after(key.state, event), since=at, denial=denial or key.denial)


def is_known(key: Key | None, at: int, policies: Policies) -> bool:
    """Whether the key is still remembered at `at` (ns UTC) if nothing more is heard of it."""
    while key is not None and (next_due := due(key, policies)).at <= at:
        if next_due.event is None:
            return False
        key = stepped(key, next_due.event, next_due.at)
    return key is not None
