"""Somebody answers while a recording is played: answers come in by their time of arrival, between its readings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from saunter.apps.replaying import Player
from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import Alarm, AnyRecord, Envelope, Question, Reading, Tick, TrueReceipt, Verdict


def envelope(stream: str, second: float, number: int = 0) -> Envelope:
    at = round(second * SECOND)
    return Envelope(store="s", stream=stream, sequence=number, happened=at, arrived=at)


def tick(second: float, number: int = 0) -> Tick:
    return Tick(envelope=envelope("ticks", second, number))


def question(second: float, number: int = 0) -> Question:
    return Question(
        envelope=envelope("questions", second, number), purpose="doubt", visit="visit-p1", interaction="i", shelf="b",
        plates=("left",), started=0, settled=0, text="Who?", choices=(), deadline=round((second + 60) * SECOND),
    )  # fmt: skip


def verdict(second: float, about: Question) -> Verdict:
    return Verdict(envelope=envelope("verdicts", second, about.envelope.sequence), question=about.id, answer="choice", choice=1)


class Reviewer:
    """Answers every question so many seconds after it was asked."""

    def __init__(self, needs_s: float) -> None:
        self.needs_s, self.heard = needs_s, list[AnyRecord]()
        self.waiting: list[Verdict] = []

    def hear(self, records: Sequence[AnyRecord]) -> None:
        self.heard += records
        asked = [record for record in records if isinstance(record, Question)]
        self.waiting += [verdict(each.envelope.arrived / SECOND + self.needs_s, each) for each in asked]

    def due(self, before_ns: int) -> list[Verdict]:
        ready = [each for each in self.waiting if each.envelope.arrived < before_ns]
        self.waiting = [each for each in self.waiting if each.envelope.arrived >= before_ns]
        return ready


class Shop:
    """Asks a question at each of the given seconds, and notes what it is fed."""

    def __init__(self, *asks_at_s: float, asks_again: bool = False) -> None:
        self.asks_at_s, self.asks_again, self.fed = asks_at_s, asks_again, list[Reading]()

    def step(self, reading: Reading) -> list[AnyRecord]:
        self.fed.append(reading)
        second = reading.envelope.arrived / SECOND
        if isinstance(reading, Tick) and second in self.asks_at_s:
            return [question(second, len(self.fed))]
        if isinstance(reading, Verdict) and self.asks_again:
            self.asks_again = False
            return [question(second, len(self.fed))]
        return []

    @property
    def said(self) -> list[tuple[str, float]]:
        return [(type(each).__name__, each.envelope.arrived / SECOND) for each in self.fed]


def played(shop: Shop, reviewer: Reviewer, *seconds: float, closing: Sequence[int] = ()) -> Player:
    player = Player(shop.step, True, "s", lambda: 0.0, responder=reviewer, closing=closing)
    for number, second in enumerate(seconds):
        player.take(tick(second, number))
    player.close()
    return player


def test_an_answer_comes_in_by_its_own_time_between_the_readings_of_the_recording() -> None:
    shop = Shop(1.0)
    played(shop, Reviewer(1.5), 1.0, 2.0, 3.0)
    assert shop.said == [("Tick", 1.0), ("Tick", 2.0), ("Verdict", 2.5), ("Tick", 3.0)]


def test_an_answer_at_the_very_instant_of_a_reading_comes_after_it() -> None:
    shop = Shop(1.0)
    played(shop, Reviewer(1.0), 1.0, 2.0, 3.0)
    assert shop.said == [("Tick", 1.0), ("Tick", 2.0), ("Verdict", 2.0), ("Tick", 3.0)]


def test_answers_to_several_questions_keep_the_order_in_which_they_arrive() -> None:
    shop = Shop(1.0, 2.0)
    played(shop, Reviewer(3.0), 1.0, 2.0, 9.0)
    assert shop.said == [("Tick", 1.0), ("Tick", 2.0), ("Verdict", 4.0), ("Verdict", 5.0), ("Tick", 9.0)]


def test_what_an_answer_makes_the_shop_ask_is_heard_and_answered_before_the_next_reading() -> None:
    shop = Shop(1.0, asks_again=True)
    played(shop, Reviewer(0.5), 1.0, 9.0)
    assert shop.said == [("Tick", 1.0), ("Verdict", 1.5), ("Verdict", 2.0), ("Tick", 9.0)]


def test_after_the_last_reading_answers_still_come_in_while_time_passes() -> None:
    shop = Shop(1.0)
    player = played(shop, Reviewer(10.0), 1.0, closing=(5 * SECOND,) * 3)
    assert shop.said == [("Tick", 1.0), ("Tick", 6.0), ("Tick", 11.0), ("Verdict", 11.0), ("Tick", 16.0)]
    assert player.result.readings == 1


def test_an_answer_that_the_shop_refuses_is_told_and_the_play_goes_on() -> None:
    def step(reading: Reading) -> list[AnyRecord]:
        if isinstance(reading, Verdict):
            raise Refused("nobody asked")
        return [question(1.0)] if reading.envelope.arrived == SECOND else []

    player = Player(step, True, "s", lambda: 0.0, responder=Reviewer(1.0), closing=())
    for second in (1.0, 5.0):
        player.take(tick(second))
    assert [str(problem) for problem in player.result.problems] == ["verdicts: verdicts:0 was refused: nobody asked"]


def test_a_responder_hears_the_truth_that_the_shop_never_sees() -> None:
    shop, reviewer = Shop(), Reviewer(1.0)
    player = Player(shop.step, True, "s", lambda: 0.0, responder=reviewer, closing=())
    truth = TrueReceipt(envelope=envelope("truth/receipts", 1.0), visit="visit-p1", party="p1", lines=())
    assert not player.take(truth)
    assert (reviewer.heard, shop.fed) == ([truth], [])


def test_without_a_responder_nothing_is_put_in() -> None:
    shop = Shop(1.0)
    player = Player(shop.step, True, "s", lambda: 0.0, closing=())
    for second in (1.0, 2.0):
        player.take(tick(second))
    assert shop.said == [("Tick", 1.0), ("Tick", 2.0)]


@pytest.mark.parametrize("words", [0, 3])
def test_a_responder_hears_every_word_of_the_shop_and_nothing_when_it_is_silent(words: int) -> None:
    said = [Alarm(envelope=envelope("alarms", 1.0, number), name="n", subject="s", text="t") for number in range(words)]
    reviewer = Reviewer(1.0)
    player = Player(lambda _: said, True, "s", lambda: 0.0, responder=reviewer, closing=())
    player.take(tick(1.0))
    assert reviewer.heard == said
