"""Takes an MCAP file apart without trusting it: pieces, their fields, the contents of chunks.

The reader of the mcap package stops at the first damage, takes a short read for a whole one and unpacks a chunk to whatever
size it claims. A recording has to give up what is whole after a power cut, and to say what is not; hence this module, which
reads the same pieces (https://mcap.dev/spec) with every length checked.
"""

from __future__ import annotations

import io
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

import lz4.frame
import zstandard
from mcap.opcode import Opcode
from mcap.writer import MCAP0_MAGIC

from saunter.journal.layout import CHUNK_BYTES_MAX

MAGIC: Final = MCAP0_MAGIC
#: Opcode and length before every piece.
HEAD: Final = struct.Struct("<BQ")
FOOTER_BYTES: Final = 20
_READ_BYTES: Final = 2**22
_CHUNK_HEAD: Final = struct.Struct("<QQQI")


class Damaged(Exception):
    """A piece of the file does not hold what its kind must hold."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the file: where it starts, its opcode, the length it claims and the bytes that are there.

    cut: the file ends inside it; astray: by its length it runs over the next landmark, so it is damage and reading goes
    on there; too large: beyond the limits, skipped; no end: a footer without the end mark behind it.
    """

    opcode: int
    start: int
    length: int
    body: bytes
    state: Literal["whole", "cut", "astray", "too large", "no end"] = "whole"

    @property
    def end(self) -> int:
        """The byte after what the piece claims to cover."""
        return self.start + HEAD.size + self.length


def read_exactly(stream: BinaryIO, length: int) -> bytes:
    """The next `length` bytes; fewer only where the stream ends. Memory grows with what arrives, not with what is claimed."""
    parts: list[bytes] = []
    left = length
    while left and (part := stream.read(min(left, _READ_BYTES))):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def pieces(stream: BinaryIO, start: int, landmarks: Sequence[int] = ()) -> Iterator[Piece]:
    """The pieces from byte `start` (where the stream stands) to the end mark or the end of the stream.

    `landmarks` (sorted, from the file's own index; needs a seekable stream) lets reading go on after a damaged length.
    """
    position = start
    while head := read_exactly(stream, HEAD.size):
        if len(head) < HEAD.size:
            yield Piece(0, position, 0, head, "cut")
            return
        opcode, length = HEAD.unpack(head)
        resume = _crossed(position, length, landmarks)
        if resume:
            yield Piece(opcode, position, length, b"", "astray")
            position = stream.seek(resume)
            continue
        piece = _read_body(stream, opcode, position, length)
        yield piece
        if piece.state == "cut" or (opcode == Opcode.FOOTER and length == FOOTER_BYTES):
            return
        position = piece.end


def _crossed(position: int, length: int, landmarks: Sequence[int]) -> int:
    """The first landmark that a piece at `position` would run over; 0: none."""
    following = bisect_right(landmarks, position)
    if following < len(landmarks) and position + HEAD.size + length > landmarks[following]:
        return landmarks[following]
    return 0


def _read_body(stream: BinaryIO, opcode: int, position: int, length: int) -> Piece:
    if length > CHUNK_BYTES_MAX:
        whole = _skip(stream, length)
        return Piece(opcode, position, length, b"", "too large" if whole else "cut")
    body = read_exactly(stream, length)
    if len(body) < length:
        return Piece(opcode, position, length, body, "cut")
    if opcode == Opcode.FOOTER and length == FOOTER_BYTES and read_exactly(stream, len(MAGIC)) != MAGIC:
        return Piece(opcode, position, length, body, "no end")
    return Piece(opcode, position, length, body)


def _skip(stream: BinaryIO, length: int) -> bool:
    """Read past `length` bytes; whether they were all there."""
    left = length
    while left and (part := stream.read(min(left, _READ_BYTES))):
        left -= len(part)
    return left == 0


class Fields:
    """Reads the fields of a piece one after another; whatever does not fit raises `Damaged`."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def number(self, size: int) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.raw(size), "little")

    def raw(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self._at + size
        if end > len(self._body):
            raise Damaged("a field runs over the end of its piece")
        part = self._body[self._at : end]
        self._at = end
        return part

    def text(self) -> str:
        """A string with its length before it."""
        try:
            return self.raw(self.number(4)).decode()
        except UnicodeDecodeError:
            raise Damaged("a text is not UTF-8") from None

    def texts(self) -> dict[str, str]:
        """A map of strings with its length in bytes before it."""
        inner = Fields(self.raw(self.number(4)))
        found: dict[str, str] = {}
        while not inner.at_end():
            key = inner.text()
            found[key] = inner.text()
        return found

    def counts(self, key_size: int, value_size: int) -> list[tuple[int, int]]:
        """A list of pairs of integers with its length in bytes before it."""
        inner = Fields(self.raw(self.number(4)))
        found = []
        while not inner.at_end():
            found.append((inner.number(key_size), inner.number(value_size)))
        return found

    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._body)

    def done(self) -> None:
        """Raises `Damaged` unless everything was read."""
        if not self.at_end():
            raise Damaged("a piece is longer than its fields")


def chunk_contents(body: bytes) -> bytes:
    """What is packed in a chunk, checked against its size and checksum. Raises `Damaged`."""
    size, checksum, compression, packed = _chunk_fields(body)
    data = _unpack(packed, compression, size)
    if len(data) != size:
        raise Damaged(f"a chunk of {size} bytes unpacks to {len(data)}")
    if checksum and zlib.crc32(data) != checksum:
        raise Damaged("a chunk does not have the checksum that it names")
    return data


def cut_chunk_contents(body: bytes) -> bytes:
    """What can still be unpacked of a chunk whose end is missing; empty when nothing can. Nothing vouches for it but itself."""
    try:
        size, _, compression, packed = _chunk_fields(body, cut=True)
        return _unpack(packed, compression, size)
    except Damaged:
        return b""


def inner_pieces(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """Opcode and body of every piece inside a chunk. Raises `Damaged` at one that does not fit, after yielding those before."""
    view = memoryview(data)
    at, total = 0, len(data)
    while at < total:
        if at + HEAD.size > total:
            raise Damaged("a chunk ends inside a message")
        opcode, length = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + length > total:
            raise Damaged("a chunk ends inside a message")
        yield opcode, view[at : at + length]
        at += length


def _chunk_fields(body: bytes, cut: bool = False) -> tuple[int, int, str, bytes]:
    """Unpacked size, checksum (0: none), compression and packed bytes."""
    fields = Fields(body)
    _, _, size, checksum = _CHUNK_HEAD.unpack(fields.raw(_CHUNK_HEAD.size))
    compression = fields.text()
    length = fields.number(8)
    if size > CHUNK_BYTES_MAX:
        raise Damaged(f"a chunk claims to unpack to {size} bytes, over the limit of {CHUNK_BYTES_MAX}")
    used = _CHUNK_HEAD.size + 4 + len(compression.encode()) + 8
    if length != len(body) - used and not cut:
        raise Damaged("a chunk is not as long as it says")
    return size, checksum, compression, body[used:]


def _unpack(packed: bytes, compression: str, size: int) -> bytes:
    """At most `size` + 1 bytes, so that a small lie cannot fill the memory."""
    try:
        if compression == "zstd":
            return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read(size + 1)
        if compression == "lz4":
            unpacked: bytes = lz4.frame.LZ4FrameDecompressor().decompress(packed, max_length=size + 1)
            return unpacked
    except (zstandard.ZstdError, RuntimeError, EOFError, MemoryError) as error:
        raise Damaged(f"a chunk cannot be unpacked ({error})") from None
    if compression:
        raise Damaged(f"a chunk is packed with {compression!r}; only zstd, lz4 and none can be read")
    return packed[: size + 1]
