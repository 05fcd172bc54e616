"""One pass over the data of a recording: every piece is read, or told to be damaged with what it cost."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from mcap.opcode import Opcode

from saunter.base.limits import MESSAGE_BYTES_MAX
from saunter.journal.channels import Channel, channel_of
from saunter.journal.framing import Damaged, Fields, Piece, chunk_contents, cut_chunk_contents, inner_pieces
from saunter.journal.head import attachment, metadata
from saunter.journal.index import Index, channel_entry, statistics_messages
from saunter.journal.layout import METADATA, PLAN_FILES, Unreadable, trouble_with
from saunter.journal.report import Report, messages
from saunter.journal.tally import Tally
from saunter.records import AnyRecord

#: Channel, sequence, log time, publish time.
_MESSAGE: Final = struct.Struct("<HIQQ")
_INDEXES: Final = (Opcode.ATTACHMENT_INDEX, Opcode.METADATA_INDEX, Opcode.CHUNK_INDEX, Opcode.SUMMARY_OFFSET, Opcode.STATISTICS)
_COPY_AGAIN: Final = "fetch or copy the file again if there is a better one"


class Walk:
    """Turns pieces into records and keeps the books.

    `channels` are those known beforehand (from the head and the file's index), `start` is the byte after the head.
    Messages are counted three ways that must agree: those met, those that the index behind each chunk lists, and those that
    the statistics at the end count.
    """

    def __init__(self, store: str, channels: dict[int, Channel], index: Index, start: int, report: Report) -> None:
        self._store = store
        self._channels = channels
        self._summary_start = index.summary_start
        self.report = report
        self.tally = Tally()
        self.closed = False
        self._ended = False
        self._met = 0
        self._met_since_index = 0
        self._listed = 0
        self._missed = 0
        self._expected = 0
        self._whole_to = start

    def receive(self, piece: Piece) -> Iterator[AnyRecord]:
        """The records of one piece, in file order."""
        if piece.opcode != Opcode.MESSAGE_INDEX or piece.state != "whole":
            self._settle()
        self._ended = self._ended or piece.opcode == Opcode.DATA_END or 0 < self._summary_start <= piece.start
        try:
            if piece.state != "whole":
                yield from self._not_whole(piece)
            elif piece.opcode == Opcode.CHUNK:
                yield from self._inside(chunk_contents(piece.body), piece.start)
            elif piece.opcode == Opcode.MESSAGE:
                yield from self._message(memoryview(piece.body), piece.start)
            else:
                self._other(piece)
        except Damaged as error:
            self._damaged(f"{error}, in the piece at byte {piece.start}")
        if piece.state == "whole":
            self._whole_to = piece.end

    def finish(self) -> None:
        """The last word, once the pieces are used up: what is missing by the file's own count, and where it was cut."""
        self._settle()
        missing = self._expected - self._met - self._missed
        if missing > 0:
            what = f"the file's own count says {self._expected} messages, of which some were not found"
            self.report.note("missing", what, _COPY_AGAIN, lost=missing)
        if not self.closed:
            read = f"{messages(self.tally.messages)} up to there could be read"
            what = f"the file has no end mark: it is cut off (or damaged) behind byte {self._whole_to}; {read}"
            self.report.note("cut", what, "go on with what was read, or fetch the whole file")

    def _inside(self, data: bytes, start: int) -> Iterator[AnyRecord]:
        for opcode, body in inner_pieces(data):
            if opcode == Opcode.MESSAGE:
                yield from self._message(body, start)
            elif opcode == Opcode.CHANNEL:
                self._add_channel(bytes(body))
            elif opcode != Opcode.SCHEMA:
                self.report.note("unknown", f"the chunk at byte {start} holds something of an unknown sort ({opcode}); skipped")

    def _message(self, body: memoryview, start: int) -> Iterator[AnyRecord]:
        self._met += 1
        self._met_since_index += 1
        if not _MESSAGE.size <= len(body) <= MESSAGE_BYTES_MAX + _MESSAGE.size:
            limits = f"{_MESSAGE.size} to {MESSAGE_BYTES_MAX + _MESSAGE.size}"
            what = f"a message near byte {start} has {len(body)} bytes with its head; {limits} are allowed"
            self.report.note("size", what, lost=1)
            return
        number: int = _MESSAGE.unpack_from(body)[0]
        channel = self._channels.get(number)
        if channel is None:
            self.report.note(
                f"channel {number}", f"messages of channel {number}, which is nowhere described, near byte {start}", lost=1
            )
            return
        try:
            record = channel.decode(body[_MESSAGE.size :])
            if trouble := trouble_with(record):
                raise Unreadable("limits", f"record {record.id} is beyond the limits: {trouble}")
        except Unreadable as error:
            self.report.note(f"{channel.topic} {error.group}", f"stream {channel.topic}: {error.detail}", error.remedy, lost=1)
            return
        self._check_place(channel.topic, record)
        self.tally.add(channel.topic, record, len(body) - _MESSAGE.size)
        yield record

    def _check_place(self, topic: str, record: AnyRecord) -> None:
        envelope = record.envelope
        if envelope.stream != topic:
            what = f"stream {topic}: the envelope of a record says stream {envelope.stream!r}; the envelope is believed"
            self.report.note(f"{topic} stream", what, "write each stream on the topic of its name")
        if envelope.store != self._store:
            what = f"stream {topic}: a record belongs to store {envelope.store!r}, the recording to {self._store!r}"
            self.report.note(f"{topic} store", what, "keep one store per recording")

    def _not_whole(self, piece: Piece) -> Iterator[AnyRecord]:
        where = f"the piece at byte {piece.start}"
        if piece.state == "cut":
            if piece.opcode == Opcode.CHUNK:
                yield from self._salvaged(piece)
        elif piece.state == "astray":
            self._damaged(f"{where} claims {piece.length} bytes and would run over what follows; reading went on behind it")
        elif piece.state == "no end":
            self._damaged(f"{where} says that the file ends there, but the end mark is missing or damaged")
        else:
            self._damaged(f"{where} claims {piece.length} bytes, over the limit; skipped")

    def _salvaged(self, piece: Piece) -> Iterator[AnyRecord]:
        """The whole messages at the beginning of a chunk whose end is missing; what follows them is the cut's."""
        try:
            yield from self._inside(cut_chunk_contents(piece.body), piece.start)
        except Damaged:
            return

    def _other(self, piece: Piece) -> None:
        if piece.opcode == Opcode.MESSAGE_INDEX:
            self._add_listed(piece.body)
        elif piece.opcode == Opcode.CHANNEL:
            self._add_channel(piece.body)
        elif piece.opcode == Opcode.STATISTICS and self._ended:
            self._expected = statistics_messages(piece.body)
        elif piece.opcode == Opcode.FOOTER and self._ended:
            self.closed = True
        elif piece.opcode in (Opcode.ATTACHMENT, Opcode.METADATA):
            self._late_text(piece)
        elif piece.opcode == Opcode.SCHEMA:
            _check_schema(piece.body)
        elif not (piece.opcode in _INDEXES and self._ended) and not (piece.opcode == Opcode.DATA_END and piece.length == 4):
            self._damaged(f"a piece of an unknown or misplaced sort ({piece.opcode}) at byte {piece.start} was skipped")

    def _late_text(self, piece: Piece) -> None:
        name = attachment(piece.body)[0] if piece.opcode == Opcode.ATTACHMENT else metadata(piece.body)[0]
        if name == METADATA or name in PLAN_FILES:
            what = f"{name} stands at byte {piece.start}, after the first messages, where it is not read"
            self.report.note(f"late {name}", what, "write the metadata and the plan before the first message")

    def _add_channel(self, body: bytes) -> None:
        entry = channel_entry(body)
        self._channels[entry.id] = channel_of(entry, self._store)

    def _add_listed(self, body: bytes) -> None:
        fields = Fields(body)
        fields.raw(2)
        self._listed += len(fields.counts(8, 8))
        fields.done()

    def _settle(self) -> None:
        """Compare the messages met in the last chunk with those that the index behind it lists."""
        lost = self._listed - self._met_since_index
        if lost > 0:
            self._missed += lost
            self._damaged("the index lists messages that are not there", lost=lost, times=0)
        self._listed = self._met_since_index = 0

    def _damaged(self, what: str, lost: int = 0, times: int = 1) -> None:
        self.report.note("damaged", f"the file is damaged: {what}", _COPY_AGAIN, lost, times)


def _check_schema(body: bytes) -> None:
    fields = Fields(body)
    fields.raw(2)
    fields.text()
    fields.text()
    fields.raw(fields.number(4))
    fields.done()
