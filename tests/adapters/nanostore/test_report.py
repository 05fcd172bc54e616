"""The importer's report: all of it, and the same on one screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saunter.adapters.datasets.nanostore.report import BRIEF_NAMES_MAX, BRIEF_OF_A_KIND_MAX, Report
from saunter.base.limits import PROBLEMS_SHOWN_MAX


def test_a_long_list_is_whole_in_the_report_and_short_in_brief() -> None:
    report = Report()
    report.add("goods", "7 products have no price", "set one", names=[f"sku-{n}" for n in range(7)])
    (whole,), (brief,) = report.problems(), report.in_brief()
    assert str(whole) == "goods: 7 products have no price: " + ", ".join(f"sku-{n}" for n in range(7)) + " -> set one"
    assert str(brief) == "goods: 7 products have no price: sku-0, sku-1, sku-2, sku-3, sku-4 and 2 more -> set one"


def test_of_one_kind_the_first_few_are_told_in_brief_and_the_rest_counted_where_they_would_begin() -> None:
    report = Report()
    for line in range(1, 7):
        report.add("goods", f"row {line}", line=line, kind="bad rows")
    report.add("goods", "the end")
    assert [problem.what for problem in report.problems()] == [*(f"row {line}" for line in range(1, 7)), "the end"]
    assert [problem.what for problem in report.in_brief()] == [
        "row 1", "row 2", "row 3", "3 more of these (bad rows)", "the end",
    ]  # fmt: skip


def test_thousands_of_a_kind_are_counted_with_their_lines_even_in_the_whole_report() -> None:
    report = Report()
    for line in range(1, 1001):
        report.add("goods", "bad", line=line, kind="bad rows")
    assert str(report.problems()[-1]) == "goods:101: 900 more of these (bad rows), lines 101 to 1000"
    assert str(report.in_brief()[-1]) == "goods: 997 more of these (bad rows)"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "k", "l"]), st.integers(0, 20)), max_size=30))
def test_nothing_is_lost_without_being_counted(things: list[tuple[str, str, int]]) -> None:
    report = Report()
    for number, (where, kind, names) in enumerate(things):
        report.add(where, f"thing {number}", kind=kind, names=[f"n{n}" for n in range(names)])
    brief = report.in_brief()
    told = sum(problem.what.startswith("thing") for problem in brief)
    more = sum(int(problem.what.split()[0]) for problem in brief if "more of these" in problem.what)
    assert told + more == len(things) == len(report.problems()) <= PROBLEMS_SHOWN_MAX
    assert all(problem.what.count("n") <= 3 * (BRIEF_NAMES_MAX + 3) for problem in brief)
    groups = {(where, kind) for where, kind, _ in things if kind}
    assert len(brief) <= len(things) and len([p for p in brief if "more of these" in p.what]) <= len(groups)
    assert BRIEF_OF_A_KIND_MAX * len(groups) + sum(not kind for _, kind, _ in things) >= told
