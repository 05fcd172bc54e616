"""The head of a recording: the mark that says it is one, and the plan, all before the first message."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from mcap.opcode import Opcode

from saunter.base.errors import InputProblems, Problem
from saunter.base.ids import is_name
from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.journal.framing import MAGIC, Damaged, Fields, Piece, read_exactly
from saunter.journal.index import ChannelEntry, channel_entry
from saunter.journal.layout import FORMAT, METADATA, PLAN_FILES
from saunter.journal.report import Report

_DATA: Final = (Opcode.CHUNK, Opcode.MESSAGE, Opcode.DATA_END, Opcode.FOOTER)
_HOW_TO: Final = "import the shop's own files with `saunter import`, or write a recording as docs/recording.md says"


@dataclass
class Head:
    """What stands before the first message.

    `first` is the piece that ended the head (None: the file ends in it), `end` the byte behind the head's last whole piece.
    """

    marks: dict[str, str] = field(default_factory=dict)
    plan_texts: dict[str, str] = field(default_factory=dict)
    channels: list[ChannelEntry] = field(default_factory=list)
    first: Piece | None = None
    end: int = len(MAGIC)


def check_magic(stream: BinaryIO, where: str) -> None:
    """Read the first eight bytes. Raises `InputProblems` when they are not those of an MCAP file of this major version."""
    start = read_exactly(stream, len(MAGIC))
    if start == MAGIC:
        return
    if not start:
        raise InputProblems([Problem(where, 0, "the file is empty", "was the program that writes it still at the beginning?")])
    if MAGIC.startswith(start):
        raise InputProblems([Problem(where, 0, f"the file is cut off after {len(start)} bytes", "fetch the whole file")])
    if start[:5] == MAGIC[:5]:
        raise InputProblems(
            [Problem(where, 0, f"this is a version of MCAP that Saunter does not read (it begins with {start!r})", _HOW_TO)]
        )
    raise InputProblems([Problem(where, 0, f"this is not an MCAP file (it begins with {start!r})", _HOW_TO)])


def read_head(pieces: Iterator[Piece], report: Report) -> Head:
    """Read up to the first message. Damage is noted in the report; the pieces are left behind `Head.first`."""
    head = Head()
    for piece in pieces:
        if piece.opcode in _DATA:
            head.first = piece
            break
        try:
            _take(head, piece, report)
        except Damaged as error:
            what = f"the head of the file is damaged: {error}, in the piece at byte {piece.start}"
            report.note("head", what, "fetch the file again")
        head.end = piece.end if piece.state == "whole" else head.end
    missing = [name for name in PLAN_FILES if name not in head.plan_texts]
    if missing:
        what = f"the plan inside is not complete: {', '.join(missing)} missing before the first message"
        report.note("plan", what, "give a plan of your own, or write the recording anew with all three files")
    return head


def check_marks(marks: dict[str, str], where: str) -> None:
    """Raises `InputProblems` when the metadata record is missing, of a newer format, or names no store."""
    if not marks:
        what = f"no metadata record {METADATA!r} before the first message: not a Saunter recording, or its beginning is damaged"
        raise InputProblems([Problem(where, 0, what, _HOW_TO)])
    problems = []
    written = marks.get("format", "")
    if not (written.isascii() and written.isdigit() and int(written) > 0):
        problems.append(
            Problem(where, 0, f"the metadata record {METADATA!r} has format {written!r}; a number such as 1 is needed", _HOW_TO)
        )
    elif int(written) > FORMAT:
        what = f"the recording has format {written}, newer than {FORMAT}, the newest this version of Saunter reads"
        problems.append(Problem(where, 0, what, "read it with a newer version of Saunter"))
    if not is_name(marks.get("store", "")):
        what = f"the metadata record {METADATA!r} has store {marks.get('store', '')!r}; 1-128 letters, digits, _ . - / are needed"
        problems.append(Problem(where, 0, what, _HOW_TO))
    if problems:
        raise InputProblems(problems)


def attachment(body: bytes) -> tuple[str, bytes]:
    """Name and data of an attachment. Raises `Damaged`, also when its checksum is wrong."""
    fields = Fields(body)
    fields.raw(16)
    name, _ = fields.text(), fields.text()
    data = fields.raw(fields.number(8))
    checksum = fields.number(4)
    fields.done()
    if checksum and zlib.crc32(body[:-4]) != checksum:
        raise Damaged("an attachment does not have the checksum that it names")
    return name, data


def metadata(body: bytes) -> tuple[str, dict[str, str]]:
    """Name and entries of a metadata record. Raises `Damaged`."""
    fields = Fields(body)
    name, entries = fields.text(), fields.texts()
    fields.done()
    return name, entries


def _take(head: Head, piece: Piece, report: Report) -> None:
    if piece.state != "whole":
        report.note(
            "head", f"the head of the file is cut off or damaged in the piece at byte {piece.start}", "fetch the file again"
        )
    elif piece.opcode == Opcode.METADATA:
        name, entries = metadata(piece.body)
        if name == METADATA:
            head.marks = entries
    elif piece.opcode == Opcode.ATTACHMENT:
        _take_plan_file(head, *attachment(piece.body))
    elif piece.opcode == Opcode.CHANNEL:
        head.channels.append(channel_entry(piece.body))
    elif piece.opcode not in (Opcode.HEADER, Opcode.SCHEMA):
        what = (
            f"the head of the file holds a piece of an unknown or misplaced sort ({piece.opcode}) at byte {piece.start}; skipped"
        )
        report.note("head", what, "fetch the file again")


def _take_plan_file(head: Head, name: str, data: bytes) -> None:
    if name not in PLAN_FILES:
        return
    if len(data) > PLAN_FILE_BYTES_MAX:
        raise Damaged(f"{name} has {len(data)} bytes, over the limit of {PLAN_FILE_BYTES_MAX}")
    try:
        head.plan_texts[name] = data.decode()
    except UnicodeDecodeError:
        raise Damaged(f"{name} is not UTF-8 text") from None
