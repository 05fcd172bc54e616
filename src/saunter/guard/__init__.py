"""The second pair of eyes, written apart from the rest: no receipt is sent without its stamp."""

from saunter.guard.checks import CHECKS
from saunter.guard.engine import REFUSAL, GuardEngine

__all__ = ["CHECKS", "REFUSAL", "GuardEngine"]
