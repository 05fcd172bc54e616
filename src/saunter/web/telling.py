"""Telling the shop something, and going on only once it stands in the books."""

from __future__ import annotations

from typing import Final

from saunter.ports.desk import Desk
from saunter.records import AnyRecord
from saunter.web.constants import ANSWER_WAIT_S
from saunter.web.problems import Problem

#: When to look again, for who was not answered in time.
RETRY: Final = {"Retry-After": "5"}


async def told(desk: Desk, record: AnyRecord) -> list[AnyRecord]:
    """What the shop says to a record, the record itself first: it is in the books by then. Raises Refused where the shop
    refuses it, and Problem 503 where it has not answered in time: then nobody knows yet whether it was taken."""
    said = await desk.tell(record, ANSWER_WAIT_S)
    if not said:
        raise Problem(503, "The shop has not answered yet. Look in a moment whether it was done; if not, try again.", RETRY)
    return said
