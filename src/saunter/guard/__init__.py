"""The second pair of eyes, written apart from the rest: no receipt and no command is sent without its stamp."""

from saunter.guard.checks import CHECKS
from saunter.guard.commands import GATE_CHECKS, PAYMENT_CHECKS
from saunter.guard.engine import REFUSAL, GuardEngine

__all__ = ["CHECKS", "GATE_CHECKS", "PAYMENT_CHECKS", "REFUSAL", "GuardEngine"]
