"""The store's pages: the live floor, who holds what, what staff are to do, and whether the shop is open."""
