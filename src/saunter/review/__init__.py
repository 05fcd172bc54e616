"""Questions before people, and their verdicts."""
