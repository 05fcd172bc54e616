"""What the person who runs the pages decides: whether they stand behind https, and what a real gate must know."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from saunter.ports.walking import Walker


@dataclass(frozen=True, slots=True)
class Settings:
    """Decisions about the pages.

    `secure`: the pages are reached over https, so cookies are kept to it. `gate_secret` is what a gate's scanner sends in
    `X-Gate-Secret`; empty: the gate page in a browser is the scanner. `demo`: the shoppers are made up, so that the first
    page may show the floor to anybody; `walker` lets visitors walk in themselves (None: people bring their own bodies).
    `wall_s` is the clock that limits and sign-ins count by (epoch seconds), for the shop's own may
    run `speed` times as fast: what ends by the shop's clock is shown in seconds of the wall's.
    """

    secure: bool = False
    gate_secret: str = ""
    demo: bool = False
    walker: Walker | None = None
    speed: float = 1.0
    wall_s: Callable[[], float] = time.time
