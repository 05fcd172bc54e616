"""The opening room: the store opens, closes, notices that plates are missing, and says in which mode it settles."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from saunter.base.errors import Refused
from saunter.base.snapshots import restored
from saunter.opening.constants import CLOSING_WITHIN, NAMED_MAX, OPENING_WITHIN
from saunter.opening.table import TRANSITIONS, Event, State, after, commands
from saunter.plan.types import Plan
from saunter.records import Envelope, PlateHealth, Record, StoreChanged, StoreCommand, StoreMode, VisitChanged, WeightBlock

STREAM: Final = "store"
#: No instant is earlier: the clock before anything was received.
_BEGINNING: Final = -(2**63)


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot.

    `missing` are the plates that do not work, with why, in the order of the plan; `inside` the visits that are in the shop.
    `changed` is the id of the last StoreChanged, `since` the instant at which the state was entered (ns UTC).
    """

    store: str
    mode: StoreMode
    missing: dict[str, str]
    clock: int = _BEGINNING
    sequence: int = 0
    state: State = State.CLOSED
    since: int = _BEGINNING
    changed: str = ""
    inside: dict[str, str] = msgspec.field(default_factory=dict)
    pending: list[StoreChanged] = msgspec.field(default_factory=list)


class OpeningEngine:
    """Commands, plates and visits in; changes of the store out. It begins closed, in the mode of the plan.

    A plate works once a weight of it came in, until sensing says that it is silent or frozen. Everything counts at the instant
    it arrived, and never before what was heard already; what is due at an instant happens before what arrives then.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._memory = _Memory(store=plan.store, mode=plan.policies.mode, missing=dict.fromkeys(plan.plates, "not heard yet"))

    @property
    def state(self) -> State:
        """Where the store stands."""
        return self._memory.state

    @property
    def mode(self) -> StoreMode:
        """In which mode it settles."""
        return self._memory.mode

    def missing(self) -> dict[str, str]:
        """The plates that do not work, with why, in the order of the plan."""
        return {plate: self._memory.missing[plate] for plate in self._plan.plates if plate in self._memory.missing}

    def possible(self) -> tuple[str, ...]:
        """What the store can be told now: the actions of a StoreCommand that would not be refused."""
        return commands(self._memory.state, self._memory.mode)

    def receive(self, record: Record | WeightBlock) -> None:
        """Take a StoreCommand, WeightBlock, PlateHealth or VisitChanged; what cannot be raises Refused and changes nothing."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        at = max(self._memory.clock, record.envelope.arrived)
        if isinstance(record, StoreCommand):
            self._receive_command(record, at)
        elif isinstance(record, WeightBlock):
            self._receive_weights(record, at)
        elif isinstance(record, PlateHealth):
            self._receive_health(record, at)
        elif isinstance(record, VisitChanged):
            self._receive_visit(record, at)
        else:
            raise Refused(f"opening takes commands, weights, plate health and visits, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """Let time pass to `to` (ns UTC): all changes by then, in order. An earlier instant than the room has heard of lets no
        time pass: commands and readings come by clocks that are a reorder window apart."""
        self._pass_time(max(to, self._memory.clock))
        now = self._memory.clock
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=now)) for each in said]

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing.

        Plates that the plan has lost since are forgotten; those that are new in it count as live until sensing says otherwise.
        """
        self._memory = restored(snapshot, _Memory, "opening", self._plan.store)
        self._memory.missing = {plate: why for plate, why in self._memory.missing.items() if plate in self._plan.plates}

    # -- what comes in -------------------------------------------------------------------------------------------------

    def _receive_command(self, record: StoreCommand, at: int) -> None:
        state, mode = self._state_at(at), self._memory.mode
        possible = commands(state, mode)
        if record.action not in possible:
            raise Refused(
                f"{record.id}: the store is {state} in mode {mode} and cannot be told '{record.action}'; "
                f"possible now: {', '.join(possible)}"
            )
        self._pass_time(at)
        if record.action == "open":
            self._step(Event.OPEN, at, "listening to the plates", record.id)
        elif record.action == "close":
            self._step(Event.CLOSE, at, "nobody is let in any more", record.id)
        else:
            self._memory.mode = record.action
            self._say(at, f"settles in mode {record.action} from now on", record.id)
        self._settle(at, record.id)

    def _receive_weights(self, record: WeightBlock, at: int) -> None:
        """Only plates that were never heard care for single samples: who is silent or frozen is sensing's to say."""
        self._pass_time(at)
        waiting = [index for index, plate in enumerate(record.plates) if self._memory.missing.get(plate) == "not heard yet"]
        heard = [record.plates[index] for index in waiting if bool(np.isfinite(record.grams[:, index]).any())]
        for plate in heard:
            del self._memory.missing[plate]
        if heard:
            self._plates_changed(at, record.id)

    def _receive_health(self, record: PlateHealth, at: int) -> None:
        if record.plate not in self._plan.plates:
            raise Refused(f"{record.id}: the plan has no plate {record.plate!r}")
        self._pass_time(at)
        before = self._memory.missing.get(record.plate, "live")
        if record.state == "live":
            self._memory.missing.pop(record.plate, None)
        else:
            self._memory.missing[record.plate] = record.state
        if before != record.state:
            self._plates_changed(at, record.id)

    def _receive_visit(self, record: VisitChanged, at: int) -> None:
        self._pass_time(at)
        if record.state == "shopping":
            self._memory.inside[record.visit] = record.party
        else:
            self._memory.inside.pop(record.visit, None)
        self._settle(at, record.id)

    # -- what follows --------------------------------------------------------------------------------------------------

    def _plates_changed(self, at: int, cause: str) -> None:
        """Plates fell ill or recovered. While the store opens, those not heard yet have their time."""
        self._settle(at, cause)
        if self._memory.missing and self._memory.state in (State.OPEN, State.DEGRADED):
            self._step(Event.PLATES_MISSING, at, self._names(), cause)

    def _settle(self, at: int, cause: str) -> None:
        """What the state itself waits for may be there already: all plates of an opening store, nobody in a closing one."""
        if not self._memory.missing and Event.ALL_LIVE in TRANSITIONS[self._memory.state]:
            self._step(Event.ALL_LIVE, at, "every plate is live", cause)
        if not self._memory.inside and Event.NOBODY_INSIDE in TRANSITIONS[self._memory.state]:
            self._step(Event.NOBODY_INSIDE, at, "nobody is inside", cause)

    def _due(self) -> tuple[int, Event] | None:
        """What time alone will do to the store, and when; None: nothing."""
        if self._memory.state is State.OPENING:
            return self._memory.since + OPENING_WITHIN, Event.PLATES_MISSING
        if self._memory.state is State.CLOSING:
            return self._memory.since + CLOSING_WITHIN, Event.GIVEN_UP
        return None

    def _state_at(self, at: int) -> State:
        """The state at `at` if nothing more is heard until then."""
        due = self._due()
        return after(self._memory.state, due[1]) if due is not None and due[0] <= at else self._memory.state

    def _pass_time(self, to: int) -> None:
        due = self._due()
        if due is not None and due[0] <= to:
            at, event = due
            self._memory.clock = max(self._memory.clock, at)
            if event is Event.PLATES_MISSING:
                self._step(event, at, self._names())
            else:
                left = ", ".join(sorted(set(self._memory.inside.values())))
                self._step(event, at, f"closed although somebody may be inside: look for {left}")
                self._memory.inside.clear()
        self._memory.clock = max(self._memory.clock, to)

    def _names(self) -> str:
        named = [f"{plate} ({why})" for plate, why in self.missing().items()]
        more = f" and {len(named) - NAMED_MAX} more" if len(named) > NAMED_MAX else ""
        return f"plates to look at: {', '.join(named[:NAMED_MAX])}{more}"

    def _step(self, event: Event, at: int, reason: str, *because: str) -> None:
        self._memory.state = after(self._memory.state, event)
        self._memory.since = at
        self._say(at, reason, *because)

    def _say(self, at: int, reason: str, *because: str) -> None:
        memory = self._memory
        because = (*because, memory.changed) if memory.changed else because
        place = Envelope(store=memory.store, stream=STREAM, sequence=memory.sequence, happened=at, arrived=at, because=because)
        change = StoreChanged(envelope=place, state=memory.state.value, mode=memory.mode, reason=reason)
        memory.pending.append(change)
        memory.sequence += 1
        memory.changed = change.id
