"""The index at the end of an MCAP file, where there is one and it can be trusted: channels, chunk positions, message count."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from mcap.opcode import Opcode

from saunter.journal.framing import FOOTER_BYTES, HEAD, MAGIC, Damaged, Fields, pieces, read_exactly
from saunter.journal.layout import CHUNK_BYTES_MAX

_TAIL: Final = HEAD.size + FOOTER_BYTES + len(MAGIC)


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """A channel as the file describes it."""

    id: int
    topic: str
    encoding: str
    metadata: dict[str, str]


@dataclass
class Index:
    """What the end of the file says about the rest; all empty when there is no end or it is damaged.

    `landmarks` are bytes where a piece certainly begins: every chunk, and the summary behind them.
    """

    channels: list[ChannelEntry] = field(default_factory=list)
    landmarks: list[int] = field(default_factory=list)
    summary_start: int = 0


def channel_entry(body: bytes) -> ChannelEntry:
    """The fields of a channel. Raises `Damaged`."""
    fields = Fields(body)
    number, _ = fields.number(2), fields.number(2)
    entry = ChannelEntry(number, fields.text(), fields.text(), fields.texts())
    fields.done()
    return entry


def statistics_messages(body: bytes) -> int:
    """How many messages the file's statistics count. Raises `Damaged`."""
    fields = Fields(body)
    messages = fields.number(8)
    fields.raw(2 + 4 + 4 + 4 + 4 + 8 + 8)
    fields.counts(2, 8)
    fields.done()
    return messages


def load_index(stream: BinaryIO) -> Index:
    """The index of a seekable stream that begins at 0; wherever the stream stands afterwards is left to the caller."""
    size = stream.seek(0, io.SEEK_END)
    if size < len(MAGIC) + _TAIL:
        return Index()
    stream.seek(size - _TAIL)
    tail = read_exactly(stream, _TAIL)
    opcode, length = HEAD.unpack_from(tail)
    if opcode != Opcode.FOOTER or length != FOOTER_BYTES or not tail.endswith(MAGIC):
        return Index()
    footer = Fields(tail[HEAD.size : -len(MAGIC)])
    start, _, checksum = footer.number(8), footer.number(8), footer.number(4)
    length = size - _TAIL - start
    if not start or not 0 < length <= CHUNK_BYTES_MAX:
        return Index()
    stream.seek(start)
    summary = read_exactly(stream, length)
    if checksum and zlib.crc32(tail[: HEAD.size + 16], zlib.crc32(summary)) != checksum:
        return Index()
    return _parsed(summary, start)


def _parsed(summary: bytes, limit: int) -> Index:
    index = Index()
    try:
        for piece in pieces(io.BytesIO(summary), 0):
            if piece.opcode == Opcode.CHANNEL:
                index.channels.append(channel_entry(piece.body))
            elif piece.opcode == Opcode.CHUNK_INDEX:
                start = Fields(piece.body[16:24]).number(8)
                index.landmarks.append(start)
    except Damaged:
        return Index()
    index.landmarks = [*sorted(start for start in index.landmarks if len(MAGIC) < start < limit), limit]
    index.summary_start = limit
    return index
