"""JSON records: one table of kinds with the schema version we know of each, how they are decoded, and their JSON Schemas."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from typing import Any, Final, get_args

import msgspec

from saunter.journal.layout import Unreadable
from saunter.records import AnyRecord, Record, WeightBlock

#: Every kind that travels as JSON, by the name under `kind`.
KINDS: Final[dict[str, type[Record]]] = {kind.__name__: kind for kind in get_args(AnyRecord) if kind is not WeightBlock}
#: The newest schema version of each kind that this program reads. A kind whose meaning changes raises its number here.
KNOWN_VERSIONS: Final[dict[str, int]] = dict.fromkeys((*KINDS, WeightBlock.__name__), 1)

_UPDATE: Final = "read it with a newer version of Saunter"
_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(reduce(or_, KINDS.values()))
#: Dictionaries are written in the order of their keys, so equal records give equal bytes.
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class _EnvelopeGlance(msgspec.Struct):
    version: int = 1


class _Glance(msgspec.Struct):
    """As much of a message as is needed to say why it cannot be read."""

    kind: str = ""
    envelope: _EnvelopeGlance = msgspec.field(default_factory=_EnvelopeGlance)


_GLANCER: Final = msgspec.json.Decoder(_Glance)


def encode(record: Record) -> bytes:
    """The record as JSON text. Raises ValueError if it holds a number that JSON has no word for (NaN, infinity)."""
    data = _ENCODER.encode(record)
    if b"null" in data:  # no field may be null: either a text says so, or a number was not finite
        _refuse_null(record, data)
    return data


def decode(data: bytes | memoryview) -> AnyRecord:
    """The record of a JSON message. Raises `Unreadable` naming the unknown kind, the newer version or the damage."""
    try:
        record: AnyRecord = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _why_not(data, error) from None
    kind = type(record).__name__
    if record.envelope.version > KNOWN_VERSIONS[kind]:
        raise _newer(kind, record.envelope.version)
    return record


@cache
def schema_text(kind: str) -> bytes:
    """The JSON Schema of a kind: an object at the top, references only into its own `$defs`, as Foxglove wants it."""
    schema = msgspec.json.schema(KINDS[kind])
    definitions = {name: _plain(part) for name, part in schema["$defs"].items()}
    top = definitions.pop(kind)
    return msgspec.json.encode({**top, "$defs": definitions}, order="sorted")


def _plain(node: Any) -> Any:
    """The same schema in the smaller vocabulary that viewers know: enumerations say `string`, tuples say their item."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(part) for key, part in node.items()}
    if isinstance(plain.get("description"), str):
        plain["description"] = " ".join(plain["description"].split())
    if isinstance(plain.get("enum"), list):
        plain.setdefault("type", "string")
    if "prefixItems" in plain:
        plain["maxItems"] = len(plain["prefixItems"])
        plain["items"] = {"type": plain.pop("prefixItems")[0]["type"]}
    return plain


def _refuse_null(record: Record, data: bytes) -> None:
    try:
        _DECODER.decode(data)
    except msgspec.ValidationError as error:
        raise ValueError(f"record {record.id} holds a number that is not finite, which JSON cannot say: {error}") from None


def _why_not(data: bytes | memoryview, error: Exception) -> Unreadable:
    try:
        glance = _GLANCER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unreadable("damaged", f"a message is not a record in JSON ({error})")
    if glance.kind not in KINDS:
        detail = f"a message has the kind {glance.kind!r}, which this version does not know"
        return Unreadable(f"kind {glance.kind[:40]}", detail, _UPDATE)
    if glance.envelope.version > KNOWN_VERSIONS[glance.kind]:
        return _newer(glance.kind, glance.envelope.version)
    return Unreadable("damaged", f"a message is not a well-formed {glance.kind} ({error})", "docs/recording.md lists its fields")


def _newer(kind: str, version: int) -> Unreadable:
    detail = f"a {kind} has schema version {version}, but this version of Saunter knows only up to {KNOWN_VERSIONS[kind]}"
    return Unreadable(f"version {min(version, 99)} of {kind}", detail, _UPDATE)
