"""Shelf observations -> interactions: which product, how many, put back, touched or unknown (DESIGN 3, F2)."""

from saunter.shelves.engine import ShelvesEngine

__all__ = ["ShelvesEngine"]
