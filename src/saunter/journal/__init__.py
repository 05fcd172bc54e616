"""The log: one recording is one MCAP file, laid out as `docs/recording.md` says. No file is opened here."""

from saunter.journal.layout import FORMAT, PLAN_FILES
from saunter.journal.reader import Recording, open_recording
from saunter.journal.summary import RecordingSummary, summarise
from saunter.journal.tally import StreamInfo
from saunter.journal.writer import RecordingWriter

__all__ = [
    "FORMAT",
    "PLAN_FILES",
    "Recording",
    "RecordingSummary",
    "RecordingWriter",
    "StreamInfo",
    "open_recording",
    "summarise",
]
