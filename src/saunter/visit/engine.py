"""The visit room: who is in the shop, who left, whose bill is due."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.base.errors import Refused
from saunter.base.forgetting import LastHeard, UsedUp, remembered_for
from saunter.base.ids import RESERVED_PARTIES, is_name
from saunter.base.snapshots import restored
from saunter.plan.types import Plan
from saunter.records import Alarm, Envelope, GatePass, PeopleFrame, Person, Receipt, Record, Tick, VisitChanged
from saunter.visit.life import Due, Visit, aged, due, is_present, stepped
from saunter.visit.table import Event, State, after
from saunter.visit.wording import ABANDONED, abandoned

STREAM: Final = "visit"
ALARMS: Final = "visit/alarms"
#: The alarm that a visit gets no receipt; its subject is the visit.
BILL_REFUSED: Final = "bill-refused"
#: No instant is earlier: the clock before anything was received.
BEGINNING: Final = -(2**63)


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot.

    `open` are the visits that go on or wait for their receipt, `closed` tells of each that is over whether it was gated.
    `visits` are those of each party, the last one last; `tracks` are the bodies that a gate named, with their parties, until
    that visit is over. Of parties long over only marks of their visits' ids remain: `gone` by gates, `unseen` without.
    """

    store: str
    clock: int = BEGINNING
    sequence: int = 0
    alarms: int = 0
    open: dict[str, Visit] = msgspec.field(default_factory=dict)
    closed: dict[str, bool] = msgspec.field(default_factory=dict)
    visits: dict[str, list[str]] = msgspec.field(default_factory=dict)
    tracks: dict[str, str] = msgspec.field(default_factory=dict)
    heard: LastHeard = msgspec.field(default_factory=LastHeard)
    gone: UsedUp = msgspec.field(default_factory=UsedUp)
    unseen: UsedUp = msgspec.field(default_factory=UsedUp)
    pending: list[VisitChanged | Alarm] = msgspec.field(default_factory=list)


class VisitEngine:
    """Gate passes, sightings and receipts in; changes of visits out, and an alarm where a party is lost from sight.

    Readings come in order of `happened` (the reorder window is the pipeline's); an earlier one is refused. What is due at
    an instant happens before what is seen at that instant, so the borders between calls of `advance` cannot matter.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._remembered = remembered_for(plan.policies.dispute_days)
        self._memory = _Memory(store=plan.store)
        self._nothing_due_before = BEGINNING

    def receive(self, record: Record) -> None:
        """Take a GatePass, a PeopleFrame, a Receipt that the guard stamped, or the Alarm `bill-refused` that a visit gets none;
        any other kind, or one that the table forbids, raises Refused. At a Tick parties that are long gone are forgotten."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        if isinstance(record, GatePass):
            self._receive_pass(record)
        elif isinstance(record, PeopleFrame):
            self._receive_frame(record)
        elif isinstance(record, Receipt):
            self._receive_receipt(record)
        elif isinstance(record, Alarm) and record.name == BILL_REFUSED:
            self._end(self._waiting(record, record.subject), Event.REFUSED, record)
        elif isinstance(record, Tick):
            self._forget(record.happened)
        else:
            raise Refused(f"visit takes gate passes, people, receipts and bills refused, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """Let time pass to `to` (ns UTC): all changes certain by then, in order. Going back raises ValueError."""
        if to < self._memory.clock:
            raise ValueError(f"time cannot go back from {self._memory.clock} to {to}")
        self._pass_time(to)
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=to)) for each in said]

    def open_visits(self) -> tuple[Visit, ...]:
        """All visits that go on or wait for a receipt, in the order they began; abandoned ones are among them."""
        return tuple(self._memory.open.values())

    def parties_present(self, at: int) -> tuple[str, ...]:
        """The parties of open visits that may have been in the shop at `at` (ns UTC), sorted by id."""
        visits = (aged(visit, at, self._plan.policies) for visit in self._memory.open.values())
        return tuple(sorted({visit.party for visit in visits if is_present(visit, at)}))

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "visit", self._plan.store)
        self._nothing_due_before = BEGINNING

    # -- gate passes ---------------------------------------------------------------------------------------------------

    def _receive_pass(self, record: GatePass) -> None:
        self._check_order(record)
        self._check_pass(record)
        if record.staff or record.party in RESERVED_PARTIES:
            self._pass_time(record.happened)
        elif record.direction == "in":
            self._pass_time(record.happened)
            self._enter(record)
        else:
            self._check_takes(self._visit_of(record), Event.LEFT, record.happened, record)
            self._pass_time(record.happened)
            self._exit(record)

    def _check_pass(self, record: GatePass) -> None:
        if self._plan.gates and record.gate not in self._plan.gates:
            raise Refused(f"{record.id}: the plan has no gate {record.gate!r}; it has {', '.join(self._plan.gates)}")
        if record.people < 1:
            raise Refused(f"{record.id}: {record.people} people cannot pass a gate")
        if not is_name(record.party):
            raise Refused(f"{record.id}: {record.party!r} is not the id of a party; without a key it is UNREGISTERED")

    def _enter(self, record: GatePass) -> None:
        visit = self._latest(record.party)
        if visit is None or visit.state is not State.SHOPPING:
            visit = self._opened(record.party, record, gated=True)
        inside = visit.inside + record.people
        self._keep(_seen(msgspec.structs.replace(visit, gated=True, inside=inside), record.happened, record.id))
        if record.track:
            self._memory.tracks[record.track] = record.party

    def _exit(self, record: GatePass) -> None:
        visit = self._visit_of(record)
        outside = visit.outside + record.people
        visit = _seen(msgspec.structs.replace(visit, gated=True, outside=outside), record.happened, record.id)
        if outside >= visit.inside:
            visit = self._said(stepped(visit, Event.LEFT, record.happened, self._plan.policies), record.id)
        self._keep(visit)

    # -- sightings -----------------------------------------------------------------------------------------------------

    def _receive_frame(self, record: PeopleFrame) -> None:
        self._check_order(record)
        for person in record.people:
            if person.party and not is_name(person.party):
                raise Refused(f"{record.id}: {person.party!r} is not the id of a party")
        self._pass_time(record.happened)
        sign = record.id
        for person in record.people:
            if person.party not in RESERVED_PARTIES:
                self._sight(person, record, sign)

    def _sight(self, person: Person, record: PeopleFrame, sign: str) -> None:
        visit = self._latest(person.party or self._memory.tracks.get(person.track, ""))
        if visit is not None and visit.state is State.SHOPPING:
            self._keep(_seen(visit, record.happened, sign))
        elif visit is not None and visit.state is State.ABANDONED:
            found = stepped(visit, Event.SEEN_AGAIN, record.happened, self._plan.policies)
            self._keep(self._said(_seen(found, record.happened, sign), sign))
        elif person.party and not self._is_gated(person.party):
            self._keep(self._opened(person.party, record, gated=False))

    # -- receipts ------------------------------------------------------------------------------------------------------

    def _receive_receipt(self, record: Receipt) -> None:
        visit = self._waiting(record, record.visit)
        if visit.party != record.party:
            raise Refused(f"{record.id}: visit {visit.id!r} is of party {visit.party!r}, not {record.party!r}")
        self._end(visit, Event.BILLED, record)

    def _waiting(self, record: Record, name: str) -> Visit:
        """A visit that is not over."""
        visit = self._memory.open.get(name)
        if visit is None:
            known = "is over already" if name in self._memory.closed else "is not known, or was over long ago"
            raise Refused(f"{record.id}: visit {name!r} {known}")
        return visit

    def _end(self, visit: Visit, event: Event, record: Receipt | Alarm) -> None:
        """The visit is over, with its receipt or without one."""
        now = max(self._memory.clock, record.happened)
        self._check_takes(visit, event, now, record)
        self._pass_time(now)
        visit = self._memory.open.pop(visit.id)
        self._said(stepped(visit, event, max(record.happened, visit.since), self._plan.policies), record.id)
        self._memory.closed[visit.id] = visit.gated
        if self._memory.visits[visit.party][-1] == visit.id:
            self._memory.tracks = {track: party for track, party in self._memory.tracks.items() if party != visit.party}

    # -- time ----------------------------------------------------------------------------------------------------------

    def _pass_time(self, to: int) -> None:
        self._memory.clock = to
        if to < self._nothing_due_before:
            return
        while (found := self._first_due()) is not None and found[0].at <= to:
            next_due, visit = found
            changed = stepped(visit, next_due.event, next_due.at, self._plan.policies, timed_out=True)
            self._keep(self._said(changed, visit.last_sign))
        self._nothing_due_before = found[0].at if found else 2**63

    def _first_due(self) -> tuple[Due, Visit] | None:
        """The earliest due thing of all visits; of equal ones that of the visit that began first."""
        found: tuple[Due, Visit] | None = None
        for visit in self._memory.open.values():
            next_due = due(visit, self._plan.policies)
            if next_due is not None and (found is None or next_due.at < found[0].at):
                found = next_due, visit
        return found

    def _check_order(self, record: Record) -> None:
        if record.happened < self._memory.clock:
            late_ms = (self._memory.clock - record.happened) / 1e6
            raise Refused(f"{record.id} comes {late_ms:g} ms too late, the shop went on without it; widen reorder_window_ms")

    def _forget(self, to: int) -> None:
        """Parties of which nothing was said for long are forgotten, unless a visit of theirs goes on or waits for its bill."""
        for party in self._memory.heard.passes(to, self._remembered):
            visits = [self._memory.open[name] for name in self._memory.visits[party] if name in self._memory.open]
            if all(visit.state is State.ABANDONED for visit in visits):
                self._forget_party(party)
            else:
                self._memory.heard.hears(party)

    def _forget_party(self, party: str) -> None:
        memory, gated = self._memory, self._is_gated(party)
        for name in memory.visits.pop(party):
            memory.open.pop(name, None)
            memory.closed.pop(name, None)
            (memory.gone if gated else memory.unseen).add(name)
        memory.tracks = {track: each for track, each in memory.tracks.items() if each != party}

    # -- the visits ----------------------------------------------------------------------------------------------------

    def _latest(self, party: str) -> Visit | None:
        return self._memory.open.get(self._memory.visits.get(party, [""])[-1])

    def _visit_of(self, record: GatePass) -> Visit:
        visit = self._latest(record.party)
        if visit is None:
            raise Refused(f"{record.id}: party {record.party!r} has no visit that could end, or none since long ago")
        return visit

    def _check_takes(self, visit: Visit, event: Event, at: int, record: Record) -> None:
        """Refuse the record if the visit, as it will stand at `at`, does not take the event. Changes nothing."""
        try:
            after(aged(visit, at, self._plan.policies).state, event)
        except Refused as error:
            raise Refused(f"{record.id}: {visit.id}: {error}") from error

    def _is_gated(self, party: str) -> bool:
        visit, visits = self._latest(party), self._memory.visits.get(party)
        if visit is not None:
            return visit.gated
        return self._memory.closed[visits[-1]] if visits else f"visit-{party}" in self._memory.gone

    def _opened(self, party: str, record: Record, *, gated: bool) -> Visit:
        at, name = record.happened, self._fresh_name(party)
        visit = Visit(id=name, party=party, gated=gated, entered=at, last_seen=at, last_sign=record.id)
        self._memory.visits.setdefault(party, []).append(name)
        return self._said(stepped(visit, Event.ENTERED, at, self._plan.policies), record.id)

    def _fresh_name(self, party: str) -> str:
        """An id that no visit ever had, forgotten ones included."""
        name, number = f"visit-{party}", 1
        while any(name in known for known in (self._memory.open, self._memory.closed, self._memory.gone, self._memory.unseen)):
            number += 1
            name = f"visit-{party}-{number}"
        return name

    def _keep(self, visit: Visit) -> None:
        self._memory.open[visit.id] = visit
        next_due = due(visit, self._plan.policies)
        if next_due is not None:
            self._nothing_due_before = min(self._nothing_due_before, next_due.at)

    def _said(self, visit: Visit, cause: str) -> Visit:
        """The visit with its new state put among what `advance` will say: because of `cause` and of its change before."""
        memory = self._memory
        memory.heard.hears(visit.party)
        envelope = Envelope(
            store=memory.store, stream=STREAM, sequence=memory.sequence, happened=visit.since, arrived=memory.clock,
            because=(visit.changed, cause) if visit.changed else (cause,),
        )  # fmt: skip
        memory.pending.append(VisitChanged(envelope=envelope, visit=visit.id, party=visit.party, state=visit.state.value))
        memory.sequence += 1
        if visit.state is State.ABANDONED:
            self._alarm(ABANDONED, visit, abandoned(visit, self._plan.timezone), envelope.id)
        return msgspec.structs.replace(visit, changed=envelope.id)

    def _alarm(self, name: str, visit: Visit, text: str, cause: str) -> None:
        memory = self._memory
        envelope = Envelope(
            store=memory.store,
            stream=ALARMS,
            sequence=memory.alarms,
            happened=visit.since,
            arrived=memory.clock,
            because=(cause,),
        )
        memory.alarms += 1
        memory.pending.append(Alarm(envelope=envelope, name=name, subject=visit.id, text=text))


def _seen(visit: Visit, happened: int, sign: str) -> Visit:
    return msgspec.structs.replace(visit, last_seen=happened, last_sign=sign)
