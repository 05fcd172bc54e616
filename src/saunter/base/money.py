"""Money as integer minor units and a currency. Floats are refused; every rounding names its rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

#: ISO 4217 exponents that differ from two. A currency not named here has two decimals.
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}


class Rounding(StrEnum):
    """How a fraction of a minor unit becomes a whole one; each use in the ledger names one of these."""

    HALF_UP = ROUND_HALF_UP
    HALF_EVEN = ROUND_HALF_EVEN


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount: `minor` units (cents) of an ISO 4217 `currency`. Adding two currencies raises ValueError."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"money needs whole minor units as int, not {type(self.minor).__name__} {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isupper() or not self.currency.isascii():
            raise ValueError(f"{self.currency!r} is not an ISO 4217 currency code such as EUR")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def times(self, quantity: int) -> Money:
        """This amount for `quantity` whole pieces; a non-integer quantity raises TypeError."""
        if type(quantity) is not int:
            raise TypeError(f"a price is multiplied by whole pieces, not {quantity!r}")
        return Money(self.minor * quantity, self.currency)

    def __str__(self) -> str:
        return f"{to_decimal_text(self)} {self.currency}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}; convert before adding")
        return other


def exponent(currency: str) -> int:
    """How many decimals the currency has in print (ISO 4217): 2 for EUR, 0 for JPY."""
    return _EXPONENTS.get(currency, 2)


def parse_money(text: str, currency: str) -> Money:
    """The exact amount of a decimal text such as `1.99`; more decimals than the currency has raise ValueError."""
    try:
        amount = Decimal(text.strip())
        minor = amount.scaleb(exponent(currency))
        whole = minor == minor.to_integral_value()
    except InvalidOperation:
        raise ValueError(f"{text!r} is not an amount such as 1.99") from None
    if not amount.is_finite() or not whole:
        raise ValueError(f"{text!r} is not a whole number of {currency} minor units; give at most {exponent(currency)} decimals")
    return Money(int(minor), currency)


def to_decimal_text(money: Money) -> str:
    """The amount as a plain decimal string without currency: `1.99`, `-0.05`, `120`."""
    return str(Decimal(money.minor).scaleb(-exponent(money.currency)))


def round_minor(amount: Decimal, rounding: Rounding) -> int:
    """A fractional number of minor units made whole by the named rule."""
    return int(amount.quantize(Decimal(1), rounding=str(rounding)))
