"""Raw readings -> observations: steps of shelves and the health of plates (DESIGN 3, F2)."""

from saunter.sensing.engine import SensingEngine

__all__ = ["SensingEngine"]
