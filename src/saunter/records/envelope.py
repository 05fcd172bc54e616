"""The envelope every record carries: where it stands, when it happened, when we got it, and why it exists."""

from __future__ import annotations

import msgspec

from saunter.base.ids import record_id


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when of one record.

    `store` and `stream` name the place in the log, `sequence` counts from 0 within the stream, `version` is the schema
    version of the record's kind. `happened` and `arrived` are int64 nanoseconds UTC: the device's clock mapped to the
    shop's, and the moment we had it. `because` holds the ids of the records this one follows from (empty for readings).
    """

    store: str
    stream: str
    sequence: int
    happened: int
    arrived: int
    version: int = 1
    because: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The record's derived id, unique within its store: `shelves/interactions:12`."""
        return record_id(self.stream, self.sequence)


class Record(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="kind"):
    """What flows between rooms and is logged. Encoded as JSON with its class name under `kind`."""

    envelope: Envelope

    @property
    def id(self) -> str:
        """The id derived from the envelope."""
        return self.envelope.id

    @property
    def happened(self) -> int:
        """When it happened, nanoseconds UTC."""
        return self.envelope.happened
