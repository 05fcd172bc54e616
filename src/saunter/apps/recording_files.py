"""Writing recordings: whole or not at all, in order of arrival, progress on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from saunter.apps.output import Watcher, refuse_to_replace, written_whole
from saunter.journal import RecordingWriter
from saunter.records import AnyRecord

#: What every MCAP file begins with.
MCAP_MAGIC = b"\x89MCAP0\r\n"


def write_recording(path: Path, records: Iterable[AnyRecord], store: str, plan_texts: Mapping[str, str], source: str) -> int:
    """Write records, which come in order of arrival, to a new file; returns how many. On any error no file appears.

    An existing file is written over only if it is a recording (of MCAP's magic bytes), never a story or somebody's data.
    """
    refuse_to_replace(path, MCAP_MAGIC, "recording")
    count = 0
    with (
        Watcher(f"writing {path.name}") as watcher,
        written_whole(path) as stream,
        RecordingWriter(stream, store, plan_texts, source) as writer,
    ):
        for count, record in enumerate(records, start=1):
            writer.write(record)
            watcher.advance_to(count)
    return count
