"""A moment as a person looks at it: what plates felt, who stood where by letters, and the newest word of the belief."""

from __future__ import annotations

import msgspec
import pytest
from tests.pipeline.the_stall import Day, lived, stall

from saunter.base.time import SECOND
from saunter.pipeline.moments import AFTER, BEFORE, KEPT, Lookback, Moments, _letter
from saunter.ports.documents import Moment
from saunter.records import Attribution, WeightBlock

STORY = "00:00.0  p1 enters\n00:04.0  p1 takes 2 cola from s1s1p1\n00:09.0  p1 leaves\n"


def seen() -> tuple[Moments, Lookback, list[Attribution]]:
    day = Day().opens()
    day.comes()
    day.shops(STORY)
    lookback = Lookback(day.plan)
    for record in lived(STORY):
        lookback.note(record)
    return Moments(day.plan, lookback, lambda track: "p1"), lookback, day.of(Attribution)


def one() -> tuple[Moments, Attribution, Moment]:
    moments, _, told = seen()
    moments.receive(told[0])
    (moment,) = moments.advance(told[0].settled + AFTER + SECOND)
    return moments, told[0], moment


def test_a_moment_comes_once_what_followed_has_been_seen_and_not_before() -> None:
    moments, _, (told, *_) = seen()
    assert moments.receive(told) is None
    assert moments.advance(told.settled + AFTER + SECOND - 1) == []
    assert [each.interaction for each in moments.advance(told.settled + AFTER + SECOND)] == [told.interaction]
    assert moments.advance(told.settled + 2 * AFTER + SECOND) == []


def test_it_shows_the_plates_from_before_to_after_and_the_weight_that_left() -> None:
    _, told, moment = one()
    assert moment.began == told.started - BEFORE
    (trace,) = [each for each in moment.traces if each.plate == "s1s1p1"]
    assert trace.grams[0] == 0.0
    assert trace.grams[-1] == pytest.approx(-704, abs=40)
    assert list(trace.times_s) == sorted(trace.times_s)


def test_whoever_stood_near_has_a_letter_and_nobody_a_name() -> None:
    _, _, moment = one()
    assert moment.letters == {"p1": "A"}
    assert {body.label for sketch in moment.sketches for body in sketch.bodies} == {"A"}
    assert b"p1" not in msgspec.json.encode(moment.sketches)


def test_the_likeliest_explanation_is_told_in_words() -> None:
    _, _, moment = one()
    assert moment.candidates[0].text == "taken: 2 x Kestrel Cola 33 cl"
    assert moment.shares["p1"] > 0.9


def test_a_new_word_on_a_moment_that_was_shown_changes_only_the_words() -> None:
    moments, told, moment = one()
    again = moments.receive(msgspec.structs.replace(told, doubts=("a new doubt",)))
    assert again == msgspec.structs.replace(moment, doubts=("a new doubt",))


def test_somebody_who_is_asked_at_once_sees_what_there_is() -> None:
    moments, _, (told, *_) = seen()
    assert moments.at_once(told.interaction) is None
    moments.receive(told)
    shown = moments.at_once(told.interaction)
    assert shown is not None
    assert shown.interaction == told.interaction
    assert moments.at_once("another") is None


def test_old_moments_and_old_weights_are_forgotten() -> None:
    moments, told, _ = one()
    moments.advance(told.settled + 31 * 60 * SECOND)
    assert moments.at_once(told.interaction) is None
    _, lookback, _ = seen()
    block = next(record for record in lived(STORY) if isinstance(record, WeightBlock))
    late = WeightBlock(block.envelope, block.plates, block.rate_hz, block.times + 2 * KEPT, block.grams)
    lookback.note(late)
    times = [at for at, _ in lookback._weights[block.plates[0]]]
    assert min(times) >= max(times) - KEPT


def test_letters_go_on_after_z() -> None:
    assert [_letter(number) for number in (0, 25, 26, 52)] == ["A", "Z", "A1", "A2"]
    assert Lookback(stall()).people_now() == (0, ())
