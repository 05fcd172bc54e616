"""What the outside must offer the shop, and what the shop shows the outside: Protocols and plain documents, no code that acts."""
