"""What staff must agree to before a receipt goes: age checks, and in assisted mode every bill."""

from saunter.approvals.engine import ApprovalsEngine
from saunter.approvals.table import BillState, CheckState, document

__all__ = ["ApprovalsEngine", "BillState", "CheckState", "document"]
