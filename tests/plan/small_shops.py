"""A kiosk to make mistakes in, and a generator of arbitrary shops."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from saunter.base.errors import InputProblems, Problem
from saunter.base.geometry import Transform, from_heading, from_rodrigues
from saunter.base.money import Money
from saunter.plan import Camera, Facing, Fixture, Gate, Plan, Plate, Policies, Product, Promotion, Shelf, Tax, Weight, parse_plan

KIOSK = {
    "store.toml": """\
[store]
id = "kiosk"
name = "Kiosk"
currency = "EUR"
locale = "en-IE"
timezone = "Europe/Dublin"

[floor]
polygon_m = [[0, 0], [4, 0], [4, 3], [0, 3]]

[[taxes]]
code = "food"
rate = "0.10"
included = true

[[gates]]
id = "door"
kind = "both"
position_m = [2.0, 0.0]

[[fixtures]]
id = "rack"
kind = "gondola"
position_m = [1.0, 2.5]
size_m = [0.4, 0.3, 1.5]

[[fixtures.shelves]]
id = "low"
position_m = [0, 0, 0.4]
clearance_m = 0.3
plates = 4

[[fixtures.shelves]]
id = "high"
position_m = [0, 0, 0.9]
clearance_m = 0.3

[[fixtures.shelves.plates]]
id = "high-b"
position_m = [0.2, 0, 0]
size_m = [0.2, 0.3]

[[fixtures.shelves.plates]]
id = "high-a"
position_m = [0, 0, 0]
size_m = [0.2, 0.3]
""",
    "catalogue.csv": """\
sku,gtin,name,price,tax_code,unit,grams,grams_sd,flags
tea,2000000000015,"Tea, black",2.50,food,piece,120,2,
oats,2000000000022,Oats,1.29,food,piece,512,,
salt,,Salt,0.45,food,piece,1010,,
""",
    "planogram.csv": """\
sku,plates
tea,lowp2 lowp1
oats,lowp3 lowp4
salt,high-a high-b
""",
}


def kiosk(**changes: tuple[str, str]) -> dict[str, str]:
    """The kiosk's texts with one passage of a file replaced: `kiosk(store=("old", "new"))`."""
    names = {"store": "store.toml", "catalogue": "catalogue.csv", "planogram": "planogram.csv"}
    texts = dict(KIOSK)
    for file, (old, new) in changes.items():
        assert old in texts[names[file]], f"{old!r} is not in {names[file]}"
        texts[names[file]] = texts[names[file]].replace(old, new)
    return texts


def problems_of(texts: dict[str, str]) -> list[Problem]:
    """The mistakes that loading reports; none when it loads."""
    try:
        parse_plan(texts)
    except InputProblems as error:
        return list(error.problems)
    return []


def complaints(texts: dict[str, str]) -> list[str]:
    """The same as text."""
    return [str(problem) for problem in problems_of(texts)]


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-/]{0,8}", fullmatch=True)
printed = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(str.strip)
words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8)
lengths = st.one_of(st.sampled_from([0.1, 0.3, 1 / 3, 1.2]), st.floats(0.01, 9.0))
coordinates = st.one_of(st.sampled_from([0.0, -0.0, 1.0, 0.1, -2.5]), st.floats(-50.0, 50.0))
points = st.tuples(coordinates, coordinates, coordinates)
headings = st.one_of(st.sampled_from([0.0, 90.0, 180.0, -90.0, 270.0, 45.0]), st.floats(-360.0, 360.0))
_HALF = math.pi / math.sqrt(2)
_ODD = (-0.6 * math.pi, 0.8 * math.pi, 0.0)
half_turns = st.sampled_from([(math.pi, 0.0, 0.0), (0.0, -math.pi, 0.0), (0.0, 0.0, math.pi), (_HALF, _HALF, 0.0), _ODD])
vectors = st.one_of(half_turns, st.tuples(*[st.floats(-1.8, 1.8)] * 3))
frames = st.one_of(st.builds(from_heading, headings, points), st.builds(from_rodrigues, vectors, points))
grams = st.one_of(st.none(), st.sampled_from([0.1, 39.29999923706055, 330.0]), st.floats(1e-3, 1e6))


@st.composite
def shelves_of(draw: st.DrawFn, fixture: str, frame: Transform, size_m: tuple[float, float, float], ids: set[str]) -> Any:
    """One shelf and its plates: equal ones, or each anywhere."""
    shelf = draw(names.filter(lambda name: name not in ids))
    place = draw(frames).then(frame)
    clearance_m = draw(lengths)
    count = draw(st.integers(0, 4))
    plates: list[Plate] = []
    if draw(st.booleans()):
        width_m = size_m[0] / count if count else 0.0
        for number in range(count):
            own = from_heading(0.0, (number * width_m, 0.0, 0.0)).then(place)
            plates.append(Plate(f"{shelf}p{number + 1}", shelf, fixture, own, width_m, size_m[1], clearance_m, number * width_m))
    else:
        for plate in draw(st.lists(names.filter(lambda name: name not in ids), max_size=count, unique=True)):
            own = draw(frames).then(place)
            along_m = draw(st.one_of(coordinates, st.just(0.0)))
            plates.append(
                Plate(
                    plate, shelf, fixture, own, draw(lengths), draw(lengths), draw(st.sampled_from([clearance_m, 0.5])), along_m
                )
            )
    plates = [plate for plate in plates if plate.id not in ids]
    ids.update([shelf, *(plate.id for plate in plates)])
    left_to_right = tuple(plate.id for plate in sorted(plates, key=lambda plate: plate.along_m))
    return Shelf(shelf, fixture, left_to_right), plates


@st.composite
def shops(draw: st.DrawFn) -> Plan:
    """Any shop that a plan can describe, with fixtures and plates turned any way."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    ids: set[str] = set()
    fixtures: dict[str, Fixture] = {}
    shelves: dict[str, Shelf] = {}
    plates: dict[str, Plate] = {}
    for fixture in draw(st.lists(names, max_size=2, unique=True)):
        frame, size_m = draw(frames), draw(st.tuples(lengths, lengths, lengths))
        built = [draw(shelves_of(fixture, frame, size_m, ids)) for _ in range(draw(st.integers(0, 2)))]
        shelves.update((shelf.id, shelf) for shelf, _ in built)
        plates.update((plate.id, plate) for _, some in built for plate in some)
        fixtures[fixture] = Fixture(fixture, draw(words), frame, *size_m, tuple(shelf.id for shelf, _ in built))
    taxes = {
        code: Tax(code, draw(st.decimals(0, 1, places=4)), draw(st.booleans()))
        for code in draw(st.lists(words, max_size=2, unique=True))
    }
    skus = draw(st.lists(words, max_size=4, unique=True))
    return Plan(
        store=draw(names),
        name=draw(printed),
        currency=currency,
        locale="en-IE",
        timezone="Europe/Dublin",
        floor_m=draw(
            st.sampled_from([((0.0, 0.0), (6.0, 0.0), (0.0, 4.0)), ((-1.5, 0.1), (0.0, 7.25), (3.0, 1 / 3), (1.0, 0.5))])
        ),
        gates={
            gate: Gate(gate, draw(st.sampled_from(["in", "out", "both"])), 0.5, draw(st.sampled_from([0.5, 1.0])))
            for gate in draw(st.lists(names, max_size=2, unique=True))
        },
        fixtures=fixtures,
        shelves=shelves,
        plates=plates,
        cameras={
            name: Camera(name, draw(points), (77.0, 0.0, 0.0), draw(st.floats(1.0, 179.0)))
            for name in draw(st.lists(names, max_size=1))
        },
        products={sku: _product(draw, sku, currency, list(taxes)) for sku in skus},
        facings=tuple(_facing(draw, skus, shelf) for shelf in shelves.values() if shelf.plates and skus),
        taxes=taxes,
        policies=Policies(
            draw(st.floats(0, 1)), draw(st.integers(0, 5000)), hand_over=draw(st.sampled_from(["taker", "holder"]))
        ),
        price_rounding=draw(st.sampled_from(["half_up", "half_even"])),
        promotions={
            id_: _promotion(draw, id_, currency, skus) for id_ in draw(st.lists(names, max_size=2 if skus else 0, unique=True))
        },
    )


def _promotion(draw: st.DrawFn, id_: str, currency: str, skus: list[str]) -> Promotion:
    """Any promotion, on some of the goods, for some time or always."""
    kind = draw(st.sampled_from(["percent", "amount", "bundle", "cheapest free"]))
    since, until = (
        draw(st.one_of(st.none(), st.integers(0, 10**18))),
        draw(st.one_of(st.none(), st.integers(10**18 + 1, 2 * 10**18))),
    )
    some = tuple(draw(st.lists(st.sampled_from(skus), min_size=1, unique=True)))
    own: dict[str, Any] = {
        "percent": {"percent": draw(st.decimals("0.0001", 100, places=4))},
        "amount": {"amount": Money(draw(st.integers(1, 10**6)), currency)},
        "bundle": {"pieces": draw(st.integers(2, 9)), "price": Money(draw(st.integers(0, 10**6)), currency)},
        "cheapest free": {"pieces": draw(st.integers(2, 9))},
    }[kind]
    return Promotion(id_, draw(printed) or id_, some, kind, since=since, until=until, **own)  # type: ignore[arg-type]


def _product(draw: st.DrawFn, sku: str, currency: str, codes: list[str]) -> Product:
    digits = draw(st.one_of(st.just(""), st.from_regex(r"[0-9]{1,14}", fullmatch=True)))
    return Product(
        sku,
        draw(printed),
        Money(draw(st.integers(0, 10**9)), currency),
        Weight(draw(grams), draw(grams)),
        digits and digits.zfill(14),
        draw(st.sampled_from(["", *codes])),
        draw(st.sampled_from(["piece", "grams"])),
        tuple(draw(st.lists(words, max_size=2))),
    )


def _facing(draw: st.DrawFn, skus: list[str], shelf: Shelf) -> Facing:
    some = draw(st.lists(st.sampled_from(shelf.plates), min_size=1, unique=True))
    return Facing(draw(st.sampled_from(skus)), tuple(plate for plate in shelf.plates if plate in some))
