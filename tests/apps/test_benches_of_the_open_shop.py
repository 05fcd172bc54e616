"""The benches of an open shop: what their figures are made of, and each of them once over a very small shop."""

from __future__ import annotations

import json
import resource
import threading
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
from the_loaf import saunter

from saunter.apps import crash_bench, receipt_bench, web_bench
from saunter.apps.crash_bench import Found
from saunter.apps.receipt_bench import Waits
from saunter.apps.web_bench import FILES_BESIDE, Load, Update, allow_files, delays
from saunter.apps.web_phones import Arrival
from saunter.base.errors import InputProblems
from saunter.base.time import SECOND
from saunter.plan import Plan, parse_plan
from saunter.ports.desk import Live
from saunter.ports.documents import Bill, Visit
from saunter.records import Decision, Envelope, Receipt, ReceiptLine
from saunter.simulation import shop_texts


@pytest.fixture(autouse=True)
def readers_have_ended() -> Iterator[None]:
    """The pages' own reading threads are told to end when the pages do, and need a moment."""
    yield
    for thread in threading.enumerate():
        if thread.name == "AnyIO worker thread":
            thread.join(5.0)


@pytest.fixture
def corner() -> Plan:
    return parse_plan(shop_texts("corner"))


# -- kills -----------------------------------------------------------------------------------------------------------------


def told(monkeypatch: pytest.MonkeyPatch, found: Found) -> tuple[int, dict[str, object]]:
    """The exit status and the document of a crash bench that found this."""
    monkeypatch.setattr(crash_bench, "crash_bench", lambda kills, visits, seed, progress: found)
    done = saunter("bench", "crash", "--kills", "7", "--json")
    return done.exit_code, json.loads(done.stdout)


def test_a_crash_bench_that_found_nothing_says_so_with_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    status, document = told(monkeypatch, Found(kills=7, runs=2, visits=6, by_point=Counter({"random moment": 7})))
    assert status == 0
    assert {
        "kills": 7,
        "visits": 6,
        "lost": 0,
        "doubled": 0,
        "unbalanced_minor_units": 0,
        "runs": 2,
        "seed": 1,
    }.items() <= document.items()
    points = document["by_point"]
    assert isinstance(points, dict)
    assert (points["random moment"], points["inside-books-commit"]) == (7, 0)


@pytest.mark.parametrize("wrong", ["lost", "doubled", "changed", "unpaid", "unbalanced_minor_units"])
def test_one_of_anything_that_went_wrong_ends_a_crash_bench_with_status_1(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    status, document = told(monkeypatch, Found(kills=7, **{wrong: 1}))
    assert (status, document[wrong]) == (1, 1)
    assert saunter("bench", "crash").exit_code == 1


# -- time to receipt -------------------------------------------------------------------------------------------------------


def place(sequence: int) -> Envelope:
    return Envelope(store="corner", stream="receipts", sequence=sequence, happened=0, arrived=0)


def visit(name: str, left_s: float, **other: object) -> Live:
    body = Visit(visit=name, party=name, state="leaving", left=int(left_s * SECOND), **other)  # type: ignore[arg-type]
    return Live(topic="visits", kind="visit", key=name, body=msgspec.json.encode(body))


def bill(name: str, state: str, *, lines: int = 1, dropped: tuple[Decision, ...] = ()) -> Live:
    line = ReceiptLine(
        sku="bread", gtin="", name="Loaf", quantity=1, unit_price_minor=280, net_minor=262, tax_code="food", tax_rate="0.07",
        tax_minor=18, total_minor=280, probability=1.0, because=(),
    )  # fmt: skip
    receipt = Receipt(
        envelope=place(0), visit=name, party=name, currency="EUR", lines=(line,) * lines, net_minor=262 * lines,
        tax_minor=18 * lines, total_minor=280 * lines, dropped=dropped,
    )  # fmt: skip
    return Live(topic="visits", kind="bill", key=name, body=msgspec.json.encode(Bill(receipt=receipt, state=state)))


def at(seconds: float) -> int:
    return int(seconds * SECOND)


def heard(*changes: tuple[float, Live]) -> Waits:
    waits = Waits()
    for seconds, live in changes:
        waits.hear(live, at(seconds))
    return waits


def test_a_wait_goes_from_the_exit_to_the_first_time_that_the_receipt_is_sent() -> None:
    waits = heard(
        (10.1, visit("v1", 10)), (11, bill("v1", "held")), (12.5, bill("v1", "sent")), (20, bill("v1", "sent")),
        (13, visit("v2", 12.5)), (14, bill("v2", "shadow")),
    )  # fmt: skip
    result = waits.result(frozenset({at(10), at(12.5)}), 1.0, 1, 0.04)
    figures = (result.visits, result.median_s, result.p99_s, result.longest_s, result.unsent, result.behind_s_max)
    assert figures == (2, 2.0, 2.5, 2.5, 0, 0.04)
    assert (result.reviewed_visits, result.reviewed_median_s, result.alone_median_s) == (0, None, 2.0)


def test_visits_that_waited_for_a_person_count_in_the_whole_and_apart() -> None:
    waits = heard(
        (10.1, visit("v1", 10, helped=True, waits_for="a reviewer")), (40, bill("v1", "sent")),
        (10.1, visit("v2", 10, waits_for="an age check")), (20, bill("v2", "sent")),
        (10.1, visit("v3", 10, waits_for="the payment")), (11, bill("v3", "sent")),
    )  # fmt: skip
    result = waits.result(frozenset({at(10)}), 1.0, 1, 0.0)
    assert (result.visits, result.median_s, result.p99_s) == (3, 10.0, 30.0)
    assert (result.reviewed_visits, result.reviewed_median_s) == (1, 30.0)
    assert (result.checked_visits, result.checked_median_s) == (1, 10.0)
    assert result.alone_median_s == 1.0


def test_at_another_speed_waits_are_still_seconds_of_the_wall_clock() -> None:
    result = heard((10.1, visit("v1", 10)), (12, bill("v1", "sent"))).result(frozenset({at(10)}), 4.0, 1, 0.0)
    assert (result.median_s, result.speed) == (0.5, 4.0)
    assert "4 times as fast" in receipt_bench.result_lines(result)[0]


def test_what_is_no_wait_is_counted_beside_the_waits() -> None:
    doubt = Decision(sku="bread", quantity=1, probability=0.5, action="drop", because=())
    waits = heard(
        (10.1, visit("empty", 10)), (12, bill("empty", "sent", lines=0)),
        (10.1, visit("dropped", 10)), (13, bill("dropped", "sent", lines=0, dropped=(doubt,))),
        (10.1, visit("unseen", 9)), (14, bill("unseen", "sent")),
        (10.1, visit("never", 10)), (15, bill("never", "held")),
        (10.1, visit("inside", 0)),
    )  # fmt: skip
    result = waits.result(frozenset({at(10)}), 1.0, 1, 0.0)
    assert (result.visits, result.median_s, result.empty_visits, result.left_unseen, result.unsent) == (1, 3.0, 1, 1, 1)


@pytest.mark.slow
def test_receipts_of_a_small_shop_are_timed(corner: Plan) -> None:
    said: list[str] = []
    result = receipt_bench.receipt_bench(2, 20.0, 1, said.append, corner)
    assert (result.visits + result.empty_visits + result.left_unseen, result.unsent) == (2, 0)
    assert result.median_s is not None
    assert 0 < result.median_s < 5
    assert said[-1] == "2 receipts sent"


# -- phones ----------------------------------------------------------------------------------------------------------------


def test_a_change_has_come_when_its_phone_shows_it_or_something_newer() -> None:
    updates = [Update(0, 1, 10.0), Update(0, 2, 11.0), Update(1, 1, 10.0), Update(0, 3, 12.0)]
    arrivals = [Arrival(0, 2, 11.25), Arrival(0, 1, 11.5), Arrival(0, 2, 11.75), Arrival(1, 0, 12.0)]
    assert delays(updates, arrivals) == [1.25, 0.25, None, None]


def test_more_phones_than_the_system_lets_in_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 1024))
    with pytest.raises(InputProblems) as refused:
        allow_files(5000)
    assert str(refused.value).endswith(f"raise the hard limit (ulimit -Hn), or give --clients {1024 - FILES_BESIDE}")


@pytest.mark.parametrize(("soft", "hard", "raised"), [(256, 5000, [(5000, 5000)]), (5000, 5000, []), (256, -1, [(5000, -1)])])
def test_the_soft_limit_of_open_files_is_raised_where_it_is_too_low(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: list[tuple[int, int]]
) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: calls.append(limits))
    allow_files(5000)
    assert calls == raised


@pytest.mark.slow
def test_a_shop_that_is_closed_early_gives_no_figures_and_leaves_no_phone_behind(
    monkeypatch: pytest.MonkeyPatch, corner: Plan
) -> None:
    monkeypatch.setattr(web_bench._Bench, "is_over", lambda self: len(self._memory) == 2)
    with pytest.raises(RuntimeError, match=r"ended early|closed before everything was measured"):
        web_bench.web_bench(Load(2, 60.0, 1.0, 1, warm_s=0.0, late_s=60.0), lambda text: None, corner)


@pytest.mark.slow
def test_every_change_of_every_cart_reaches_its_phone(corner: Plan) -> None:
    said: list[str] = []
    result = web_bench.web_bench(Load(6, 2.0, 0.5, 1, warm_s=0.0, late_s=2.0), said.append, corner)
    assert said == ["6 phones are live"]
    assert (result.live_at_start, result.live_at_end, result.updates_lost) == (6, 6, 0)
    assert 12 <= result.updates <= 24
    assert result.p50_s is not None
    assert 0 < result.p50_s < 2
