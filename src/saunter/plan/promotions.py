"""`[[promotions]]` of `store.toml`: lower prices for some goods, some pieces, some time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, create_model
from pydantic_core import PydanticCustomError

from saunter.base.errors import Problem
from saunter.base.money import Money, parse_money
from saunter.base.time import parse_iso
from saunter.plan.files import STORE_FILE
from saunter.plan.layout import claim
from saunter.plan.schema import EXAMPLES, Amount, Line, Name, PlanTable
from saunter.plan.source import TomlSource
from saunter.plan.toml_lines import Path
from saunter.plan.types import Promotion

Kind = Literal["percent", "amount", "bundle", "cheapest free"]
#: The keys that each kind of promotion needs; the other kinds' keys would be ignored in silence, and are mistakes.
KEYS_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "percent": ("percent",), "amount": ("amount",), "bundle": ("pieces", "price"), "cheapest free": ("pieces",),
}  # fmt: skip
#: Pieces of one bundle: more than twenty is a wholesale price, not a promotion.
PIECES_MAX: Final = 20
#: Bundles and "cheapest free" that share goods are weighed against each other exactly; that takes a step per piece and
#: combination of how many pieces each of them still lacks. So many combinations are five bundles of three on one product.
COMBINATIONS_MAX: Final = 256
_SKUS_MAX: Final = 10_000


def _mistake(text: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("plan", "{text}", {"text": text, "remedy": remedy})


def _kind(value: str) -> str:
    if value not in KEYS_OF_KIND:
        known = ", ".join(f'"{kind}"' for kind in KEYS_OF_KIND)
        raise _mistake(f"{value[:40]!r} is no kind of promotion", f"write one of {known}")
    return value


def _percent(value: str) -> str:
    if re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value, re.ASCII) is None or not 0 < Decimal(value) <= 100:
        raise _mistake(f"{value[:40]!r} is no percentage above 0 and up to 100", f"write it like {EXAMPLES['percent']}")
    return value


def _instant(value: str) -> str:
    try:
        parse_iso(value)
    except ValueError as error:
        raise _mistake(str(error), "write the day, the time and Z, all in quotes") from None
    return value


Percent = Annotated[Line, AfterValidator(_percent)]
Instant = Annotated[Line, AfterValidator(_instant)]
Pieces = Annotated[int, Field(strict=True, ge=2, le=PIECES_MAX)]

#: `[[promotions]]`: one promotion. Made by a call, because `from` is a word of the language.
PromotionTable: Final = create_model(
    "PromotionTable",
    __base__=PlanTable,
    **{
        "id": (Name, ...),
        "name": (Line, ""),
        "skus": (Annotated[tuple[Annotated[Line, Field(min_length=1)], ...], Field(min_length=1, max_length=_SKUS_MAX)], ...),
        "kind": (Annotated[Line, AfterValidator(_kind)], ...),
        "percent": (Percent | None, None),
        "amount": (Amount | None, None),
        "pieces": (Pieces | None, None),
        "price": (Amount | None, None),
        "from": (Instant | None, None),
        "until": (Instant | None, None),
    },  # type: ignore[call-overload]
)


@dataclass
class Promotions:
    """The promotions of the file: the sound ones by id, in the order of the file, and the goods that each of them names, with
    the line where it does."""

    sound: dict[str, Promotion] = field(default_factory=dict)
    named: list[tuple[str, str, int]] = field(default_factory=list)


def read_promotions(source: TomlSource, currency: str) -> Promotions:
    """Judge all promotions. An empty `currency` could not be read: then amounts are not judged either, and none is sound."""
    reading = Promotions()
    places: dict[tuple[str, str], Path] = {}
    for position, raw in source.tables("promotions"):
        path: Path = ("promotions", position)
        table = source.validated(PromotionTable, path, raw)
        if table is None:
            continue
        values: dict[str, Any] = table.model_dump()
        free = claim(source, places, "promotion", values["id"], path)
        reading.named += [(values["id"], sku, source.line((*path, "skus"))) for sku in dict.fromkeys(values["skus"])]
        found = list(_faults(values, currency))
        for key, what, remedy in found:
            source.mistake((*path, key), what, remedy)
        if free and not found and currency:
            reading.sound[values["id"]] = _promotion(values, currency)
    _judge_combinations(source, places, reading.sound)
    return reading


def strange_goods(promotions: Promotions, skus: Mapping[str, int] | None) -> Iterator[Problem]:
    """Goods that promotions name and the catalogue does not; nothing when the catalogue could not be read (None)."""
    for id_, sku, line in promotions.named:
        if skus is not None and sku not in skus:
            remedy = "add it to catalogue.csv or correct the name"
            yield Problem(STORE_FILE, line, f"promotion {id_}: the sku {sku[:40]!r} is unknown", remedy)


def _faults(values: Mapping[str, Any], currency: str) -> Iterator[tuple[str, str, str]]:
    """What is wrong between the keys of one promotion: the key, what, and the remedy."""
    kind, needed = values["kind"], KEYS_OF_KIND[values["kind"]]
    for key in ("percent", "amount", "pieces", "price"):
        given = values[key] is not None
        if key in needed and not given:
            yield "kind", f"`{key}` is missing: a promotion of kind {kind!r} needs it", f"add {EXAMPLES[key]}"
        elif given and key not in needed:
            yield key, f"`{key}` means nothing for a promotion of kind {kind!r}", f"leave it out; it needs {' and '.join(needed)}"
    twice = [sku for sku in dict.fromkeys(values["skus"]) if values["skus"].count(sku) > 1]
    yield from (("skus", f"{sku!r} is named twice", "name it once") for sku in twice)
    yield from _money_faults(values, currency)
    if values["from"] and values["until"] and parse_iso(values["until"]) <= parse_iso(values["from"]):
        yield "until", "it ends before it begins", "`until` is the first instant at which it holds no more"


def _money_faults(values: Mapping[str, Any], currency: str) -> Iterator[tuple[str, str, str]]:
    for key in ("amount", "price"):
        if values[key] is None or not currency:
            continue
        try:
            money = parse_money(values[key], currency)
        except ValueError as error:
            yield key, str(error), f"write it like {EXAMPLES[key]}"
            continue
        if key == "amount" and not money.minor:
            yield key, "nothing is taken off", "give the amount, or leave the promotion out"


def _promotion(values: Mapping[str, Any], currency: str) -> Promotion:
    def money(key: str) -> Money | None:
        return None if values[key] is None else parse_money(values[key], currency)

    def instant(key: str) -> int | None:
        return None if values[key] is None else parse_iso(values[key])

    return Promotion(
        id=values["id"], name=values["name"] or values["id"], skus=values["skus"], kind=values["kind"],
        percent=Decimal(values["percent"] or 0), amount=money("amount"), pieces=values["pieces"] or 1, price=money("price"),
        since=instant("from"), until=instant("until"),
    )  # fmt: skip


def _judge_combinations(source: TomlSource, places: Mapping[tuple[str, str], Path], sound: Mapping[str, Promotion]) -> None:
    """Promotions over several pieces that share goods and time must stay few, so that every bill is found exactly and fast."""
    grouping = [promotion for promotion in sound.values() if promotion.pieces > 1]
    for began in sorted({promotion.since for promotion in grouping}, key=lambda since: (since is not None, since or 0)):
        in_force = [each for each in grouping if (each.since is None if began is None else each.holds(began))]
        for together in sharing(in_force):
            if math.prod(promotion.pieces for promotion in together) > COMBINATIONS_MAX:
                names = ", ".join(promotion.id for promotion in together)
                what = f"too many promotions over several pieces share goods at the same time: {names}"
                remedy = f"the product of their `pieces` may be {COMBINATIONS_MAX} at most; let fewer of them overlap"
                source.mistake(places["promotion", together[-1].id], what, remedy)
                return


def sharing(promotions: Iterable[Promotion]) -> list[tuple[Promotion, ...]]:
    """The promotions in groups that have no goods in common."""
    groups: list[tuple[set[str], list[Promotion]]] = []
    for promotion in promotions:
        touching = [group for group in groups if group[0] & set(promotion.skus)]
        groups = [group for group in groups if not group[0] & set(promotion.skus)]
        skus = set(promotion.skus).union(*(group[0] for group in touching))
        groups.append((skus, [*(each for group in touching for each in group[1]), promotion]))
    return [tuple(members) for _, members in groups]
