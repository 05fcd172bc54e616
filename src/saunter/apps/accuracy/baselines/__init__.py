"""Simpler shops to be measured against: the same readings in, bills out, each event decided by itself (docs/accuracy.md)."""

from saunter.apps.accuracy.baselines.engine import BaselineEngine, Billed
from saunter.apps.accuracy.baselines.nearest import nearest_engine
from saunter.apps.accuracy.baselines.winner import winner_engine

__all__ = ["BaselineEngine", "Billed", "nearest_engine", "winner_engine"]
