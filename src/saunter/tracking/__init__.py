"""Tracklets and gates -> who is who, with doubt (DESIGN 3, F2)."""

from saunter.tracking.engine import TrackingEngine

__all__ = ["TrackingEngine"]
