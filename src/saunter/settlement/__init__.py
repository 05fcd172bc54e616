"""Deciding the bill under doubt: charge what is sure enough, drop the rest, hide nothing."""

from saunter.settlement.engine import SettlementEngine
from saunter.settlement.rules import DOUBTFUL, MENTION_THRESHOLD, SURE

__all__ = ["DOUBTFUL", "MENTION_THRESHOLD", "SURE", "SettlementEngine"]
