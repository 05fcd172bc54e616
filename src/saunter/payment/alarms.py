"""What a person is told about money, and what to do about it: every alarm of the payment room in one table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Name = Literal["payment-unknown", "payment-contradiction", "payment-failed", "payment-uncollected"]

#: By name: what is wrong, with `{what}` in place, and what to do.
ALARMS: Final[Mapping[Name, str]] = MappingProxyType(
    {
        "payment-unknown": "nobody knows whether {what} was carried out; it is looked up again and again. See whether the "
        "provider can be reached",
        "payment-contradiction": "what the provider says cannot be: {what}. Nothing was changed by it; compare the provider's "
        "ledger with the books",
        "payment-failed": "{what} was declined. Nothing is asked again; settle it with the provider or with the shopper",
        "payment-uncollected": "{what} cannot be collected. The receipt stands; ask the shopper for another way to pay",
    }
)


def text(name: Name, what: str) -> str:
    """The alarm's words for a person."""
    return ALARMS[name].format(what=what)
