"""A scale that sends plates the plan does not know: they are named, once, and nothing of the rest is lost."""

from __future__ import annotations

import numpy as np
from tests.pipeline.playing import shop

from saunter.base.time import SECOND
from saunter.pipeline import Pipeline
from saunter.records import Alarm, Envelope, Tick, WeightBlock


def block(number: int) -> WeightBlock:
    start = number * SECOND // 10
    times = start + np.arange(6, dtype=np.int64) * (SECOND // 60)
    envelope = Envelope(store="corner", stream="weights/g1", sequence=number, happened=int(times[0]), arrived=int(times[-1]))
    return WeightBlock(envelope, ("g1s1p1", "b9"), 60.0, times, np.full((6, 2), 100.0, np.float32))


def tick(number: int) -> Tick:
    at = number * SECOND // 10
    return Tick(envelope=Envelope(store="corner", stream="ticks", sequence=number, happened=at, arrived=at))


def test_a_plate_that_the_plan_does_not_know_is_named_once() -> None:
    pipeline = Pipeline(shop("corner"))
    said = [record for number in range(40) for reading in (block(number), tick(number)) for record in pipeline.step(reading)]
    alarms = [alarm for alarm in said if isinstance(alarm, Alarm) and alarm.name == "plate-unknown"]
    assert [(alarm.subject, "b9" in alarm.text, "g1s1p1" in alarm.text) for alarm in alarms] == [("weights/g1", True, False)]
