"""The command line: the only place that wires rooms together, reads clocks and opens files. One module per command."""
