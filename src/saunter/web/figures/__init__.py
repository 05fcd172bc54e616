"""The figures page: what the shop's own counts say about exactness, speed and the work of people; and the engineers' page."""
