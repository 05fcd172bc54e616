"""Disputes line by line, and corrections that only ever give back."""
