"""Interactions x tracks -> who took what, as weighted worlds (DESIGN 3 and 5, F2)."""

from saunter.attribution.engine import AttributionEngine

__all__ = ["AttributionEngine"]
