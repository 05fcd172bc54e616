"""Prices, taxes and receipts: exact, in integer minor units, every rounding named."""

from saunter.ledger.engine import LedgerEngine
from saunter.ledger.prices import ALWAYS, PriceBook, PriceVersion
from saunter.ledger.validation import validate_receipt

__all__ = ["ALWAYS", "LedgerEngine", "PriceBook", "PriceVersion", "validate_receipt"]
