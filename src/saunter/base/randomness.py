"""Dice for the pretend world. A generator is always handed in, derived from a seed and a name; there is no global one."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *names: str) -> np.random.Generator:
    """An independent stream of random numbers for `names` under `seed`; equal arguments give equal numbers everywhere."""
    digest = hashlib.sha256("\x1f".join((str(seed), *names)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
