"""A recording fed to the shop: nothing but readings goes in, time passes evenly, and every word is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st
from the_kiosk import NOON, change, envelope, receipt_of, took_oats

from saunter.apps.replaying import CLOSING, SILENCE, SILENCE_STEPPED_MAX, TICK_EVERY, Replayed, replay
from saunter.base.errors import Refused
from saunter.base.limits import PROBLEMS_SHOWN_MAX
from saunter.base.time import SECOND
from saunter.records import Alarm, AnyRecord, GatePass, PeopleFrame, Reading, Stamp, Tick, TrueReceipt


class Clock:
    """A process clock that goes on by a quarter of a second whenever it is asked."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


def gate(second: float, sequence: int = 0) -> GatePass:
    return GatePass(envelope=envelope("gates", second, sequence), gate="door", direction="in", party="p1")


def tick(second: float, sequence: int = 0) -> Tick:
    return Tick(envelope=envelope("ticks", second, sequence))


def run(
    records: Sequence[AnyRecord], step: Callable[[Reading], list[AnyRecord]] | None = None, has_ticks: bool = False
) -> tuple[Replayed, list[Reading]]:
    fed: list[Reading] = []

    def shop(reading: Reading) -> list[AnyRecord]:
        fed.append(reading)
        return step(reading) if step else []

    *_, result = replay(records, shop, has_ticks, "kiosk", Clock())
    return result, fed


def seconds(fed: Sequence[Reading]) -> list[float]:
    return [(reading.envelope.arrived - NOON) / SECOND for reading in fed]


def test_without_ticks_time_passes_every_tenth_of_a_second_and_a_tick_comes_before_what_arrives_at_its_instant() -> None:
    _, fed = run([gate(0.05), gate(0.2, 1), gate(0.31, 2)])
    begun = fed[: len(fed) - len(CLOSING)]
    assert [(type(each).__name__, when) for each, when in zip(begun, seconds(begun), strict=True)] == [
        ("GatePass", 0.05), ("Tick", 0.1), ("Tick", 0.2), ("GatePass", 0.2), ("Tick", 0.3), ("GatePass", 0.31),
    ]  # fmt: skip


def test_a_recording_with_its_own_ticks_gets_no_others_before_the_end() -> None:
    own = [tick(0.0), gate(0.5), tick(2.0, 1)]
    _, fed = run(own, has_ticks=True)
    assert fed[:3] == own
    assert len(fed) == 3 + len(CLOSING)


def test_after_the_end_enough_time_passes_for_every_visit_to_settle() -> None:
    _, fed = run([gate(1.0)])
    after = seconds(fed)[1:]
    assert after[:7] == [2, 3, 4, 5, 6, 11, 16]
    assert after[-1] == 1 + 5 + 60 + 2 * 15 * 60
    assert [each.envelope.sequence for each in fed[1:]] == list(range(len(CLOSING)))


def test_a_night_of_silence_is_crossed_in_one_leap() -> None:
    _, fed = run([gate(0.0), gate(8 * 3600.0, 1)])
    assert seconds(fed)[:3] == [0, 8 * 3600, 8 * 3600]


def test_an_empty_recording_gives_nothing_and_no_tick_either() -> None:
    result, fed = run([])
    assert (fed, result.readings, result.shop_s, result.receipts) == ([], 0, 0, [])


def test_truth_and_conclusions_in_a_recording_never_reach_the_shop() -> None:
    true = TrueReceipt(envelope=envelope("truth/receipts", 1.0), visit="v", party="p1", lines=())
    result, fed = run([gate(0.0), true, receipt_of(), took_oats()])
    assert {type(each) for each in fed} == {GatePass, Tick}
    assert result.truth == [true]
    assert result.receipts == []


def test_the_latest_word_on_an_interaction_replaces_the_earlier_ones_and_the_rest_is_kept_in_order() -> None:
    first, revised, other = took_oats(), took_oats(total_g=-100.0), took_oats(1)
    stamp = Stamp(envelope=envelope("guard", 21.0), receipt=receipt_of().id, visit="visits/p1", checks=("sum",))
    shopping, left = change("p1", "shopping", 1.0), change("p1", "leaving", 9.0)
    words = {"0": [first, shopping], "1": [other, left], "2": [revised, receipt_of(), stamp]}
    result, _ = run(
        [gate(0, 0), gate(0, 1), gate(0, 2)], lambda reading: words.pop(str(reading.envelope.sequence), []), has_ticks=True
    )
    assert list(result.attributions.values()) == [revised, other]
    assert result.receipts == [receipt_of()]
    assert result.stamped == {receipt_of().id}
    assert result.visits == [shopping, left]
    assert result.parties == ["p1"]


def test_plates_falling_silent_after_the_last_reading_raise_no_alarm_but_other_alarms_are_kept() -> None:
    def alarm(name: str) -> Alarm:
        return Alarm(envelope=envelope("alarms", 0.0), name=name, subject="left", text="look")

    result, _ = run([gate(0.0)], lambda _: [alarm(SILENCE), alarm("visit-abandoned"), alarm("late-readings")])
    assert [each.name for each in result.alarms] == [SILENCE, "visit-abandoned", *["late-readings"] * (1 + len(CLOSING))]


def test_a_refused_reading_is_told_and_counted_and_the_others_go_on() -> None:
    def refuses_gates(reading: Reading) -> list[AnyRecord]:
        if isinstance(reading, GatePass):
            raise Refused("no such gate")
        return [receipt_of()]

    result, _ = run([gate(0.0, number) for number in range(PROBLEMS_SHOWN_MAX + 5)], refuses_gates)
    assert result.refused == PROBLEMS_SHOWN_MAX + 5
    assert str(result.problems[0]) == "gates: gates:0 was refused: no such gate"
    assert len(result.problems) == PROBLEMS_SHOWN_MAX + 1
    assert result.problems[-1].what == f"{PROBLEMS_SHOWN_MAX + 5} readings were refused in all; the first are listed"
    assert len(result.receipts) == len(CLOSING)


def test_the_real_time_factor_is_shop_seconds_by_cpu_seconds_all_work_included() -> None:
    result, _ = run([gate(0.0), gate(30.0, 1)], has_ticks=True)
    calls = 2 * (2 + len(CLOSING)) + 2 + 1
    assert result.shop_s == 30
    assert result.cpu_s == 0.25 * calls
    assert result.real_time_factor == 30 / (0.25 * calls)
    assert Replayed().real_time_factor == 0


@given(st.lists(st.integers(0, 3 * SILENCE_STEPPED_MAX // TICK_EVERY), max_size=6))
def test_derived_ticks_never_go_back_and_never_come_after_what_arrives_later(tenths: list[int]) -> None:
    frames = [PeopleFrame(envelope=envelope("people", 0.1 * tenth, n), people=()) for n, tenth in enumerate(sorted(tenths))]
    _, fed = run(frames)
    instants = [each.envelope.arrived for each in fed]
    assert instants == sorted(instants)
    assert [each for each in fed if isinstance(each, PeopleFrame)] == frames
