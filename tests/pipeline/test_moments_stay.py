"""A moment that was shown stays as it is, however late somebody has another word on it."""

from __future__ import annotations

import numpy as np
from tests.pipeline.the_stall import envelope, stall

from saunter.base.ids import NOBODY
from saunter.base.time import SECOND
from saunter.pipeline.moments import KEPT, Lookback, Moments
from saunter.records import Attribution, Share, WeightBlock

START = 1_000 * SECOND


def weighed(second: int) -> WeightBlock:
    """One second of one plate."""
    times = START + second * SECOND + np.arange(10, dtype=np.int64) * (SECOND // 10)
    return WeightBlock(envelope("w", second, int(times[0])), ("s1s1p1",), 10.0, times, np.full((10, 1), 500, np.float32))


def told(number: int, share: float) -> Attribution:
    """A word on what happened from the tenth to the twelfth second."""
    return Attribution(
        envelope=envelope("attribution", number, START), interaction="shelves:1", shelf="s1s1", plates=("s1s1p1",),
        started=START + 10 * SECOND, settled=START + 12 * SECOND, total_g=-99.0, candidates=(),
        shares=(Share(party="p1", probability=share), Share(party=NOBODY, probability=1 - share)),
    )  # fmt: skip


def test_a_word_that_comes_after_an_hour_wipes_out_no_trace_that_was_shown() -> None:
    lookback = Lookback(stall())
    moments = Moments(stall(), lookback, lambda track: NOBODY)
    for second in range(20):
        lookback.note(weighed(second))
    assert moments.receive(told(1, 0.9)) is None
    (shown,) = moments.advance(START + 20 * SECOND)
    assert len(shown.traces[0].grams) > 50
    for second in range(3600, 3600 + KEPT // SECOND + 1):
        lookback.note(weighed(second))
    assert moments.advance(START + 3700 * SECOND) == []
    assert moments.receive(told(2, 0.4)) is None
    assert moments.at_once("shelves:1") is None
    assert moments.advance(START + 3701 * SECOND) == []


def test_a_moment_is_made_as_long_as_its_end_can_still_be_seen() -> None:
    for late_s, is_made in ((KEPT // SECOND, True), (KEPT // SECOND + 1, False)):
        lookback = Lookback(stall())
        moments = Moments(stall(), lookback, lambda track: NOBODY)
        newest = weighed(12 + late_s)
        lookback.note(WeightBlock(newest.envelope, newest.plates, 10.0, newest.times[:1], newest.grams[:1]))
        moments.receive(told(1, 0.9))
        assert (moments.at_once("shelves:1") is not None) is is_made
        assert bool(moments.advance(newest.happened)) is is_made
