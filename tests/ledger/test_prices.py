"""Prices change by versions in time, and the price at the take holds."""

import pytest

from saunter.base.errors import Refused
from saunter.ledger import ALWAYS, PriceBook, PriceVersion
from saunter.plan.types import Plan

PLAN = Plan(
    store="corner", name="", currency="EUR", locale="", timezone="", floor_m=(), gates={}, fixtures={}, shelves={}, plates={},
    cameras={}, products={}, facings=(), taxes={},
)  # fmt: skip


def version(effective_from: int) -> PriceVersion:
    return PriceVersion(effective_from, {}, {})


def test_the_last_version_that_began_holds_from_its_first_nanosecond_on() -> None:
    book = PriceBook([version(200), version(100)])
    assert [book.at(instant).effective_from for instant in (100, 199, 200, 10**18)] == [100, 100, 200, 200]


def test_before_the_first_version_there_is_no_price() -> None:
    with pytest.raises(Refused, match="no price was in force at 1970-01-01T00:00:00"):
        PriceBook([version(100)]).at(99)


def test_the_one_version_of_a_plan_always_held() -> None:
    assert PriceBook.of_plan(PLAN).at(ALWAYS) == PriceVersion(ALWAYS, PLAN.products, PLAN.taxes)


def test_a_book_without_versions_or_with_two_at_one_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one version"):
        PriceBook([])
    with pytest.raises(ValueError, match="begin at the same instant"):
        PriceBook([version(1), version(1)])
