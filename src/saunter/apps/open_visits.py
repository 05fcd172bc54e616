"""Visits that nobody saw end: they get no receipt, so a replay names each, and what its cart would have cost.

What it would have cost is asked of the shop itself: when the recording is over, each such party is said to walk out, and
the bill that follows is kept apart from the receipts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from saunter.base.errors import Refused
from saunter.base.limits import PEOPLE_MAX
from saunter.base.time import MINUTE, SECOND
from saunter.records import AnyRecord, Envelope, GatePass, Reading, Receipt, Tick, VisitChanged
from saunter.visit import ABANDONED_AFTER, State

#: The streams of the pretended exits, and of the time that passes after them.
_EXITS: Final = "replay/exits"
_TICKS: Final = "replay/exits/ticks"
#: After an exit: single seconds for the reorder window, then a leap beyond the grace of any plan.
_AFTER_EXIT: Final = (*(SECOND,) * 5, 15 * MINUTE)

Step = Callable[[Reading], Sequence[AnyRecord]]


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit without a receipt. `last_seen` (ns UTC) is the last sign of its party that its states tell of.

    `state` is where it stands in the visit table. `would_be` is the bill it would get if its party left now; None where
    the shop could not make one.
    """

    visit: str
    party: str
    state: str
    last_seen: int
    would_be: Receipt | None = None

    @property
    def why(self) -> str:
        """Why there is no receipt, as half a sentence."""
        return _WHY.get(self.state, f"its visit is still {self.state}")


_WHY: Final[Mapping[str, str]] = {
    State.ABANDONED: f"no gate saw it leave, and it was unseen for {ABANDONED_AFTER // MINUTE} minutes",
    State.SHOPPING: "no gate saw it leave before the recording ended",
    State.LEAVING: "it has left, but the shop still waited for late readings",
    State.SETTLING: "it has left, but its bill still waited",
    State.UNBILLED: "it has left, but no bill could be made that may be sent",
}


def still_open(changes: Iterable[VisitChanged], end: int) -> tuple[OpenVisit, ...]:
    """The visits that were not settled, in the order in which they began. `end` (ns UTC) is the recording's last reading:
    a party that was called abandoned only in the silence after it was still shopping."""
    latest: dict[str, VisitChanged] = {}
    for change in changes:
        latest[change.visit] = change
    return tuple(
        OpenVisit(change.visit, change.party, _state_at(change, end), _last_seen(change))
        for change in latest.values()
        if change.state != State.SETTLED
    )


def with_bills(visits: Iterable[OpenVisit], step: Step, store: str, gate: str, now: int) -> tuple[OpenVisit, ...]:
    """The visits with the bills they would get if everybody of their parties walked out through `gate` after `now` (ns UTC).

    An empty `gate` makes no bills. Changes the shop behind `step`, which can take nothing older afterwards.
    """
    bills: dict[str, Receipt] = {}
    waiting = tuple(visits)
    for reading in _exits(waiting, store, gate, now):
        try:
            bills.update((said.visit, said) for said in step(reading) if isinstance(said, Receipt))
        except Refused:  # the visit stays without a bill, which `would_be` says
            continue
    return tuple(OpenVisit(each.visit, each.party, each.state, each.last_seen, bills.get(each.visit)) for each in waiting)


def _exits(visits: Sequence[OpenVisit], store: str, gate: str, now: int) -> Iterator[Reading]:
    for number, visit in enumerate(visits if gate else ()):
        leaving = visit.state in (State.SHOPPING, State.ABANDONED)
        if leaving:
            yield GatePass(
                envelope=_envelope(store, _EXITS, number, now),
                gate=gate, direction="out", party=visit.party, people=PEOPLE_MAX,
            )  # fmt: skip
    for number, pause in enumerate(_AFTER_EXIT if visits else ()):
        now += pause
        yield Tick(envelope=_envelope(store, _TICKS, number, now))


def _envelope(store: str, stream: str, sequence: int, now: int) -> Envelope:
    return Envelope(store=store, stream=stream, sequence=sequence, happened=now, arrived=now)


def _state_at(change: VisitChanged, end: int) -> str:
    return State.SHOPPING.value if change.state == State.ABANDONED and change.happened > end else change.state


def _last_seen(change: VisitChanged) -> int:
    """An abandoned visit was last seen as long ago as it takes to be called so; others at their latest change."""
    return change.happened - (ABANDONED_AFTER if change.state == State.ABANDONED else 0)
