"""Keys, cards and the gate: who may come in, and why not."""

from saunter.entry.engine import EntryEngine
from saunter.entry.keys import Key
from saunter.entry.table import TRANSITIONS, Event, State, after, document

__all__ = ["TRANSITIONS", "EntryEngine", "Event", "Key", "State", "after", "document"]
