"""What storage must offer: the journal, the documents that pages read, the outbox, the log of inputs, and personal data.

Three stores that are never mixed (DESIGN 4): `InputLog` is the recording, `Books` the journal with what follows from it, and
`PersonalData` the only place where a name, a token or a device stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol

import msgspec

from saunter.records import AnyRecord, Purpose


class Place(NamedTuple):
    """Where a document stands in a list of documents: the newest `at` (ns UTC) first, those of one instant by key."""

    at: int
    key: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document of `ports.documents` in the books: `body` is its JSON. `owner` is a party, `state` its own state, `at` when
    it began (ns UTC): what lists are filtered and sorted by."""

    kind: str
    key: str
    body: bytes
    owner: str = ""
    state: str = ""
    at: int = 0

    @property
    def place(self) -> Place:
        """Where it stands in a list: a list that goes on `after` it begins with the next one."""
        return Place(self.at, self.key)


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A stamped command that waits to be sent, or has been: `key` is its idempotency key, `body` the record as JSON.

    waiting: to be sent once `due` (ns UTC) has come; sent: given to the provider `tries` times; closed: its outcome is in the
    journal, it is never sent again.
    """

    key: str
    kind: Literal["payment", "gate", "receipt"]
    body: bytes
    state: Literal["waiting", "sent", "closed"] = "waiting"
    due: int = 0
    tries: int = 0


class Writing(Protocol):
    """One transaction on the books: everything in it is there afterwards, or nothing."""

    def append(self, records: Sequence[AnyRecord]) -> None:
        """Records for the journal, in order. A record whose id is there already with the same content is passed over;
        with other content it raises BooksError: nothing in the journal is ever edited."""

    def put(self, documents: Sequence[Document]) -> None:
        """Documents by kind and key; newer ones replace older ones."""

    def send(self, commands: Sequence[Outgoing]) -> None:
        """Commands for the outbox; one whose key is there already and not closed is due again, by its new `due`: the shop
        learned that it never arrived."""

    def close(self, keys: Sequence[str]) -> None:
        """The outcome of these commands is known: they are never sent again."""

    def heard(self, number: int) -> None:
        """Everything up to this input has been made use of. It never goes back (ValueError)."""


class Books(Protocol):
    """One store's journal, documents and outbox, in one database. Used from several threads."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction; an exception inside leaves everything as it was. Durable when it ends (`synchronous=FULL`)."""

    def progress(self) -> int:
        """The last input that was made use of; 0: none."""

    def records(
        self, after: int = 0, kinds: Sequence[str] = (), stream: str = "", limit: int = 0
    ) -> Iterator[tuple[int, AnyRecord]]:
        """Records of the journal with their numbers, in order; `kinds` are class names. `limit` 0: all."""

    def record(self, id_: str) -> AnyRecord | None:
        """The record of this id, if the journal has it: a walk along `because` needs nothing else."""

    def last_sequences(self) -> dict[str, int]:
        """The highest sequence of every stream in the journal."""

    def document(self, kind: str, key: str) -> Document | None:
        """One document."""

    def documents(
        self, kind: str, *, owner: str = "", state: str = "", limit: int = 100, after: Place | None = None
    ) -> list[Document]:
        """Documents of a kind, newest `at` first, those of one instant by key (code points); empty filters do not filter.

        `after`, the place of the last one of a page, gives the next page: what does not change meanwhile is on exactly one
        of them. What is written anew in between stands where its new `at` says."""

    def outgoing(self, now: int, limit: int = 100) -> list[Outgoing]:
        """Commands that are not closed and due by `now` (ns UTC), oldest first."""

    def tried(self, key: str, due: int) -> None:
        """A command was given to the provider (once more); unless it is closed it is due again at `due`."""

    def backup(self, to: str) -> None:
        """A consistent copy while the shop runs."""

    def close(self) -> None:
        """Let go of the database."""


class InputLog(Protocol):
    """Everything the shop was told, raw, in the order it took it: durable before it is processed, forgotten after a while."""

    def append(self, records: Sequence[AnyRecord]) -> int:
        """Logs a batch durably and returns its number (from 1, without gaps)."""

    def read(self, after: int = 0) -> Iterator[tuple[int, list[AnyRecord]]]:
        """Batches after a number, in order."""

    def last(self) -> int:
        """The number of the last batch; 0: none."""

    def save(self, number: int, snapshot: bytes) -> None:
        """The shop's state after a batch, written atomically; the two newest are kept."""

    def snapshots(self) -> list[tuple[int, bytes]]:
        """Snapshots with their numbers, newest first."""

    def forget(self, before: int) -> None:
        """Forgets batches below a number; those that the oldest snapshot needs are kept whatever is said."""

    def leave_out(self, record: str, why: str) -> None:
        """An input broke the program: durably, it is not to be taken again. The first reason counts."""

    def left_out(self) -> dict[str, str]:
        """Inputs that are not to be taken, and why, by id."""

    def close(self) -> None:
        """Let go of the files."""


class Shopper(msgspec.Struct, frozen=True, kw_only=True):
    """An account or an anonymous device. `subject` is its opaque id; `device_hash` the SHA-256 of the token in its cookie."""

    subject: str
    device_hash: str
    language: str = "en"
    email: str = ""
    since: int = 0


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A payment method: the provider's token and what a person recognises it by. Never a card number."""

    method: str
    subject: str
    token: str
    last_four: str
    brand: str = ""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper agreed to, from when, by which notice. The newest counts."""

    subject: str
    purposes: tuple[Purpose, ...]
    notice: str
    language: str
    at: int


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff who may sign in: `password` is an argon2 hash."""

    name: str
    staff: str
    role: Literal["reviewer", "staff", "manager", "engineer"]
    password: str
    language: str = "en"


class PersonalData(Protocol):
    """The erasable store: who is behind an opaque id. Nothing in here is ever written to the journal. Thread-safe."""

    def keep_shopper(self, shopper: Shopper) -> None:
        """A new shopper, or a changed one (by `subject`)."""

    def shopper(self, subject: str) -> Shopper | None:
        """A shopper by opaque id."""

    def by_device(self, device_hash: str) -> Shopper | None:
        """The shopper whose device this is."""

    def keep_method(self, method: Method) -> None:
        """A payment method; a token or last four digits that look like a card number raise ValueError."""

    def method(self, method: str) -> Method | None:
        """A payment method by opaque id."""

    def methods(self, subject: str) -> list[Method]:
        """A shopper's payment methods, newest first."""

    def link(self, party: str, subject: str, at: int) -> None:
        """This party is a visit of this shopper."""

    def subject_of(self, party: str) -> str:
        """Whose visit a party is; empty: nobody's (a card at the gate, or erased)."""

    def parties(self, subject: str, limit: int = 100, before: int = 2**62) -> list[str]:
        """A shopper's visits as party ids, newest first; only those linked before an instant (ns UTC)."""

    def unlink(self, parties: Sequence[str]) -> None:
        """These parties are nobody's visits: their codes were never used."""

    def agree(self, agreement: Agreement) -> None:
        """What a shopper agreed to; earlier agreements are kept beside it."""

    def agreements(self, subject: str) -> list[Agreement]:
        """All of a shopper's agreements, newest first."""

    def erase(self, subject: str) -> None:
        """Everything about a shopper is gone: account, device, methods, links to visits, agreements."""

    def keep_member(self, member: Member) -> None:
        """A member of staff, new or changed (by `name`)."""

    def member(self, name: str) -> Member | None:
        """A member of staff by sign-in name."""

    def members(self) -> list[Member]:
        """All members of staff, by name."""

    def keep_session(self, session_hash: str, name: str, until: int) -> None:
        """A sign-in that holds until `until` (ns UTC); the hash is the SHA-256 of the token in the cookie."""

    def session(self, session_hash: str, now: int) -> Member | None:
        """Who is signed in; None where it is over."""

    def end_session(self, session_hash: str) -> None:
        """Signs out."""

    def backup(self, to: str) -> None:
        """A consistent copy."""

    def close(self) -> None:
        """Let go of the database."""
