"""Where plans are kept: a folder of three text files."""

from saunter.adapters.plans.folder import load_plan, read_plan_texts, write_plan_texts

__all__ = ["load_plan", "read_plan_texts", "write_plan_texts"]
