"""What of the belief can be switched off, to see what it buys; a shop uses all of it."""

from __future__ import annotations

from dataclasses import dataclass

from saunter.attribution import constants as c


@dataclass(frozen=True, slots=True)
class Switches:
    """`worlds`: how many are kept per group of entangled parties (1: only the likeliest). `strays`: whether pieces put where
    they have no facing are remembered there; without, the planogram stays as the plan has it."""

    worlds: int = c.WORLDS_MAX
    strays: bool = True


#: All ideas at work.
EVERYTHING = Switches()
