"""Instants as int64 nanoseconds since 1970-01-01 UTC. Never a float: a float64 of today's epoch is 240 ns coarse."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$")


def from_seconds(seconds: float) -> int:
    """Nanoseconds of an epoch or a duration given in seconds, rounded to the nearest nanosecond the float can tell."""
    whole, part = divmod(seconds, 1.0)
    return int(whole) * SECOND + round(part * SECOND)


def to_seconds(nanoseconds: int) -> float:
    """Seconds of a duration in nanoseconds. For instants subtract first: the difference is exact, the epoch is not."""
    return nanoseconds / SECOND


def parse_iso(text: str) -> int:
    """The instant of an ISO-8601 text such as `2020-04-22T05:06:36.859Z`; a text without zone is taken as UTC.

    Raises ValueError naming the text when it is not of that form.
    """
    match = _ISO.match(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an ISO-8601 instant such as 2020-04-22T05:06:36.859Z")
    day, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in (None, 'Z') else zone}")
    return int(moment.timestamp()) * SECOND + int((fraction or "0").ljust(9, "0"))


def format_iso(instant: int) -> str:
    """ISO-8601 UTC with as many of nine decimals as are needed, at least three: `2020-04-22T05:06:36.859Z`."""
    seconds, nanoseconds = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    decimals = f"{nanoseconds:09d}".rstrip("0").ljust(3, "0")
    return f"{moment}.{decimals}Z"


def local_time(instant: int, zone: str) -> str:
    """The time of day (`14:05`) of an instant (ns UTC) where the shop is, by the name of its time zone; none: UTC."""
    return datetime.fromtimestamp(instant // SECOND, UTC).astimezone(ZoneInfo(zone or "UTC")).strftime("%H:%M")


def local_hour(instant: int, zone: str) -> str:
    """The hour of the day (`00` to `23`) of an instant (ns UTC) where the shop is, by the name of its time zone."""
    return datetime.fromtimestamp(instant // SECOND, UTC).astimezone(ZoneInfo(zone)).strftime("%H")
