"""The largest shop that is allowed loads in seconds, and so does the list of its mistakes."""

from __future__ import annotations

import time

import pytest
from small_shops import KIOSK, problems_of

from saunter.base.limits import PLATES_MAX
from saunter.plan import check_plan, parse_plan, plan_texts

HEAD = KIOSK["store.toml"].split("[[fixtures]]")[0].replace("[4, 0], [4, 3], [0, 3]", "[200, 0], [200, 100], [0, 100]")
FIXTURE = '[[fixtures]]\nid = "f{0}"\nkind = "shelf"\nposition_m = [{1}, {2}]\nheading_deg = {0}\nsize_m = [10, 0.4, 2]\n'
SHELF = '[[fixtures.shelves]]\nid = "f{0}s{1}"\nposition_m = [0, 0, {2}]\nclearance_m = 0.2\n'
PLATE = '[[fixtures.shelves.plates]]\nid = "f{0}s{1}p{2}"\nposition_m = [{3}, 0, 0]\nsize_m = [0.5, 0.4]\n'


def hypermarket() -> dict[str, str]:
    """100 fixtures of ten shelves of 20 plates, each plate written on its own, and 50,000 products."""
    store = [HEAD]
    for fixture in range(100):
        store.append(FIXTURE.format(fixture, 5 + fixture % 10 * 18, 5 + fixture // 10 * 8))
        for shelf in range(10):
            store.append(SHELF.format(fixture, shelf, shelf * 0.19))
            store.extend(PLATE.format(fixture, shelf, plate + 1, plate * 0.5) for plate in range(20))
    products = "".join(f"s{number},Product {number},{number % 90}.49,{number % 1900 + 1}\n" for number in range(50_000))
    rows = "".join(f"s{number},f{number // 200}s{number // 20 % 10}p{number % 20 + 1}\n" for number in range(20_000))
    return {
        "store.toml": "".join(store),
        "catalogue.csv": "sku,name,price,grams\n" + products,
        "planogram.csv": "sku,plates\n" + rows,
    }


@pytest.mark.slow
def test_a_hypermarket_loads_writes_and_is_checked_in_seconds() -> None:
    texts = hypermarket()
    started = time.perf_counter()
    plan = parse_plan(texts)
    assert (len(plan.plates), len(plan.products), len(plan.facings)) == (PLATES_MAX, 50_000, 20_000)
    assert len(plan_texts(plan)["planogram.csv"]) == len(texts["planogram.csv"])
    assert check_plan(plan)
    broken = dict(texts, **{"store.toml": texts["store.toml"].replace("clearance_m", "clearance")})
    assert len(problems_of(broken)) == 1000
    assert time.perf_counter() - started < 60, "eight seconds on two busy cores; a minute means that something became quadratic"
