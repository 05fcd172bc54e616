"""Whether the shop is open, and in which mode it settles: a state table."""
