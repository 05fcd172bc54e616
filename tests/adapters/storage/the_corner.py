"""A corner shop's records, made up: visits, receipts, readings of every kind."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import numpy as np

from saunter.journal.schemas import KINDS
from saunter.ports import documents
from saunter.ports.books import Books, Document
from saunter.records import (
    AnyRecord,
    Correction,
    CorrectionLine,
    Envelope,
    Joint,
    PeopleFrame,
    Person,
    Receipt,
    ReceiptLine,
    Tick,
    VisitChanged,
    WeightBlock,
)


def place(sequence: int = 0, stream: str = "visits", store: str = "corner", **other: Any) -> Envelope:
    return Envelope(store=store, stream=stream, sequence=sequence, happened=40 + sequence, arrived=50 + sequence, **other)


def entered(
    sequence: int, store: str = "corner", *, stream: str = "visits", party: str = "p1", state: str = "inside"
) -> VisitChanged:
    return VisitChanged(envelope=place(sequence, stream, store), visit=f"visit-{party}", party=party, state=state)


def tick(sequence: int, store: str = "corner") -> Tick:
    return Tick(envelope=place(sequence, "ticks", store))


def frame(sequence: int, store: str = "corner") -> PeopleFrame:
    joints = {"head": Joint(1.0, float("nan"), 1.6), "foot": Joint(1.2, -0.0, float("inf"), 0.1, 0.5)}
    return PeopleFrame(
        envelope=place(sequence, "people", store), people=(Person(track="t", joints=joints, appearance=(0.6, -0.8)),)
    )


def block(sequence: int, store: str = "corner", samples: int = 3) -> WeightBlock:
    grams = np.arange(2 * samples, dtype=np.float32).reshape(samples, 2)
    grams[:1, 1] = np.nan
    envelope = place(sequence, "weights/a", store, version=1, because=("weights/a:0",))
    return WeightBlock(envelope, ("a1", "a2"), 50.5, np.arange(samples, dtype=np.int64) * 20, grams)


def line(sku: str = "bread", net: int = 467, tax: int = 33, total: int = 500) -> ReceiptLine:
    return ReceiptLine(
        sku=sku, gtin="", name=sku, quantity=2, unit_price_minor=250, net_minor=net, tax_code="food", tax_rate="0.07",
        tax_minor=tax, total_minor=total, probability=0.9, because=("shelves:1",),
    )  # fmt: skip


def receipt(sequence: int, store: str = "corner", lines: tuple[ReceiptLine, ...] = (line(),), **sums: int) -> Receipt:
    fields: dict[str, Any] = {
        name: sum(getattr(each, name) for each in lines) for name in ("net_minor", "tax_minor", "total_minor")
    }
    return Receipt(
        envelope=place(sequence, "ledger", store), visit=f"visit-{sequence}", party=f"p{sequence}", currency="EUR", lines=lines,
        **{**fields, **sums},
    )  # fmt: skip


def correction(sequence: int, of: Receipt, total: int) -> Correction:
    back = CorrectionLine(sku="bread", name="bread", quantity=1, net_minor=total, tax_minor=0, total_minor=total)
    return Correction(
        envelope=place(sequence, "corrections", of.envelope.store), visit=of.visit, party=of.party, receipt=of.id, currency="EUR",
        lines=(back,), net_minor=total, tax_minor=0, total_minor=total, reason="not taken",
    )  # fmt: skip


def bill(of: Receipt) -> Document:
    return document("bill", of.visit, msgspec.json.encode(documents.Bill(receipt=of, state="sent")))


def document(kind: str = "visit", key: str = "visit-p1", body: bytes = b"{}", **other: Any) -> Document:
    return Document(kind=kind, key=key, body=body, **other)


def one_of_every_kind() -> list[AnyRecord]:
    """A record of every kind there is, made from its types, so that a new kind is tested as soon as it exists."""
    made = [msgspec.convert(_sample(kind), kind) for kind in KINDS.values()]
    return [*made, block(1), frame(1)]


def _sample(kind: Any, depth: int = 0) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        values = {each.name: _sample(each.type, depth + 1) for each in fields if each.name != "version"}
        if kind.__struct_config__.array_like:
            return [_sample(each.type, depth + 1) for each in fields]
        tag = kind.__struct_config__.tag
        return {**({kind.__struct_config__.tag_field: tag} if tag else {}), **values}
    plain = {str: "é-1", int: 7, float: 0.1, bool: True, bytes: b"x", type(None): None}
    if kind in plain:
        return plain[kind]
    inner = get_args(kind)
    origin = getattr(kind, "__origin__", None)
    if origin is tuple:
        return [_sample(each, depth + 1) for each in inner if each is not Ellipsis]
    if origin is dict:
        return {"head": _sample(inner[1], depth + 1)}
    return inner[0] if isinstance(inner[0], str) else _sample(inner[0], depth + 1)


def same(one: AnyRecord, other: AnyRecord) -> bool:
    """Equal in everything; a value that is nowhere (NaN) equals itself."""
    if not isinstance(one, WeightBlock) or not isinstance(other, WeightBlock):
        return type(one) is type(other) and repr(one) == repr(other)
    head = (one.envelope, one.plates, one.rate_hz) == (other.envelope, other.plates, other.rate_hz)
    arrays = ((one.times, other.times), (one.grams, other.grams))
    return head and all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in arrays)


def pages_of(books: Books, kind: str, size: int, owner: str = "") -> list[list[str]]:
    """The keys of all documents of a kind, page by page, as somebody turns the pages; a hundred pages at most."""
    pages, after = list[list[str]](), None
    for _ in range(100):
        found = books.documents(kind, owner=owner, limit=size, after=after)
        if not found:
            break
        pages.append([each.key for each in found])
        after = found[-1].place
    return pages
