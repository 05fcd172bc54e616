"""One visit as a value, and what time alone does to it. Pure functions; the engine holds the visits."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from saunter.base.time import MILLISECOND, MINUTE
from saunter.plan.types import Policies
from saunter.visit.table import Event, State, after

#: A party that came in by a gate and is unseen this long is abandoned: shoppers hide behind a fixture or lose their
#: track for seconds or a few minutes, hardly for ten; longer would keep an unpaid visit from the staff's eyes.
ABANDONED_AFTER: Final = 10 * MINUTE


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One party's time in the shop. Instants are nanoseconds UTC.

    `gated`: the party passed a gate, so only gates end its visit. `inside` and `outside` count bodies that passed in and
    out. `last_sign` is the record of the last sighting or pass, at `last_seen`. `left` (None: not yet) is when it left,
    `settle_at` when its grace is over. `since` is when the present state began, `changed` the id of the record that said so.
    """

    id: str
    party: str
    gated: bool
    entered: int
    last_seen: int
    last_sign: str
    state: State = State.EXPECTED
    since: int = 0
    inside: int = 0
    outside: int = 0
    left: int | None = None
    settle_at: int = 0
    changed: str = ""


class Due(NamedTuple):
    """What time alone will do to a visit, and when."""

    at: int
    event: Event


def due(visit: Visit, policies: Policies) -> Due | None:
    """The next thing that happens to the visit if nothing more is seen; None: it waits for ever.

    A group of whom some were seen leaving and the rest not for ten minutes counts as left, not as abandoned.
    """
    if visit.state is State.LEAVING:
        return Due(visit.settle_at, Event.GRACE_OVER)
    if visit.state is not State.SHOPPING:
        return None
    if not visit.gated:
        return Due(visit.last_seen + policies.sighting_timeout_ms * MILLISECOND, Event.LEFT)
    return Due(visit.last_seen + ABANDONED_AFTER, Event.LEFT if visit.outside else Event.LOST)


def stepped(visit: Visit, event: Event, at: int, policies: Policies, *, timed_out: bool = False) -> Visit:
    """The visit after `event`, which became known at `at`; Refused if its state does not take it.

    A party that left because of a time-out has left as of its last sighting, and is settled no earlier than known.
    """
    state = after(visit.state, event)
    if state is not State.LEAVING:
        return msgspec.structs.replace(visit, state=state, since=at)
    left = visit.last_seen if timed_out else at
    settle_at = max(at, left + policies.exit_grace_ms * MILLISECOND)
    return msgspec.structs.replace(visit, state=state, since=left, left=left, settle_at=settle_at)


def aged(visit: Visit, to: int, policies: Policies) -> Visit:
    """The visit at instant `to` if nothing more is seen until then. What is due exactly at `to` has happened."""
    while (next_due := due(visit, policies)) is not None and next_due.at <= to:
        visit = stepped(visit, next_due.event, next_due.at, policies, timed_out=True)
    return visit


def is_present(visit: Visit, at: int) -> bool:
    """Whether the party may have been in the shop at `at`, both ends included; an abandoned one until it was given up."""
    if visit.state is State.ABANDONED:
        return visit.entered <= at <= visit.since
    return visit.entered <= at and (visit.left is None or at <= visit.left)
