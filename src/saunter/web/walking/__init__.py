"""Walking in oneself, in the demo only: a visitor's phone steers a body of the pretend shop."""
