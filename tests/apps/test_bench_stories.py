"""The stories bench: receipts judged against truth and declared doubt, money, lines of carts, mistakes said at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from saunter.apps.bench_stories import Heard, Job, Play, jobs_of, judged, lines_of, money_of, play, seeds_of, stories_result
from saunter.apps.machine import Machine
from saunter.apps.main import app
from saunter.base.errors import InputProblems
from saunter.plan import Plan, parse_plan
from saunter.records import (
    AnyRecord,
    Cart,
    CartLine,
    Envelope,
    Receipt,
    ReceiptLine,
    TrueLine,
    TrueReceipt,
    VisitChanged,
)
from saunter.simulation import Story, parse_story, shop_texts

MACHINE = Machine(commit="", cpu="", cores=2, memory_gib=1.0, python="", system="")
LOAF = "story: One loaf\nshop: corner\nnoise: calm\nseed: 3\n\n00:00.0 p1 enters\n00:08.0 p1 takes bread\n00:14.0 p1 leaves\n"
TWO = """\
story: Two shoppers, and a can that may be doubted
shop: corner
seed: 1

00:00.0 p1 enters
00:02.0 p2 enters
00:08.0 p1 takes bread
00:12.0 p2 takes 2 soup
00:30.0 p1 leaves
00:34.0 p2 leaves
expect p1: bread
expect p2: 2 soup
expect doubt: p2 soup
"""


def saunter(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def corner() -> Plan:
    return parse_plan(shop_texts("corner"))


def envelope(stream: str, number: int, second: int = 0) -> Envelope:
    return Envelope(store="s", stream=stream, sequence=number, happened=second * 10**9, arrived=second * 10**9)


def receipt(number: int, party: str, second: int = 0, **pieces: int) -> Receipt:
    lines = tuple(
        ReceiptLine(
            sku=sku, gtin="", name=sku, quantity=quantity, unit_price_minor=1, net_minor=1, tax_code="", tax_rate="0",
            tax_minor=0, total_minor=1, probability=0.9, because=(),
        )
        for sku, quantity in pieces.items()
    )  # fmt: skip
    return Receipt(
        envelope=envelope("ledger", number, second), visit=f"visit-{party}", party=party, currency="EUR", lines=lines,
        net_minor=0, tax_minor=0, total_minor=0,
    )  # fmt: skip


def true_receipt(number: int, party: str, **pieces: int) -> TrueReceipt:
    lines = tuple(TrueLine(sku=sku, quantity=quantity) for sku, quantity in pieces.items())
    return TrueReceipt(envelope=envelope("truth/receipts", number), visit=f"visit-{party}", party=party, lines=lines)


def cart(number: int, lost: float, **at_least: tuple[float, ...]) -> Cart:
    lines = tuple(CartLine(sku=sku, at_least=probabilities, because=()) for sku, probabilities in at_least.items())
    return Cart(envelope=envelope("carts", number), visit="visit-p1", party="p1", lines=lines, final=False, lost_probability=lost)


def two_shoppers() -> Story:
    return parse_story(TWO, "two.scn")


def judged_two(*said: AnyRecord) -> Play:
    heard = Heard()
    heard.hear(said)
    heard.truth += [true_receipt(0, "p1", bread=1), true_receipt(1, "p2", soup=2)]
    return judged(heard, two_shoppers(), corner(), "two", 1)


def verdicts(done: Play) -> dict[str, str]:
    return {visit.party: visit.verdict for visit in done.visits}


def test_a_doubted_line_left_off_is_in_doubt_and_not_exact() -> None:
    done = judged_two(receipt(0, "p1", bread=1), receipt(1, "p2", soup=1))
    assert verdicts(done) == {"p1": "exact", "p2": "in doubt"}
    assert (done.right, done.charged, done.true, done.empty) == (2, 2, 3, 0)


def test_a_doubt_of_one_shopper_excuses_nothing_of_the_other() -> None:
    done = judged_two(receipt(0, "p1", soup=1), receipt(1, "p2", soup=1))
    assert verdicts(done) == {"p1": "failing", "p2": "in doubt"}


def test_a_doubt_never_excuses_charging_more_than_was_taken() -> None:
    assert verdicts(judged_two(receipt(0, "p1", bread=1), receipt(1, "p2", soup=3))) == {"p1": "exact", "p2": "failing"}


def test_a_receipt_more_than_a_minute_after_the_exit_fails_even_where_doubt_would_excuse_it() -> None:
    left = VisitChanged(envelope=envelope("visits", 0, 10), visit="visit-p2", party="p2", state="leaving")
    done = judged_two(left, receipt(0, "p1", bread=1), receipt(1, "p2", 71, soup=1))
    assert verdicts(done) == {"p1": "exact", "p2": "failing"}
    assert [visit.late for visit in done.visits] == [False, True]
    assert verdicts(judged_two(left, receipt(0, "p1", bread=1), receipt(1, "p2", 70, soup=1)))["p2"] == "in doubt"


def test_money_is_compared_per_party_and_product_so_errors_do_not_cancel() -> None:
    plan = corner()
    bread, soup = plan.products["bread"].price.minor, plan.products["soup"].price.minor
    true = {"p1": {"bread": 1}, "p2": {"soup": 2}}
    assert money_of(plan, true, true) == (bread + 2 * soup, 0, 0)
    assert money_of(plan, {"p1": {"soup": 1}, "p2": {"soup": 1}}, true) == (bread + 2 * soup, soup, bread + soup)


def test_every_number_of_pieces_likely_enough_is_a_line_of_its_own() -> None:
    said = cart(0, 0.0, bread=(0.99, 0.05, 0.049), soup=(0.3,))
    assert lines_of(said, {"bread": 1}) == [(0.99, True), (0.05, False), (0.3, False)]


def test_the_last_word_on_a_cart_counts_and_the_worst_pruning() -> None:
    done = judged_two(cart(0, 0.02, soup=(0.5,)), cart(1, 0.01, bread=(0.9,)))
    assert (done.said, done.so, done.lost_probability) == ((0.9,), (True,), 0.02)


def test_figures_of_all_plays_are_added_up_before_they_are_divided() -> None:
    right = judged_two(receipt(0, "p1", bread=1), receipt(1, "p2", soup=2))
    wrong = judged_two(receipt(0, "p1", soup=1))
    result = stories_result([Job("two.scn", 1), Job("two.scn", 101)], [right, wrong], MACHINE)
    assert (result.stories, result.seeds, result.plays, result.visits) == (1, 2, 2, 4)
    assert (result.precision.fraction, result.recall.fraction, result.unit_f1.fraction) == (0.75, 0.5, 0.6)
    assert (result.exact.fraction, result.visits_in_doubt, result.exact_or_in_doubt.fraction) == (0.5, 1, 0.75)
    assert [(visit.party, visit.charged, visit.true) for visit in result.failing] == [("p1", {"soup": 1}, {"bread": 1})]
    (sales,) = result.sales
    plan = corner()
    bread, soup = plan.products["bread"].price.minor, plan.products["soup"].price.minor
    assert (sales.currency, sales.true_minor, sales.over_minor, sales.under_minor) == (
        "EUR", 2 * bread + 4 * soup, soup, bread + 2 * soup,
    )  # fmt: skip
    assert sales.undercharge_per_1000 == round(1000 * (bread + 2 * soup) / (2 * bread + 4 * soup), 3)


def test_a_story_is_played_in_its_own_world_first_and_never_twice_in_one() -> None:
    assert seeds_of(7, 3) == [7, 101, 102]
    assert seeds_of(101, 3) == [101, 102, 103]
    assert seeds_of(7, 1) == [7]


def test_all_mistakes_of_all_stories_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "good.scn").write_text(LOAF)
    (tmp_path / "one.scn").write_text(LOAF.replace("takes", "adores"))
    (tmp_path / "two.scn").write_text(LOAF.replace("p1 enters", "p1 flies in"))
    with pytest.raises(InputProblems) as error:
        jobs_of(tmp_path, 1)
    assert {problem.where for problem in error.value.problems} == {"one.scn", "two.scn"}


def test_a_story_its_shop_cannot_play_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "moon.scn").write_text(LOAF.replace("takes bread", "takes moonrock"))
    done = saunter("bench", "stories", tmp_path, "--seeds", "1", "--processes", "1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "moonrock" in done.stderr


@pytest.mark.parametrize(("name", "what"), [("empty", "no stories (*.scn) here"), ("absent", "no such folder")])
def test_a_folder_without_stories_is_said_to_be_one(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "empty").mkdir()
    done = saunter("bench", "stories", tmp_path / name)
    assert (done.exit_code, done.stdout) == (2, "")
    assert what in done.stderr and "saunter bench stories stories" in done.stderr


@pytest.mark.slow
def test_one_loaf_in_two_worlds_is_billed_right_by_one_process_as_by_two(tmp_path: Path) -> None:
    (tmp_path / "loaf.scn").write_text(LOAF)
    alone, together = (
        saunter("bench", "stories", tmp_path, "--json", "--seeds", "2", "--processes", number) for number in ("1", "2")
    )
    assert (alone.exit_code, together.exit_code) == (0, 0), together.output
    assert alone.stdout == together.stdout
    said = json.loads(alone.stdout)
    assert [said[name] for name in ("stories", "seeds", "plays", "visits", "visits_empty")] == [1, 2, 2, 2, 0]
    assert said["exact"] == {"fraction": 1.0, "low": 0.34238, "high": 1.0, "of": 2}
    assert (said["unit_f1"]["fraction"], said["failing"], said["calibration"]["lines"] >= 2) == (1.0, [], True)
    assert said["machine"]["cores"] >= 1


@pytest.mark.slow
def test_without_json_people_read_the_same_figures(tmp_path: Path) -> None:
    (tmp_path / "loaf.scn").write_text(LOAF)
    done = saunter("bench", "stories", tmp_path, "--seeds", "1", "--processes", "1")
    assert done.exit_code == 0
    assert "1 stories, each in 1 worlds: 1 visits" in done.stdout
    assert "exact receipts 1.0000 (0.2065 to 1.0000, of 1)" in done.stdout


@pytest.mark.slow
def test_a_play_keeps_what_it_was_of(tmp_path: Path) -> None:
    (tmp_path / "loaf.scn").write_text(LOAF)
    (visit,) = play(Job(str(tmp_path / "loaf.scn"), 101)).visits
    assert (visit.story, visit.seed, visit.party, visit.charged, visit.true) == ("loaf", 101, "p1", {"bread": 1}, {"bread": 1})
    assert (visit.verdict, visit.late) == ("exact", False)
