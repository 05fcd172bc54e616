"""Deciding the bill under doubt: charge what is sure enough, drop the rest, ask where a look is worth it, hide nothing."""

from saunter.settlement.calibrating import calibrated
from saunter.settlement.choosing import EVIDENCE_SHARE, Ask, Bill, Settle, Step, Wait, best, cheapest
from saunter.settlement.engine import SettlementEngine
from saunter.settlement.losses import CHOICES_MAX, Costs, costs_of
from saunter.settlement.rules import DOUBTFUL, MENTION_THRESHOLD, SURE
from saunter.settlement.table import TRANSITIONS, Event, State, after, document

__all__ = [
    "CHOICES_MAX",
    "DOUBTFUL",
    "EVIDENCE_SHARE",
    "MENTION_THRESHOLD",
    "SURE",
    "TRANSITIONS",
    "Ask",
    "Bill",
    "Costs",
    "Event",
    "Settle",
    "SettlementEngine",
    "State",
    "Step",
    "Wait",
    "after",
    "best",
    "calibrated",
    "cheapest",
    "costs_of",
    "document",
]
