"""Observations: one thing a sensor saw, cleaned."""

from __future__ import annotations

from typing import Literal

from saunter.records.envelope import Record


class ShelfStep(Record, frozen=True, kw_only=True):
    """The weight on neighbouring plates of one shelf changed from one steady level to another.

    `plates`, `delta_g` and `sd_g` run in parallel and cover the plates that moved and those beside them: grams after
    minus before (negative: something left) and the standard deviation of that difference as measured on the signal.
    Between `started` and `settled` (ns UTC) the levels were changing; `happened` is when the larger part of the change
    fell. `peak_g` is the largest excursion from both levels, a trace of hands on the plate. `doubtful` names plates
    that were dead, frozen or unsettled meanwhile.
    """

    shelf: str
    plates: tuple[str, ...]
    delta_g: tuple[float, ...]
    sd_g: tuple[float, ...]
    started: int
    settled: int
    peak_g: float = 0.0
    doubtful: tuple[str, ...] = ()


class PlateHealth(Record, frozen=True, kw_only=True):
    """A plate's state changed. While not `live`, what is reachable there is doubtful and nothing is charged on silence.

    live: samples arrive and vary as a load cell's do; frozen: one value without the faintest noise; silent: no samples.
    """

    plate: str
    state: Literal["live", "frozen", "silent"]
    text: str = ""


Observation = ShelfStep | PlateHealth
