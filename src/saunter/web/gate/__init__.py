"""What stands at a gate: codes and cards in, open or shut out."""
