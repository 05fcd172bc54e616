"""What anybody may read: the shop, how it works, the notice."""
