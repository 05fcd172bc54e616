"""Books and personal data in memory, for pages that are tested without a shop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from saunter.ports.books import Agreement, Document, Member, Method, Outgoing, Place, Shopper
from saunter.records import AnyRecord


class MemoryBooks:
    """A journal, documents and an outbox that are forgotten with the process."""

    def __init__(self) -> None:
        self.journal: list[AnyRecord] = []
        self.kept: dict[tuple[str, str], Document] = {}

    @contextmanager
    def writing(self) -> Iterator[MemoryBooks]:
        yield self

    def append(self, records: Sequence[AnyRecord]) -> None:
        self.journal += records

    def put(self, documents: Sequence[Document]) -> None:
        self.kept |= {(document.kind, document.key): document for document in documents}

    def send(self, commands: Sequence[Outgoing]) -> None: ...

    def close(self, keys: Sequence[str] = ()) -> None: ...

    def heard(self, number: int) -> None: ...

    def progress(self) -> int:
        return len(self.journal)

    def records(
        self, after: int = 0, kinds: Sequence[str] = (), stream: str = "", limit: int = 0
    ) -> Iterator[tuple[int, AnyRecord]]:
        found = (
            (number, record)
            for number, record in enumerate(self.journal, start=1)
            if number > after
            and (not kinds or type(record).__name__ in kinds)
            and (not stream or record.envelope.stream == stream)
        )
        for count, pair in enumerate(found):
            if limit and count >= limit:
                return
            yield pair

    def record(self, id_: str) -> AnyRecord | None:
        return next((record for record in self.journal if record.id == id_), None)

    def last_sequences(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for record in self.journal:
            stream = record.envelope.stream
            found[stream] = max(found.get(stream, 0), record.envelope.sequence)
        return found

    def document(self, kind: str, key: str) -> Document | None:
        return self.kept.get((kind, key))

    def documents(
        self, kind: str, *, owner: str = "", state: str = "", limit: int = 100, after: Place | None = None
    ) -> list[Document]:
        found = [
            document
            for document in self.kept.values()
            if document.kind == kind
            and (not owner or document.owner == owner)
            and (not state or document.state == state)
            and (after is None or (-document.at, document.key) > (-after.at, after.key))
        ]
        return sorted(found, key=lambda document: (-document.at, document.key))[:limit]

    def outgoing(self, now: int, limit: int = 100) -> list[Outgoing]:
        return []

    def tried(self, key: str, due: int) -> None: ...

    def backup(self, to: str) -> None: ...


class MemoryPersonalData:
    """Who is behind an opaque id, forgotten with the process."""

    def __init__(self) -> None:
        self.shoppers: dict[str, Shopper] = {}
        self.kept_methods: dict[str, Method] = {}
        self.links: dict[str, tuple[str, int]] = {}
        self.agreed: list[Agreement] = []
        self.staff: dict[str, Member] = {}
        self.sessions: dict[str, tuple[str, int]] = {}

    def keep_shopper(self, shopper: Shopper) -> None:
        self.shoppers[shopper.subject] = shopper

    def shopper(self, subject: str) -> Shopper | None:
        return self.shoppers.get(subject)

    def by_device(self, device_hash: str) -> Shopper | None:
        return next((shopper for shopper in self.shoppers.values() if shopper.device_hash == device_hash), None)

    def keep_method(self, method: Method) -> None:
        self.kept_methods[method.method] = method

    def method(self, method: str) -> Method | None:
        return self.kept_methods.get(method)

    def methods(self, subject: str) -> list[Method]:
        return [method for method in reversed(self.kept_methods.values()) if method.subject == subject]

    def link(self, party: str, subject: str, at: int) -> None:
        self.links[party] = (subject, at)

    def subject_of(self, party: str) -> str:
        return self.links.get(party, ("", 0))[0]

    def unlink(self, parties: Sequence[str]) -> None:
        self.links = {party: link for party, link in self.links.items() if party not in parties}

    def parties(self, subject: str, limit: int = 100, before: int = 2**62) -> list[str]:
        own = [(at, party) for party, (owner, at) in self.links.items() if owner == subject and at < before]
        return [party for _, party in sorted(own, key=lambda pair: -pair[0])][:limit]

    def agree(self, agreement: Agreement) -> None:
        self.agreed.append(agreement)

    def agreements(self, subject: str) -> list[Agreement]:
        return [agreement for agreement in reversed(self.agreed) if agreement.subject == subject]

    def erase(self, subject: str) -> None:
        self.shoppers.pop(subject, None)
        self.kept_methods = {key: method for key, method in self.kept_methods.items() if method.subject != subject}
        self.links = {party: link for party, link in self.links.items() if link[0] != subject}
        self.agreed = [agreement for agreement in self.agreed if agreement.subject != subject]

    def keep_member(self, member: Member) -> None:
        self.staff[member.name] = member

    def member(self, name: str) -> Member | None:
        return self.staff.get(name)

    def members(self) -> list[Member]:
        return [self.staff[name] for name in sorted(self.staff)]

    def keep_session(self, session_hash: str, name: str, until: int) -> None:
        self.sessions[session_hash] = (name, until)

    def session(self, session_hash: str, now: int) -> Member | None:
        name, until = self.sessions.get(session_hash, ("", 0))
        return self.staff.get(name) if now < until else None

    def end_session(self, session_hash: str) -> None:
        self.sessions.pop(session_hash, None)

    def backup(self, to: str) -> None: ...

    def close(self) -> None: ...


def body(document: msgspec.Struct) -> bytes:
    """A document's JSON as the books hold it."""
    return msgspec.json.encode(document)
