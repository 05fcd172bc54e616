"""The names and numbers of a recording's layout, in one place: writer, reader and `docs/recording.md` agree through them."""

from __future__ import annotations

from typing import Final

from saunter.base.limits import MESSAGE_BYTES_MAX, PEOPLE_MAX
from saunter.plan.files import PLAN_FILES
from saunter.records import AnyRecord, Envelope, PeopleFrame

__all__ = [
    "CHUNK_BYTES_MAX",
    "FORMAT",
    "JSON_ENCODING",
    "METADATA",
    "PLAN_FILES",
    "WEIGHTS_ENCODING",
    "Unreadable",
    "trouble_with",
]

#: Version of the layout as a whole; the version of one kind of record stands in its envelope.
FORMAT: Final = 1
#: Name of the metadata record that marks an MCAP file as a recording.
METADATA: Final = "saunter"
JSON_ENCODING: Final = "json"
WEIGHTS_ENCODING: Final = "saunter-weights"
#: A chunk may hold one message of the largest size on top of what was already in it.
CHUNK_BYTES_MAX: Final = 2 * MESSAGE_BYTES_MAX

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1


class Unreadable(Exception):
    """One message cannot become a record: `group` names the sort of trouble, `detail` this case, `remedy` what to do."""

    def __init__(self, group: str, detail: str, remedy: str = "") -> None:
        super().__init__(detail)
        self.group = group
        self.detail = detail
        self.remedy = remedy


def trouble_with(record: AnyRecord) -> str:
    """Why a record cannot stand in a recording, in half a sentence; empty when it can. Writer and reader ask alike."""
    trouble = _envelope_trouble(record.envelope)
    if not trouble and isinstance(record, PeopleFrame) and len(record.people) > PEOPLE_MAX:
        trouble = f"it holds {len(record.people)} people, more than the limit of {PEOPLE_MAX}"
    return trouble


def _envelope_trouble(envelope: Envelope) -> str:
    if not 0 <= envelope.sequence <= INT64_MAX:
        return f"its sequence {envelope.sequence} is not a number from 0 to 2^63-1"
    if not (INT64_MIN <= envelope.happened <= INT64_MAX and INT64_MIN <= envelope.arrived <= INT64_MAX):
        return "its times are not nanoseconds that fit in 64 bits"
    return ""
