"""`catalogue.csv`: what the shop sells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from saunter.base.errors import Problem
from saunter.base.money import Money, exponent, parse_money
from saunter.plan.files import CATALOGUE_FILE
from saunter.plan.sheets import Row, Sheet, read_rows
from saunter.plan.types import AGE_FLAG, Product, Weight

SHEET: Final = Sheet(
    CATALOGUE_FILE,
    columns=("sku", "gtin", "name", "price", "tax_code", "unit", "grams", "grams_sd", "flags"),
    optional=("gtin", "tax_code", "unit", "grams_sd", "flags"),
)

#: Whole digits of a price: more is a barcode in the wrong column.
_PRICE = re.compile(r"\d{1,12}(?:\.(\d{0,9}))?", re.ASCII)
_GRAMS = re.compile(r"(?:\d{1,9}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_GTIN_DIGITS: Final = 14
_SKU_CHARACTERS_MAX: Final = 128
_NAME_CHARACTERS_MAX: Final = 1000
#: Stands in for a currency that cannot be read, so that the other columns are still judged.
_NO_CURRENCY: Final = "XXX"


@dataclass
class CatalogueReading:
    """The sound rows as products; `declared` also holds the skus of rows with mistakes, with their lines. Unless
    `is_whole`, some rows could not even be told apart, so an unknown sku proves nothing.
    """

    problems: list[Problem] = field(default_factory=list)
    products: dict[str, Product] = field(default_factory=dict)
    declared: dict[str, int] = field(default_factory=dict)
    is_whole: bool = True


def read_catalogue(text: str, currency: str, tax_codes: set[str] | None) -> CatalogueReading:
    """Judge the whole catalogue. An empty `currency` or `tax_codes` None: not known, so nothing is checked against it."""
    reading = CatalogueReading()
    rows, reading.is_whole = read_rows(SHEET, text, reading.problems)
    for row in rows:
        judge = _RowJudge(row, reading.problems)
        product = judge.product(currency, tax_codes)
        if judge.is_first(reading.declared) and product is not None:
            reading.products[product.sku] = product
    return reading


class _RowJudge:
    """One row of the catalogue: reads each column and notes what is wrong with it."""

    def __init__(self, row: Row, problems: list[Problem]) -> None:
        self._row = row
        self._problems = problems

    def product(self, currency: str, tax_codes: set[str] | None) -> Product | None:
        """The row as a product; None when any of its columns has a mistake."""
        before = len(self._problems)
        row = self._row
        self._check_texts(tax_codes)
        price = self._price(currency)
        weight = Weight(self._grams("grams"), self._grams("grams_sd"))
        gtin = self._gtin()
        sold_by = self._sold_by()
        if len(self._problems) > before:
            return None
        return Product(row["sku"], row["name"], price, weight, gtin, row["tax_code"], sold_by, tuple(row["flags"].split()))

    def is_first(self, declared: dict[str, int]) -> bool:
        """Whether no earlier row has this sku."""
        earlier = declared.setdefault(self._row["sku"], self._row.line)
        if earlier != self._row.line and self._row["sku"]:
            self._mistake(f"the sku {self._row['sku']!r} is already used in line {earlier}", "every product needs its own sku")
        return earlier == self._row.line

    def _mistake(self, what: str, remedy: str = "") -> None:
        self._problems.append(Problem(CATALOGUE_FILE, self._row.line, what, remedy))

    def _check_texts(self, tax_codes: set[str] | None) -> None:
        sku, name, tax_code = self._row["sku"], self._row["name"], self._row["tax_code"]
        if not sku:
            self._mistake("the sku is empty", "give the product a number or short name of its own")
        elif len(sku) > _SKU_CHARACTERS_MAX or not sku.isprintable():
            self._mistake(
                f"the sku {sku[:20]!r} is too long or has characters that cannot be printed",
                f"use at most {_SKU_CHARACTERS_MAX} letters and digits",
            )
        if len(name) > _NAME_CHARACTERS_MAX:
            self._mistake(
                f"the name is {len(name):,} characters long", f"shorten it to {_NAME_CHARACTERS_MAX:,}; look for a missing quote"
            )
        if tax_code and tax_codes is not None and tax_code not in tax_codes:
            known = ", ".join(sorted(tax_codes)) or "none"
            self._mistake(f"the tax code {tax_code!r} is unknown", f"add a [[taxes]] table to store.toml; it knows: {known}")

        for flag in self._row["flags"].split():
            if flag.lower().startswith("age") and AGE_FLAG.fullmatch(flag) is None:
                self._mistake(
                    f"the flag {flag[:40]!r} names no age", "write it like age-18, in years; otherwise anybody could buy it"
                )

    def _price(self, currency: str) -> Money:
        text = self._row["price"]
        match = _PRICE.fullmatch(text)
        decimals = exponent(currency) if currency else 2
        example = "1.99" if decimals == 2 else f"{10**decimals}" if decimals == 0 else f"1.{'9' * decimals}"
        if match is None:
            remedy = f"write it like {example}: digits and a point, no currency sign"
            self._mistake(f"the price {text[:40]!r} is not an amount" if text else "the price is empty", remedy)
            return Money(0, _NO_CURRENCY)
        if not currency:
            return Money(0, _NO_CURRENCY)
        try:
            return parse_money(text, currency)
        except ValueError:
            self._mistake(f"the price {text!r} has more decimals than {currency} has", f"write it like {example}")
            return Money(0, _NO_CURRENCY)

    def _grams(self, column: str) -> float | None:
        """Grams, or None for unknown: empty, or zero, since nothing weighs nothing."""
        text = self._row[column]
        if not text:
            return None
        if _GRAMS.fullmatch(text) is None:
            self._mistake(
                f"{column} {text[:40]!r} is not a number of grams", "write it like 330 or 39.3, or leave it empty when unknown"
            )
            return None
        return float(text) or None

    def _gtin(self) -> str:
        digits = self._row["gtin"].replace(" ", "").replace("-", "")
        if not digits:
            return ""
        if _DIGITS.fullmatch(digits) is None:
            self._mistake(
                f"the gtin {digits[:40]!r} is not made of digits", "put codes with letters into the sku and leave gtin empty"
            )
        elif len(digits) > _GTIN_DIGITS:
            self._mistake(f"the gtin {digits[:40]!r} has {len(digits)} digits", f"a barcode has at most {_GTIN_DIGITS}")
        return digits.zfill(_GTIN_DIGITS)

    def _sold_by(self) -> Literal["piece", "grams"]:
        text = self._row["unit"].lower()
        if text not in ("", "piece", "grams"):
            self._mistake(f"the unit {text[:40]!r} is unknown", "write piece, or grams for loose goods priced per kilogram")
        return "grams" if text == "grams" else "piece"
