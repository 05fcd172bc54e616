"""`--truth` alone, `--truth FILE`, first, last or in the middle."""

from __future__ import annotations

import pytest

from saunter.apps.optional_value import with_value

VALUED = ("--receipts",)


@pytest.mark.parametrize(
    ("line", "understood"),
    [
        ("day.mcap", "day.mcap"),
        ("day.mcap --truth", "day.mcap --truth="),
        ("day.mcap --truth --json", "day.mcap --truth= --json"),
        ("day.mcap --truth true.json", "day.mcap --truth=true.json"),
        ("day.mcap --truth true.json --json", "day.mcap --truth=true.json --json"),
        ("--truth day.mcap", "--truth= day.mcap"),
        ("--json --truth day.mcap", "--json --truth= day.mcap"),
        ("--truth --json day.mcap", "--truth= --json day.mcap"),
        ("--truth true.json day.mcap", "--truth=true.json day.mcap"),
        ("--receipts out.json --truth day.mcap", "--receipts out.json --truth= day.mcap"),
        ("--truth day.mcap --receipts out.json", "--truth= day.mcap --receipts out.json"),
        ("--truth true.json --receipts out.json day.mcap", "--truth=true.json --receipts out.json day.mcap"),
        ("day.mcap --truth=true.json", "day.mcap --truth=true.json"),
        ("--truth -- day.mcap", "--truth= -- day.mcap"),
        ("--truth true.json -- day.mcap", "--truth=true.json -- day.mcap"),
        ("-- --truth", "-- --truth"),
        ("", ""),
    ],
)
def test_truth_takes_a_file_or_stands_alone(line: str, understood: str) -> None:
    assert with_value(line.split(), "--truth", VALUED) == understood.split()
