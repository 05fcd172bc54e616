"""Short ways to a world for the tests of this folder."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np

from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.plan.parse import parse_plan
from saunter.records import AnyRecord, WeightBlock
from saunter.simulation import parse_story, shop_texts, simulate
from saunter.simulation.table import START_NS


@cache
def corner() -> Plan:
    """The made-up corner shop."""
    return parse_plan(shop_texts("corner"))


def played(text: str, seed: int = 1) -> dict[str, list[AnyRecord]]:
    """The records of a story in the corner shop, by stream; `text` needs no title."""
    streams: dict[str, list[AnyRecord]] = defaultdict(list)
    for record in simulate(corner(), parse_story("story: a test\n" + text, "test.scn"), seed):
        streams[record.envelope.stream].append(record)
    return streams


def weights(streams: dict[str, list[AnyRecord]], plate: str) -> tuple[np.ndarray, np.ndarray]:
    """Seconds since the start and grams of one plate."""
    blocks = [record for record in streams[f"weights/{plate.split('s', maxsplit=1)[0]}"] if isinstance(record, WeightBlock)]
    column = blocks[0].plates.index(plate)
    times = np.concatenate([block.times for block in blocks])
    return (times - START_NS) / 1e9, np.concatenate([block.grams[:, column] for block in blocks])


def level(streams: dict[str, list[AnyRecord]], plate: str, from_s: float, to_s: float) -> float:
    """The mean of a plate over a span."""
    seconds, grams = weights(streams, plate)
    return float(np.nanmean(grams[(seconds >= from_s) & (seconds < to_s)]))


def seconds_of(record: AnyRecord) -> float:
    """When a record happened, seconds since the start."""
    return to_seconds(record.envelope.happened - START_NS)
