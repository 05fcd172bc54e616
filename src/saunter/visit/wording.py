"""What staff are told about a visit that nobody saw end."""

from __future__ import annotations

from typing import Final

from saunter.base.time import MINUTE, local_time
from saunter.visit.life import ABANDONED_AFTER, Visit

ABANDONED: Final = "visit-abandoned"


def abandoned(visit: Visit, zone: str) -> str:
    """Who was lost from sight, since when, what became of the money, and what to do."""
    came, seen = local_time(visit.entered, zone), local_time(visit.last_seen, zone)
    return (
        f"{visit.party} ({visit.id}) came in at {came}, was last seen at {seen}, {ABANDONED_AFTER // MINUTE} minutes before "
        "this, and no gate saw it leave. It is not counted inside any more, nothing is charged, and what is held for it is let "
        "go. See whether somebody needs help, or whether a gate or the tracker missed them; if they are seen to leave after "
        "all, their receipt is made and charged then"
    )
