"""Visits that nobody saw end: named, with the reason, the last sign of their party, and what it would pay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from the_kiosk import NOON, change, kiosk, receipt_of, took_oats
from typer.testing import CliRunner

from saunter.apps.explaining import explain_open_visit
from saunter.apps.main import app
from saunter.apps.open_visits import OpenVisit, still_open, with_bills
from saunter.apps.tables import open_visit_lines
from saunter.base.errors import Refused
from saunter.base.time import MINUTE, SECOND
from saunter.records import AnyRecord, GatePass, Reading, Tick

STAYS = """\
story: p1 stays
shop: corner
00:00.0 p1 enters
00:04.0 p2 enters
00:08.0 p1 takes bread
00:12.0 p2 takes 1 cola
00:18.0 p2 leaves
"""
WAITING = OpenVisit("visits/p1", "p1", "shopping", NOON)


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that ends while p1 is still in the shop with a loaf."""
    folder = tmp_path_factory.mktemp("stays")
    (folder / "stays.scn").write_text(STAYS)
    made = CliRunner().invoke(app, ["simulate", str(folder / "stays.scn"), "-o", str(folder / "stays.mcap")])
    assert made.exit_code == 0, made.output
    return folder / "stays.mcap"


def test_settled_visits_are_not_open_and_the_others_come_in_the_order_they_began() -> None:
    changes = [change(party, "shopping", second) for second, party in enumerate(("p2", "p1", "p3"))]
    changes += [change("p2", "settled", 5.0), change("p3", "leaving", 6.0)]
    assert [(each.party, each.state) for each in still_open(changes, NOON + 9 * SECOND)] == [
        ("p1", "shopping"),
        ("p3", "leaving"),
    ]


@pytest.mark.parametrize(("end_s", "state"), [(599, "shopping"), (601, "abandoned"), (600, "abandoned")])
def test_a_party_unseen_for_ten_minutes_was_last_seen_ten_minutes_before_and_is_shopping_if_the_recording_ended_first(
    end_s: int, state: str
) -> None:
    changes = [change("p1", "shopping", 0.0), change("p1", "abandoned", 600.0)]
    (found,) = still_open(changes, NOON + end_s * SECOND)
    assert (found.state, found.last_seen) == (state, NOON)
    assert ("before the recording ended" in found.why) == (state == "shopping")


def test_only_who_is_inside_is_said_to_walk_out_and_the_bills_go_to_their_visits() -> None:
    fed: list[Reading] = []

    def shop(reading: Reading) -> list[AnyRecord]:
        fed.append(reading)
        return [receipt_of("p1")] if isinstance(reading, Tick) else []

    visits = (WAITING, OpenVisit("visits/p2", "p2", "settling", NOON))
    told = with_bills(visits, shop, "kiosk", "door", NOON + MINUTE)
    assert [each.would_be for each in told] == [receipt_of("p1"), None]
    assert [(each.party, each.gate, each.direction) for each in fed if isinstance(each, GatePass)] == [("p1", "door", "out")]
    assert [each.happened for each in fed] == sorted(each.happened for each in fed)
    assert with_bills((), shop, "kiosk", "door", NOON) == ()


def test_a_shop_that_refuses_or_has_no_way_out_leaves_the_bill_unknown() -> None:
    def refuses(_: Reading) -> list[AnyRecord]:
        raise Refused("closed")

    assert with_bills((WAITING,), refuses, "kiosk", "door", NOON) == (WAITING,)
    assert with_bills((WAITING,), lambda _: [], "kiosk", "", NOON) == (WAITING,)
    assert open_visit_lines((WAITING,))[1] == "  what it would pay could not be told"
    assert explain_open_visit(WAITING, (), kiosk())[1] == "  What it would pay could not be told."


def test_what_it_would_pay_is_told_with_reasons_on_request() -> None:
    visit = OpenVisit("visits/p1", "p1", "abandoned", NOON, receipt_of())
    assert open_visit_lines((visit,)) == [
        "p1  no receipt  (visit visits/p1): no gate saw it leave, and it was unseen for 10 minutes; last seen 12:00:00",
        "  if it left now it would pay 3.98 EUR: 2 x Oat bar [oats] 87 % sure, 1 doubtful piece not charged",
        "",
    ]
    head, amount, line, *_ = explain_open_visit(visit, (took_oats(),), kiosk())
    assert head.startswith("No receipt for p1 (visit visits/p1): no gate saw it leave")
    assert (amount, line) == (
        "  If it left now it would pay 3.98 EUR:",
        "    2 x Oat bar [oats]: 3.98 EUR (2 x 1.99 EUR), 87 % sure",
    )


@pytest.mark.slow
def test_replay_names_who_is_still_inside_and_what_it_would_pay(stays: Path) -> None:
    said = json.loads(CliRunner().invoke(app, ["replay", str(stays), "--json"]).stdout)
    (waiting,) = said["open_visits"]
    assert (waiting["party"], waiting["state"]) == ("p1", "shopping")
    assert waiting["last_seen"] > said["receipts"][0]["at"][:18]
    assert [(line["sku"], line["quantity"]) for line in waiting["would_be"]["lines"]] == [("bread", 1)]
    assert [receipt["party"] for receipt in said["receipts"]] == ["p2"]
    told = CliRunner().invoke(app, ["replay", str(stays)]).stdout
    assert "p1  no receipt" in told
    assert "would pay 2.80 EUR" in told
    explained = CliRunner().invoke(app, ["replay", str(stays), "--explain"]).stdout
    assert "No receipt for p1" in explained
    assert "Movements on no receipt" not in explained
