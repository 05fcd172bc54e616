"""Interactions x tracks -> who took what, as weighted worlds (DESIGN 3 and 5, F2)."""

from saunter.attribution.engine import AttributionEngine
from saunter.attribution.switches import EVERYTHING, Switches

__all__ = ["EVERYTHING", "AttributionEngine", "Switches"]
