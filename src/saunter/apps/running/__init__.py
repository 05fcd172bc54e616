"""The running shop: one writer per store, a loop over sources, durable inputs, books, a dispatcher, and what pages see of it."""
