"""Barcodes as this source writes them: keys of products, zero-padded GTINs, and symbols that name one product twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from saunter.adapters.datasets.nanostore.report import Report, some
from saunter.base.ids import is_name

_GTIN_DIGITS = 14
#: Shorter numbers are the shop's own (GS1 keeps up to 6 digits for UPC-E, this shop uses 2 and 3): padding proves nothing there.
_IN_HOUSE_DIGITS_MAX = 5
_SHORTEST_PROOF = 10
_UPCE_DIGITS = 6


@dataclass(frozen=True)
class Identity:
    """The key of a product and its barcode padded to 14 digits (empty: none that could be padded)."""

    sku: str
    gtin: str


def padded(barcode: str) -> str:
    """The digits zero-padded to 14, never expanded; empty when it is no number of at most 14 digits."""
    return barcode.zfill(_GTIN_DIGITS) if barcode.isascii() and barcode.isdigit() and len(barcode) <= _GTIN_DIGITS else ""


def check_digit_fits(digits: str) -> bool:
    """Whether the last digit is the GS1 modulo-10 check digit of the others (GS1 General Specifications, 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return (10 - weighted % 10) % 10 == int(digits[-1])


def upce_as_upca(six: str, number_system: str) -> str:
    """The 12 digits a UPC-E symbol of six digits stands for (GS1 General Specifications, 5.2.2.4). Used to find aliases only."""
    last = six[5]
    if last in "012":
        body = six[:2] + last + "0000" + six[2:5]
    elif last == "3":
        body = six[:3] + "00000" + six[3:5]
    elif last == "4":
        body = six[:4] + "00000" + six[4]
    else:
        body = six[:5] + "0000" + last
    eleven = number_system + body
    return eleven + next(digit for digit in "0123456789" if check_digit_fits(eleven + digit))


def name_key(name: str) -> str:
    """A product name without case and spaces, for comparing the spellings of two files."""
    return "".join(name.split()).casefold()


def name_keys(name: str) -> tuple[str, str, str]:
    """The name as it is, without case and double spaces, and without case and spaces: from strict to lax."""
    return name, " ".join(name.split()).casefold(), name_key(name)


def stand_in_sku(name: str) -> str:
    """A stable key for a product without a barcode: `name-`, the name's letters, and six digits of its hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(name_key(name).encode("utf-8", "replace")).hexdigest()[:6]
    return f"name-{slug}-{digest}" if slug else f"name-{digest}"


def identify(pairs: Iterable[tuple[str, str]], where: str, report: Report) -> dict[str, Identity]:
    """A key for every barcode text, from (barcode, name) pairs in file order. What was decided is reported.

    Two texts become one product only when it is proven: the same digits up to leading zeros, with a right check digit or the
    same name. UPC-E symbols with and without number system and check digit stay apart and are reported.
    """
    names: dict[str, str] = {}
    for barcode, name in pairs:
        names.setdefault(barcode, name)
    identities: dict[str, Identity] = {}
    by_gtin: dict[str, str] = {}
    for barcode in names:
        if not barcode:
            continue
        identity = _identity(barcode, where, report)
        other = by_gtin.get(identity.gtin) if identity.gtin else None
        if other is not None:
            identity = _same_or_apart(barcode, other, names, identities, where=where, report=report)
        elif identity.gtin:
            by_gtin[identity.gtin] = barcode
        identities[barcode] = identity
    _report_kinds(identities, where, report)
    return identities


def _identity(barcode: str, where: str, report: Report) -> Identity:
    gtin = padded(barcode)
    if gtin:
        return Identity(barcode, gtin)
    several = [piece for piece in re.split(r"[\s,;/]+", barcode) if padded(piece)]
    gtin = padded(several[0]) if several else ""
    sku = barcode if is_name(barcode) and "/" not in barcode else _safe(barcode)
    first = f"; {several[0]} became its gtin, {some(several[1:])} is a second barcode of the same" if len(several) > 1 else ""
    report.add(where, f"barcode {barcode!r} is not one number of at most 14 digits: sku {sku}{first}", kind="odd barcodes")
    return Identity(sku, gtin)


def _safe(barcode: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", barcode).strip("-")[:60]
    digest = hashlib.sha256(barcode.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{slug}-{digest}" if slug else f"code-{digest}"


def _same_or_apart(
    barcode: str, other: str, names: dict[str, str], identities: dict[str, Identity], *, where: str, report: Report
) -> Identity:
    gtin = identities[other].gtin
    significant = len(gtin.lstrip("0"))
    proven = significant >= _SHORTEST_PROOF and check_digit_fits(gtin)
    if proven or name_key(names[barcode]) == name_key(names[other]):
        what = f"barcodes {other} and {barcode} are the same number up to leading zeros: one product, sku {identities[other].sku}"
        report.add(where, what, kind="leading zeros")
        return identities[other]
    what = f"barcodes {other} ({names[other]!r}) and {barcode} ({names[barcode]!r}) differ in leading zeros only, kept apart"
    report.add(where, what, "name the right one in catalogue.csv if they are one product", kind="leading zeros")
    return Identity(barcode, gtin)


def _report_kinds(identities: dict[str, Identity], where: str, report: Report) -> None:
    numbers = [barcode for barcode in identities if padded(barcode)]
    for short, long in _upce_aliases(numbers):
        what = f"barcodes {short} and {long} are one UPC-E symbol with and without number system and check digit, kept apart"
        report.add(where, what, "merge the two rows of catalogue.csv if the shop sells one product under both", kind="aliases")
    in_house = sorted(number for number in numbers if len(number) <= _IN_HOUSE_DIGITS_MAX)
    if in_house:
        report.add(
            where,
            f"{len(in_house)} barcodes of at most {_IN_HOUSE_DIGITS_MAX} digits are the shop's own numbers",
            names=in_house,
        )
    bare = sorted(number for number in numbers if len(number) == _UPCE_DIGITS)
    if bare:
        what = f"{len(bare)} barcodes of six digits look like UPC-E without number system and check digit, kept so"
        report.add(where, what, names=bare)
    wrong = sorted(number for number in numbers if len(number) > _UPCE_DIGITS and not _plausible(number))
    if wrong:
        report.add(where, f"{len(wrong)} barcodes fail their check digit, digits kept as written", names=wrong)


def _plausible(number: str) -> bool:
    """Whether the number is complete with a right check digit, as a GTIN or as an 8-digit UPC-E symbol."""
    return (len(number) >= 8 and check_digit_fits(number)) or bool(_upce_of_eight(number))


def _upce_of_eight(number: str) -> str:
    """The 12 digits an 8-digit UPC-E symbol with a right check digit stands for; empty when it is none."""
    if len(number) != 8 or number[0] not in "01":
        return ""
    upca = upce_as_upca(number[1:7], number[0])
    return upca if upca[-1] == number[7] else ""


def possible_numbers(barcode: str) -> frozenset[str]:
    """Every GTIN (14 digits) a barcode text can stand for: its digits padded, UPC-E symbols also expanded.

    For matching a label with a product only; what is found this way is never written into a `gtin`.
    """
    found = set()
    for piece in re.split(r"[\s,;/]+", barcode):
        if not padded(piece):
            continue
        found.add(padded(piece))
        if len(piece) == _UPCE_DIGITS:
            found |= {padded(upce_as_upca(piece, system)) for system in "01"}
        if _upce_of_eight(piece):
            found.add(padded(_upce_of_eight(piece)))
    return frozenset(found)


def _upce_aliases(numbers: list[str]) -> list[tuple[str, str]]:
    known = set(numbers)
    found = []
    for six in sorted(number for number in numbers if len(number) == _UPCE_DIGITS):
        for system in "01":
            upca = upce_as_upca(six, system)
            found += [
                (six, other)
                for other in (system + six, system + six + upca[-1], six + upca[-1], upca, upca[1:])
                if other in known
            ]
    return found
