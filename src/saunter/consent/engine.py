"""The consent room: what shoppers agreed to, by which notice, from when on; and what was agreed to for each visit."""

from __future__ import annotations

from typing import Final

import msgspec

from saunter.base.cards import refuse_card_numbers
from saunter.base.errors import Refused
from saunter.base.ids import RESERVED_PARTIES, is_name
from saunter.base.snapshots import restored
from saunter.base.time import HOUR
from saunter.consent.purposes import ordered
from saunter.plan.types import Plan
from saunter.records import PURPOSES, CardPresented, ConsentChanged, KeyIssued, PersonErased, Purpose, Record, VisitChanged

#: What was agreed to for a visit is known for this long after its bill is settled, or after its key if nobody came: questions
#: and audits are closed by then, and the journal keeps the key for ever.
KEPT: Final = 48 * HOUR
#: No instant is earlier: the clock before anything was received.
_BEGINNING: Final = -(2**63)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper agreed to, from when (ns UTC), by which version of the notice, in which language."""

    since: int
    purposes: tuple[Purpose, ...]
    notice: str
    language: str


#: What holds for who never agreed to anything, and for who was erased.
NOTHING: Final = Agreement(since=_BEGINNING, purposes=(), notice="", language="")


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed to for one visit, by which notice; forgotten at `until` (ns UTC)."""

    purposes: tuple[Purpose, ...]
    notice: str
    until: int


class _Memory(msgspec.Struct, kw_only=True):
    """All that the room knows; its snapshot. `agreements` by subject, oldest first; `erased` subjects are nobody's for ever."""

    store: str
    clock: int = _BEGINNING
    agreements: dict[str, list[Agreement]] = msgspec.field(default_factory=dict)
    erased: dict[str, int] = msgspec.field(default_factory=dict)
    parties: dict[str, Admission] = msgspec.field(default_factory=dict)
    has_keys: bool = False


class ConsentEngine:
    """Agreements, withdrawals, erasures and keys in; answers to questions. It says nothing of its own.

    Subjects and parties never meet in here: only the personal data can tell which visit is whose. So a visit keeps what was
    agreed to when its key was made; a withdrawal counts from the next key on and never touches settled books.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._memory = _Memory(store=plan.store)
        self._nothing_due_before = _BEGINNING

    def receive(self, record: Record) -> None:
        """Take a ConsentChanged, PersonErased, KeyIssued, CardPresented or VisitChanged; what cannot be raises Refused."""
        if record.envelope.store != self._plan.store:
            raise Refused(f"{record.id} belongs to store {record.envelope.store!r}, this is {self._plan.store!r}")
        if isinstance(record, ConsentChanged):
            self._receive_change(record)
        elif isinstance(record, PersonErased):
            self._receive_erasure(record)
        elif isinstance(record, KeyIssued | CardPresented):
            self._receive_key(record)
        elif isinstance(record, VisitChanged):
            self._receive_visit(record)
        else:
            raise Refused(f"consent takes agreements, erasures, keys and visits, not {type(record).__name__}")
        self._memory.clock = max(self._memory.clock, record.envelope.arrived)

    def advance(self, to: int) -> list[Record]:
        """Let time pass to `to` (ns UTC): visits that were settled long ago are forgotten. Nothing is ever said."""
        memory = self._memory
        memory.clock = max(memory.clock, to)
        if memory.clock >= self._nothing_due_before:
            memory.parties = {party: each for party, each in memory.parties.items() if each.until > memory.clock}
            self._nothing_due_before = min((each.until for each in memory.parties.values()), default=memory.clock + KEPT)
        return []

    def agreement(self, subject: str, at: int | None = None) -> Agreement:
        """What holds for a subject now, or held at an instant (ns UTC); NOTHING: never agreed, withdrawn before, or erased.

        A change holds from its own instant on, that instant included.
        """
        found = NOTHING
        for agreement in self._memory.agreements.get(subject, ()):
            if at is None or agreement.since <= at:
                found = agreement
        return found

    def holds(self, subject: str, purpose: Purpose, at: int | None = None) -> bool:
        """Whether a subject agrees to a purpose now, or did at an instant (ns UTC)."""
        return purpose in self.agreement(subject, at).purposes

    def is_current(self, subject: str, notice: str) -> bool:
        """Whether the subject's agreement was given by this version of the notice; if not, show it and ask again."""
        return self.agreement(subject).notice == notice

    def history(self, subject: str) -> tuple[Agreement, ...]:
        """Everything a subject agreed to and withdrew, oldest first; empty after erasure."""
        return tuple(self._memory.agreements.get(subject, ()))

    def purposes_of(self, party: str) -> tuple[Purpose, ...]:
        """What was agreed to for a visit, as its key said. A party without a key agreed to nothing in a shop that has keys.

        Where no key was ever issued the gates are others', and so is the notice at the door: everything holds there.
        """
        if not self._memory.has_keys:
            return PURPOSES
        admission = self._memory.parties.get(party)
        return admission.purposes if admission is not None else ()

    def snapshot(self) -> bytes:
        """All that the room knows, as JSON; `restore` of it continues identically."""
        return msgspec.json.encode(self._memory)

    def restore(self, snapshot: bytes) -> None:
        """Forget everything and continue from a snapshot; a damaged or foreign one raises InputProblems and changes nothing."""
        self._memory = restored(snapshot, _Memory, "consent", self._plan.store)
        self._nothing_due_before = _BEGINNING

    def _receive_change(self, record: ConsentChanged) -> None:
        found = _faults(record)
        if record.subject in self._memory.erased:
            found.append(f"subject {record.subject!r} was erased and is nobody's any more; a new account brings a new id")
        if found:
            raise Refused(f"{record.id}: {'; '.join(found)}")
        agreement = Agreement(
            since=record.happened, purposes=ordered(record.purposes), notice=record.notice, language=record.language
        )
        history = self._memory.agreements.setdefault(record.subject, [])
        history.append(agreement)
        history.sort(key=lambda each: each.since)  # stable: of one instant the later record holds

    def _receive_erasure(self, record: PersonErased) -> None:
        _check_subject(record.id, record.subject)
        self._memory.erased.setdefault(record.subject, record.happened)
        self._memory.agreements.pop(record.subject, None)

    def _receive_key(self, record: KeyIssued | CardPresented) -> None:
        if not is_name(record.party) or record.party in RESERVED_PARTIES:
            raise Refused(f"{record.id}: {record.party!r} is not the id of a party")
        self._memory.has_keys = True
        if record.party not in self._memory.parties:  # what was agreed to first holds: a key does not change under way
            self._memory.parties[record.party] = Admission(
                purposes=ordered(record.purposes), notice=record.notice, until=record.envelope.arrived + KEPT
            )

    def _receive_visit(self, record: VisitChanged) -> None:
        """A visit keeps its agreement while it lasts, and for KEPT after its last change."""
        admission = self._memory.parties.get(record.party)
        if admission is not None:
            until = max(admission.until, record.envelope.arrived + KEPT)
            self._memory.parties[record.party] = msgspec.structs.replace(admission, until=until)


def _faults(record: ConsentChanged) -> list[str]:
    found = []
    if not is_name(record.subject):
        found.append(f"{record.subject!r} is not an opaque id")
    if record.purposes and not record.notice:
        found.append("an agreement names the version of the notice that was shown; a withdrawal of everything need not")
    try:
        refuse_card_numbers({"subject": record.subject, "notice": record.notice, "language": record.language})
    except ValueError as error:
        found.append(str(error))
    return found


def _check_subject(record: str, subject: str) -> None:
    if not is_name(subject):
        raise Refused(f"{record}: {subject!r} is not an opaque id")
