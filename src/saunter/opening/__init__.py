"""Whether the shop is open, and in which mode it settles: a state table."""

from saunter.opening.engine import OpeningEngine
from saunter.opening.table import MODES, TRANSITIONS, Event, State, after, commands, document

__all__ = ["MODES", "TRANSITIONS", "Event", "OpeningEngine", "State", "after", "commands", "document"]
