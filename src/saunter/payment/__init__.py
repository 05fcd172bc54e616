"""Commands and outcomes of moving money: a state table."""
