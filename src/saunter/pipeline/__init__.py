"""The whole shop as one function: `Pipeline.step` (DESIGN 3, F4)."""

from saunter.pipeline.engine import Pipeline, run

__all__ = ["Pipeline", "run"]
