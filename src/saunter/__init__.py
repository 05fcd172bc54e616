"""Saunter runs a shop without checkouts: from sensor readings to the right receipt, with a reason for every line."""

__version__ = "0.1.0"
