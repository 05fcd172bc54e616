"""Commands and outcomes of moving money: a state table."""

from saunter.payment.engine import PaymentEngine
from saunter.payment.table import TRANSITIONS, Event, State, after, document

__all__ = ["TRANSITIONS", "Event", "PaymentEngine", "State", "after", "document"]
