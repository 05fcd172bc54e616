"""Promotions of a plan: what may be written, and every mistake in them at its line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from small_shops import complaints, kiosk, problems_of

from saunter.base.money import Money
from saunter.base.time import parse_iso
from saunter.plan import Promotion, parse_plan, plan_texts

SOUND = """\
[[promotions]]
id = "tea-week"
name = "Tea week"
skus = ["tea"]
kind = "percent"
percent = "12.5"
from = "2026-12-01T00:00:00Z"
until = "2026-12-08T00:00:00+01:00"

[[promotions]]
id = "salty"
skus = ["salt", "oats"]
kind = "amount"
amount = "0.10"

[[promotions]]
id = "two"
name = "Any two for 3.00"
skus = ["tea", "oats"]
kind = "bundle"
pieces = 2
price = "3.00"

[[promotions]]
id = "three"
name = "Three for two"
skus = ["tea"]
kind = "cheapest free"
pieces = 3

"""


def promoted(promotions: str) -> dict[str, str]:
    """The kiosk with promotions, from line 11 of its store on."""
    return kiosk(store=("[[taxes]]", promotions + "[[taxes]]"))


def test_every_kind_of_promotion_is_read_and_written_back() -> None:
    plan = parse_plan(promoted(SOUND))
    december, eighth = parse_iso("2026-12-01T00:00:00Z"), parse_iso("2026-12-07T23:00:00Z")
    assert list(plan.promotions.values()) == [
        Promotion("tea-week", "Tea week", ("tea",), "percent", percent=Decimal("12.5"), since=december, until=eighth),
        Promotion("salty", "salty", ("salt", "oats"), "amount", amount=Money(10, "EUR")),
        Promotion("two", "Any two for 3.00", ("tea", "oats"), "bundle", pieces=2, price=Money(300, "EUR")),
        Promotion("three", "Three for two", ("tea",), "cheapest free", pieces=3),
    ]
    assert parse_plan(plan_texts(plan)).promotions == plan.promotions


def test_a_promotion_holds_from_its_first_instant_to_before_its_last() -> None:
    limited = Promotion("a", "a", ("tea",), "percent", since=10, until=20)
    assert [limited.holds(instant) for instant in (9, 10, 19, 20)] == [False, True, True, False]
    assert Promotion("a", "a", ("tea",), "percent").holds(-(2**63))


def test_mistakes_of_several_promotions_are_told_together_at_their_lines() -> None:
    wrong = SOUND.replace('percent = "12.5"', "percent = 12.5").replace('"salt", "oats"', '"salt", "sugar", "salt"')
    wrong = wrong.replace('price = "3.00"', 'price = "3.001"').replace('id = "three"', 'id = "two"')
    assert complaints(promoted(wrong)) == [
        "store.toml:16: promotion tea-week: `percent`: input should be a valid string, but it is 12.5 -> "
        'write it like percent = "20", a decimal in quotes: 20 % off each piece',
        "store.toml:22: promotion salty: 'salt' is named twice -> name it once",
        "store.toml:22: promotion salty: the sku 'sugar' is unknown -> add it to catalogue.csv or correct the name",
        "store.toml:32: promotion two: '3.001' is not a whole number of EUR minor units; give at most 2 decimals -> "
        'write it like price = "5.00", of the pieces together, a decimal in quotes in the shop\'s currency',
        "store.toml:35: promotion two: the id 'two' is already used by the promotion in line 26 -> "
        "every promotion of a store needs its own id; rename one of them",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('kind = "percent"', 'kind = "half"', 15, "promotion tea-week: 'half' is no kind of promotion"),
        ('percent = "12.5"', 'percent = "0"', 16, "promotion tea-week: '0' is no percentage above 0 and up to 100"),
        ('percent = "12.5"', 'percent = "100.5"', 16, "promotion tea-week: '100.5' is no percentage"),
        ('percent = "12.5"\n', "", 15, "promotion tea-week: `percent` is missing: a promotion of kind 'percent' needs it"),
        (
            'percent = "12.5"',
            'percent = "12.5"\npieces = 2',
            17,
            "promotion tea-week: `pieces` means nothing for a promotion of kind 'percent'",
        ),
        ('from = "2026-12-01T00:00:00Z"', 'from = "2026-12-01"', 17, "promotion tea-week: '2026-12-01' is not an ISO-8601"),
        ('from = "2026-12-01T00:00:00Z"', 'from = "2026-13-01T00:00:00Z"', 17, "promotion tea-week: month must be in 1..12"),
        (
            'from = "2026-12-01T00:00:00Z"',
            "from = 2026-12-01T00:00:00Z",
            17,
            "promotion tea-week: `from`: input should be a valid string",
        ),
        ('from = "2026-12-01T00:00:00Z"', 'from = "2026-12-07T23:00:00Z"', 18, "promotion tea-week: it ends before it begins"),
        ('skus = ["tea"]\nkind = "percent"', 'skus = []\nkind = "percent"', 14, "promotion tea-week: `skus`: tuple should have"),
        ('amount = "0.10"', 'amount = "0.00"', 24, "promotion salty: nothing is taken off"),
        ('amount = "0.10"', 'amount = "-1"', 24, "promotion salty: '-1' is not a decimal number"),
        ("pieces = 2", "pieces = 1", 31, "promotion two: `pieces`: input should be greater than or equal to 2, but it is 1"),
        ('price = "3.00"\n', "", 30, "promotion two: `price` is missing: a promotion of kind 'bundle' needs it"),
        ('name = "Any', 'nmae = "Any', 28, "promotion two: unknown key `nmae`"),
        ('id = "salty"\n', "", 20, "promotion number 2: `id` is missing"),
        ("pieces = 3", "pieces = 200", 39, "promotion three: `pieces`: input should be less than or equal to 20"),
    ],
)
def test_a_mistake_in_a_promotion_is_told_at_its_line(old: str, new: str, line: int, told: str) -> None:
    assert old in SOUND
    found = problems_of(promoted(SOUND.replace(old, new, 1)))
    assert [(problem.where, problem.line) for problem in found] == [("store.toml", line)], found
    assert found[0].what.startswith(told)


def test_without_a_currency_amounts_are_left_alone_and_the_rest_is_still_judged() -> None:
    texts = promoted(SOUND.replace('"12.5"', '"200"'))
    texts["store.toml"] = texts["store.toml"].replace('"EUR"', '"Euro"')
    assert [problem.line for problem in problems_of(texts)] == [4, 16]


def bundle(id_: str, skus: str, pieces: int = 3, limits: str = "") -> str:
    return f'[[promotions]]\nid = "{id_}"\nskus = [{skus}]\nkind = "cheapest free"\npieces = {pieces}\n{limits}\n'


def test_too_many_promotions_over_several_pieces_that_share_goods_are_a_mistake() -> None:
    chain = bundle("a", '"tea"', 9) + bundle("b", '"tea", "oats"', 9) + bundle("c", '"oats", "salt"', 9)
    (found,) = problems_of(promoted(chain))
    assert found.what == "promotion c: too many promotions over several pieces share goods at the same time: a, b, c"
    assert problems_of(promoted(bundle("a", '"tea"', 16) + bundle("b", '"tea"', 16))) == []


def test_promotions_of_different_goods_or_times_may_be_many() -> None:
    apart = bundle("a", '"tea"', 9) + bundle("b", '"oats"', 9) + bundle("c", '"salt"', 9)
    assert problems_of(promoted(apart)) == []
    months = [
        bundle(f"m{n}", '"tea"', 9, f'from = "2026-0{n}-01T00:00:00Z"\nuntil = "2026-0{n + 1}-01T00:00:00Z"') for n in range(1, 9)
    ]
    assert problems_of(promoted("".join(months))) == []
    assert problems_of(promoted("".join(months) + bundle("all-year", '"tea"', 9))) == []
    (found,) = problems_of(promoted("".join(months) + bundle("all-year", '"tea"', 20) + bundle("too", '"tea"', 2)))
    assert found.what.endswith("share goods at the same time: m1, all-year, too")
