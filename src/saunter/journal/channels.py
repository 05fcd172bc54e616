"""From a channel's description to the function that turns its messages into records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from saunter.journal import schemas, weights
from saunter.journal.index import ChannelEntry
from saunter.journal.layout import JSON_ENCODING, WEIGHTS_ENCODING, Unreadable
from saunter.records import AnyRecord

Decode = Callable[[memoryview], AnyRecord]


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic and how its messages are read; `decode` raises `Unreadable`."""

    topic: str
    decode: Decode


def channel_of(entry: ChannelEntry, store: str) -> Channel:
    """The channel of a description; weight blocks belong to the store in its metadata, or else to the recording's."""
    return Channel(entry.topic, _decoder(entry, store))


def _decoder(entry: ChannelEntry, store: str) -> Decode:
    if entry.encoding == JSON_ENCODING:
        return schemas.decode
    if entry.encoding != WEIGHTS_ENCODING:
        detail = f"messages are encoded as {entry.encoding!r}; a recording knows {JSON_ENCODING!r} and {WEIGHTS_ENCODING!r}"
        return partial(_refuse, Unreadable("encoding", detail, "docs/recording.md says how to write them"))
    try:
        plates = weights.parse_plates(entry.metadata.get("plates", ""))
    except Unreadable as error:
        return partial(_refuse, error)
    return partial(weights.unpack, store=entry.metadata.get("store", store), stream=entry.topic, plates=plates)


def _refuse(error: Unreadable, _data: memoryview) -> AnyRecord:
    raise Unreadable(error.group, error.detail, error.remedy)
