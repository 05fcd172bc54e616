"""What staff must agree to before a receipt goes: age checks, and in assisted mode every bill."""

from saunter.approvals.engine import BILLS, ApprovalsEngine
from saunter.approvals.table import BillState, CheckState, document

__all__ = ["BILLS", "ApprovalsEngine", "BillState", "CheckState", "document"]
