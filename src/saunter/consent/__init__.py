"""What a shopper agreed to: versioned, timed, withdrawable."""

from saunter.consent.engine import NOTHING, Agreement, ConsentEngine
from saunter.consent.purposes import RULES, Rule, limits, may_be_asked, may_be_counted, may_enter, may_teach

__all__ = [
    "NOTHING",
    "RULES",
    "Agreement",
    "ConsentEngine",
    "Rule",
    "limits",
    "may_be_asked",
    "may_be_counted",
    "may_enter",
    "may_teach",
]
