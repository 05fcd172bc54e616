"""The entry room: keys, cards and gates; who may come in, who is told why not, and who came in without asking."""

from __future__ import annotations

import heapq
from typing import Final, Literal

import msgspec

from saunter.base.errors import Refused
from saunter.base.ids import STAFF, UNREGISTERED, record_id
from saunter.base.snapshots import restored
from saunter.entry.constants import KEYS_MAX
from saunter.entry.floor import Floor, counted_as
from saunter.entry.keys import TAKING_PLACES, Due, Key, due, is_known, stepped
from saunter.entry.rules import LETS_IN, PASSING, Standing, faults, is_hash, refusal, shown_again, stranger
from saunter.entry.table import TRANSITIONS, Event, State
from saunter.plan.types import Plan
from saunter.records import (
    Alarm,
    CardPresented,
    Denial,
    EntryDecided,
    Envelope,
    GateCommand,
    GatePass,
    KeyIssued,
    KeyPresented,
    PaymentChanged,
    Record,
    StoreChanged,
    StoreState,
    VisitChanged,
)

STREAM: Final = "entry"
STRANGER: Final = "unregistered-person"
#: No instant is earlier: the clock before anything was received.
_BEGINNING: Final = -(2**63)


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `keys` by party, `codes` the party of each hash; `made` counts all keys ever."""

    store: str
    clock: int = _BEGINNING
    sequence: int = 0
    made: int = 0
    state: StoreState = "closed"
    keys: dict[str, Key] = msgspec.field(default_factory=dict)
    codes: dict[str, str] = msgspec.field(default_factory=dict)
    floor: Floor = msgspec.field(default_factory=Floor)
    pending: list[EntryDecided | GateCommand | Alarm] = msgspec.field(default_factory=list)


class EntryEngine:
    """Keys, cards, payments, visits and gate passes in; decisions, commands to gates and alarms out.

    Everything counts at the instant it arrived, and never before what was heard already: codes come at once, gate passes a
    reorder window later. What is due at an instant happens before what arrives at that instant. The shop counts as closed
    until a StoreChanged says otherwise. Until the first key was issued no pass is looked at: other gates have their own keys.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._memory = _Memory(store=plan.store)
        self._agenda: list[tuple[int, int, str]] = []

    def receive(self, record: Record) -> None:
        """Take one record; one of another kind, of another store, or that cannot be raises Refused and changes nothing."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        at = max(self._memory.clock, record.envelope.arrived)
        match record:
            case KeyIssued():
                self._receive_issued(record, at)
            case KeyPresented():
                self._receive_presented(record, at)
            case CardPresented():
                self._receive_card(record, at)
            case PaymentChanged():
                self._receive_payment(record, at)
            case GatePass():
                self._receive_pass(record, at)
            case VisitChanged():
                self._receive_visit(record, at)
            case StoreChanged():
                self._receive_store(record, at)
            case _:
                raise Refused(f"entry takes keys, cards, payments, passes, visits and the store, not {type(record).__name__}")

    def advance(self, to: int) -> list[Record]:
        """Let time pass to `to` (ns UTC): what was decided by then, in order. An earlier instant than the room has heard of
        lets no time pass: gate passes and codes come by clocks that are a reorder window apart."""
        self._pass_time(max(to, self._memory.clock))
        now = self._memory.clock
        said, self._memory.pending = self._memory.pending, []
        return [msgspec.structs.replace(each, envelope=msgspec.structs.replace(each.envelope, arrived=now)) for each in said]

    def known_keys(self) -> tuple[Key, ...]:
        """All keys that are remembered, in the order they were made."""
        return tuple(self._memory.keys.values())

    def inside(self) -> int:
        """How many bodies are in the shop, staff not counted."""
        return sum(self._memory.floor.of(party) for party in self._memory.floor.bodies)

    def places_taken(self) -> int:
        """How many count towards the capacity: who is inside, and everybody whom a key may yet let in."""
        floor = self._memory.floor
        holding = {party: key.people for party, key in self._memory.keys.items() if _takes_places(key, floor)}
        return sum(max(floor.of(party), holding.get(party, 0)) for party in {**floor.bodies, **holding})

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "entry", self._plan.store)
        self._agenda = []
        for key in self._memory.keys.values():
            self._note(key)

    # -- keys come into being ------------------------------------------------------------------------------------------

    def _receive_issued(self, record: KeyIssued, at: int) -> None:
        self._check_new(record, at)
        if self._is_known(self._memory.codes.get(record.code_hash, ""), at):
            raise Refused(f"{record.id}: its code belongs to another key already; draw a fresh one")
        self._pass_time(at)
        self._keep(self._made(record, record.code_hash, record.expires, at))

    def _check_new(self, record: KeyIssued | CardPresented, at: int) -> None:
        found = faults(record)
        if self._is_known(record.party, at):
            found.append(f"party {record.party!r} has a key already; every key brings a fresh one")
        if len(self._memory.keys) >= KEYS_MAX:
            found.append(f"{KEYS_MAX} keys are known, that is all the shop keeps; find out who asks for so many")
        if found:
            raise Refused(f"{record.id}: {'; '.join(found)}")

    def _made(self, record: KeyIssued | CardPresented, code_hash: str, expires: int, at: int) -> Key:
        self._memory.made += 1
        if code_hash:
            self._memory.codes[code_hash] = record.party
        return Key(
            number=self._memory.made - 1, party=record.party, code_hash=code_hash, expires=expires, people=record.people,
            purposes=record.purposes, issued=record.id, since=at,
        )  # fmt: skip

    # -- keys are shown ------------------------------------------------------------------------------------------------

    def _receive_presented(self, record: KeyPresented, at: int) -> None:
        self._check_gate(record.id, record.gate)
        if not is_hash(record.code_hash):
            raise Refused(f"{record.id}: its code_hash is not a SHA-256 in lower-case hexadecimal digits")
        self._pass_time(at)
        key = self._memory.keys.get(self._memory.codes.get(record.code_hash, ""))
        if key is None:
            self._decided(record.gate, "", "denied", "unknown code", at, record.id)
        elif key.state is State.ISSUED:
            self._show(key, record, at)
        elif reason := shown_again(key):
            self._decided(record.gate, "", "denied", reason, at, record.id, key.issued)

    def _receive_card(self, record: CardPresented, at: int) -> None:
        self._check_gate(record.id, record.gate)
        known = self._memory.keys.get(record.party)
        if known is not None and known.is_card and is_known(known, at, self._plan.policies):
            self._pass_time(at)
            if reason := shown_again(self._memory.keys[record.party]):
                self._decided(record.gate, "", "denied", reason, at, record.id, known.issued)
            return
        self._check_new(record, at)
        self._pass_time(at)
        self._show(self._made(record, "", at, at), record, at)

    def _show(self, key: Key, record: KeyPresented | CardPresented, at: int) -> None:
        """A key is shown for the first time. What is wrong with the moment leaves a code as it is, and ends a card's key."""
        reason = refusal(key, record.gate, Standing(self._memory.state, self.places_taken()), self._plan)
        key = msgspec.structs.replace(key, gate=record.gate, presented=record.id)
        if not reason:
            self._step(key, Event.PRESENTED, at, record.id, key.issued)
        elif key.is_card or reason not in PASSING:
            self._step(key, Event.REFUSED, at, record.id, key.issued, denial=reason)
        else:
            self._decided(record.gate, key.party, "denied", reason, at, record.id, key.issued)

    # -- what others say about a key -----------------------------------------------------------------------------------

    def _receive_payment(self, record: PaymentChanged, at: int) -> None:
        self._pass_time(at)
        key = self._memory.keys.get(record.party)
        if key is None or key.state is not State.AUTHORISING:
            return
        if record.state == "declined":
            self._step(key, Event.NOT_AUTHORISED, at, record.id, key.presented, denial="payment declined")
        elif record.state == "authorised" and self._memory.state not in LETS_IN:
            self._step(key, Event.NOT_AUTHORISED, at, record.id, key.presented, denial="shop closed")
        elif record.state == "authorised":
            key = self._step(key, Event.AUTHORISED, at, record.id, key.presented)
            if key.party in self._memory.floor.bodies:  # it did not wait for the gate
                self._step(key, Event.PASSED, at)

    def _receive_pass(self, record: GatePass, at: int) -> None:
        self._check_gate(record.id, record.gate)
        if record.people < 1:
            raise Refused(f"{record.id}: {record.people} people cannot pass a gate")
        self._pass_time(at)
        if record.staff or record.party == STAFF:
            return
        party = counted_as(record.party)
        if record.direction == "in":
            self._came_in(party, record, at)
        elif self._memory.floor.went(party, record.people):
            self._happens(party, Event.LEFT, at)

    def _came_in(self, party: str, record: GatePass, at: int) -> None:
        key = self._memory.keys.get(party)
        problem = stranger(key, record) if self._memory.made and self._plan.gates else ""
        if problem:
            subject = record.track or record.gate if party == UNREGISTERED else party
            self._say(Alarm(envelope=self._place(at, record.id), name=STRANGER, subject=subject, text=problem))
        self._memory.floor.came(party, record.people)
        if key is not None:
            self._keep(msgspec.structs.replace(key, passed=key.passed + record.people))
        self._happens(party, Event.PASSED, at)

    def _receive_visit(self, record: VisitChanged, at: int) -> None:
        self._pass_time(at)
        if record.state == "shopping":
            self._memory.floor.is_visiting(record.party)
            self._happens(record.party, Event.PASSED, at)
        elif record.state == "abandoned":
            self._memory.floor.left(record.party)
        elif record.state == "leaving":
            self._memory.floor.left(record.party)
            self._happens(record.party, Event.LEFT, at)

    def _receive_store(self, record: StoreChanged, at: int) -> None:
        self._pass_time(at)
        self._memory.state = record.state
        if record.state == "closed":  # nobody knows when a body without a key went; the next day begins with none of them
            self._memory.floor.left(UNREGISTERED)

    def _happens(self, party: str, event: Event, at: int) -> None:
        """The event happens to the party's key if it has one that takes it; of others' keys the room knows nothing."""
        key = self._memory.keys.get(party)
        if key is not None and event in TRANSITIONS[key.state]:
            self._step(key, event, at)

    # -- time ----------------------------------------------------------------------------------------------------------

    def _pass_time(self, to: int) -> None:
        while self._agenda and self._agenda[0][0] <= to:
            at, number, party = heapq.heappop(self._agenda)
            key = self._memory.keys.get(party)
            if key is not None and key.number == number and (next_due := due(key, self._plan.policies)).at == at:
                self._memory.clock = max(self._memory.clock, at)
                self._fall_due(key, next_due)
        self._memory.clock = max(self._memory.clock, to)

    def _fall_due(self, key: Key, what: Due) -> None:
        if what.event is None:
            del self._memory.keys[key.party]
            self._memory.codes.pop(key.code_hash, None)
        else:
            self._step(key, what.event, what.at, key.decided, key.presented, denial=what.denial)
            if what.event is Event.LEFT:  # no gate and no visit said so: its places would be taken for ever
                self._memory.floor.left(key.party)

    def _note(self, key: Key) -> None:
        heapq.heappush(self._agenda, (due(key, self._plan.policies).at, key.number, key.party))

    # -- keys and words ------------------------------------------------------------------------------------------------

    def _step(self, key: Key, event: Event, at: int, *because: str, denial: Denial | Literal[""] = "") -> Key:
        """The event happens to the key; what a gate, a phone or the payment must know of it is said."""
        key = stepped(key, event, at, denial)
        because = tuple(cause for cause in because if cause)
        decided = ""
        if key.state is State.AUTHORISING:
            decided = self._decided(key.gate, key.party, "authorising", "", at, *because)
        elif key.state is State.DENIED:
            decided = self._decided(key.gate, key.party, "denied", key.denial, at, *because)
        elif key.state is State.ADMITTED:
            decided = self._decided(key.gate, key.party, "admitted", "", at, *because)
            place = self._place(at, decided, key.presented)
            self._say(GateCommand(envelope=place, gate=key.gate, party=key.party, people=key.people))
        return self._keep(msgspec.structs.replace(key, decided=decided or key.decided))

    def _keep(self, key: Key) -> Key:
        self._memory.keys[key.party] = key
        self._note(key)
        return key

    def _decided(
        self, gate: str, party: str, outcome: Literal["authorising", "admitted", "denied"], reason: Denial | Literal[""],
        at: int, *because: str,
    ) -> str:  # fmt: skip
        place = self._place(at, *because)
        self._say(EntryDecided(envelope=place, gate=gate, party=party, outcome=outcome, reason=reason))
        return record_id(STREAM, place.sequence)

    def _say(self, record: EntryDecided | GateCommand | Alarm) -> None:
        self._memory.pending.append(record)
        self._memory.sequence += 1

    def _place(self, at: int, *because: str) -> Envelope:
        return Envelope(
            store=self._plan.store, stream=STREAM, sequence=self._memory.sequence, happened=at, arrived=at, because=because
        )

    def _is_known(self, party: str, at: int) -> bool:
        return is_known(self._memory.keys.get(party), at, self._plan.policies)

    def _check_gate(self, record: str, gate: str) -> None:
        if self._plan.gates and gate not in self._plan.gates:
            raise Refused(f"{record}: the plan has no gate {gate!r}; it has {', '.join(self._plan.gates)}")


def _takes_places(key: Key, floor: Floor) -> bool:
    """A key holds its places from when it is accepted until its party leaves, or is given up as lost."""
    return key.state in TAKING_PLACES and (key.state is not State.INSIDE or key.party in floor.bodies)
