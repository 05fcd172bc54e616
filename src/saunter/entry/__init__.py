"""Keys, cards and the gate: who may come in, and why not."""
