"""A recording trades: everybody in it who comes in pays with a made-up card, once, and not before the shop is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.apps.the_loaf import LOAF, saunter
from tests.pipeline.the_stall import envelope

from saunter.adapters.storage import open_books
from saunter.apps.running.recorded_cards import OPEN_WITHIN, SHOWN_BEFORE, RecordedCards
from saunter.base.ids import STAFF, UNREGISTERED
from saunter.base.time import SECOND
from saunter.records import AnyRecord, CardPresented, GatePass, PaymentChanged, Receipt, StoreChanged

START = 1_000 * SECOND


class Told:
    """A source that says what it was given, by arrival."""

    def __init__(self, records: Sequence[AnyRecord]) -> None:
        self._left = list(records)

    def until(self, now: int) -> list[AnyRecord]:
        found = [each for each in self._left if each.envelope.arrived <= now]
        self._left = [each for each in self._left if each.envelope.arrived > now]
        return found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        pass

    def is_over(self) -> bool:
        return not self._left


def passing(number: int, party: str, seconds: float, direction: str = "in", *, staff: bool = False) -> GatePass:
    at = START + round(seconds * SECOND)
    return GatePass(envelope=envelope("gates", number, at), gate="door", direction=direction, party=party, staff=staff)  # type: ignore[arg-type]


def opened(seconds: float = 0.0, state: str = "open") -> StoreChanged:
    at = START + round(seconds * SECOND)
    return StoreChanged(envelope=envelope("opening", 0, at), state=state, mode="automatic", reason="")  # type: ignore[arg-type]


def cards(records: Sequence[AnyRecord]) -> list[str]:
    return [each.party for each in records if isinstance(each, CardPresented)]


def test_a_card_is_shown_three_seconds_before_its_party_comes_in_and_only_once() -> None:
    passes = [passing(0, "p1", 10), passing(1, "p1", 20, "out"), passing(2, "p1", 30), passing(3, "p2", 40)]
    source = RecordedCards(Told(passes), "stall", START)
    source.hear([opened()])
    seen = {second: source.until(START + second * SECOND) for second in range(60)}
    assert {second: cards(said) for second, said in seen.items() if cards(said)} == {7: ["p1"], 37: ["p2"]}
    assert [each for said in seen.values() for each in said if isinstance(each, GatePass)] == passes
    card = seen[7][0]
    assert isinstance(card, CardPresented) and (card.gate, card.happened) == ("door", START + 10 * SECOND - SHOWN_BEFORE)
    assert [each.envelope.sequence for said in seen.values() for each in said if isinstance(each, CardPresented)] == [0, 1]
    assert source.is_over()


@pytest.mark.parametrize("state", ["open", "degraded"])
def test_cards_wait_until_the_shop_is_open(state: str) -> None:
    source = RecordedCards(Told([passing(0, "p1", 0), passing(1, "p2", 1)]), "stall", START)
    assert cards(source.until(START + SECOND)) == [] and not source.is_over()
    source.hear([opened(1, "opening")])
    assert cards(source.until(START + 2 * SECOND)) == []
    source.hear([opened(2, state)])
    assert cards(source.until(START + 3 * SECOND)) == ["p1", "p2"] and source.is_over()


def test_after_a_restart_that_says_nothing_of_opening_cards_are_shown_all_the_same() -> None:
    source = RecordedCards(Told([passing(0, "p1", 0)]), "stall", START)
    assert cards(source.until(START + OPEN_WITHIN - 1)) == []
    assert cards(source.until(START + OPEN_WITHIN)) == ["p1"]


def test_staff_and_nobody_in_particular_show_no_card() -> None:
    passes = [passing(0, STAFF, 1), passing(1, "m1", 2, staff=True), passing(2, UNREGISTERED, 3), passing(3, "", 4)]
    source = RecordedCards(Told([*passes, passing(4, "p9", 5, "out")]), "stall", START)
    source.hear([opened()])
    assert cards(source.until(START + 60 * SECOND)) == []


@pytest.mark.slow
def test_a_recording_runs_as_a_shop_with_its_own_plan_and_everybody_pays(tmp_path: Path) -> None:
    (tmp_path / "loaf.scn").write_text(LOAF)
    assert saunter("simulate", tmp_path / "loaf.scn", "--seed", "3", "-o", tmp_path / "loaf.mcap").exit_code == 0
    data = tmp_path / "data"
    ran = saunter("run", "--recording", tmp_path / "loaf.mcap", "--data", data, "--speed", "10", "--until-over", "--port", "0")
    assert ran.exit_code == 0, ran.output
    books = open_books(str(data / "books.db"), "corner")
    records = [record for _, record in books.records()]
    books.close()
    receipts = [each for each in records if isinstance(each, Receipt)]
    paid = [each.party for each in records if isinstance(each, PaymentChanged) and each.state == "captured"]
    assert [each.party for each in receipts] == paid == ["p1"]
    assert receipts[0].total_minor > 0


def test_the_plan_of_a_recording_is_written_as_files_and_never_over_others(tmp_path: Path) -> None:
    (tmp_path / "loaf.scn").write_text(LOAF)
    assert saunter("simulate", tmp_path / "loaf.scn", "--seed", "3", "-o", tmp_path / "loaf.mcap").exit_code == 0
    assert saunter("plan", "extract", tmp_path / "loaf.mcap", tmp_path / "shop").exit_code == 0
    assert saunter("plan", "check", tmp_path / "shop").exit_code == 0
    again = saunter("plan", "extract", tmp_path / "loaf.mcap", tmp_path / "shop")
    assert again.exit_code == 2 and again.output.count("is there already") == 3
