"""A visit from entry to settled receipt: a state table, and the engine that drives it from gates, sightings and receipts."""

from saunter.visit.engine import VisitEngine
from saunter.visit.life import ABANDONED_AFTER, Visit
from saunter.visit.table import TRANSITIONS, Event, State, after, document

__all__ = ["ABANDONED_AFTER", "TRANSITIONS", "Event", "State", "Visit", "VisitEngine", "after", "document"]
