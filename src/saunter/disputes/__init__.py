"""Disputes line by line, and corrections that only ever give back."""

from saunter.disputes.engine import CHANGES, QUESTIONS, DisputesEngine
from saunter.disputes.table import Event, State, after, document

__all__ = ["CHANGES", "QUESTIONS", "DisputesEngine", "Event", "State", "after", "document"]
