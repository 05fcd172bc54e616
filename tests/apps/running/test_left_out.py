"""An input that breaks the program ends the process once, never again and again; somebody is told, and the shop goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.apps.running.the_counter import BEGINS, TURN, Points, World, everything, opened, trade, world
from tests.pipeline.the_stall import stall

from saunter.base.errors import LEFT_OUT, BrokenBy, Refused
from saunter.base.time import SECOND
from saunter.pipeline.trading import Shop
from saunter.records import Alarm, AnyRecord, KeyPresented, PeopleFrame, Receipt, Tick
from saunter.simulation.table import START_NS
from saunter.visit import VisitEngine


def breaking(monkeypatch: pytest.MonkeyPatch, record: AnyRecord, fault: BaseException) -> None:
    """The program breaks by this record from now on."""
    step = Shop.step

    def broken(shop: Shop, taken: Any) -> list[AnyRecord]:
        if taken.id == record.id:
            raise fault
        return step(shop, taken)

    monkeypatch.setattr(Shop, "step", broken)


def test_a_reading_that_breaks_the_program_is_left_out_on_the_next_start_and_the_receipt_still_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [record for record in world() if isinstance(record, PeopleFrame)]
    culprit = frames[len(frames) // 2]
    breaking(monkeypatch, culprit, ZeroDivisionError("of a hand"))
    with pytest.raises(ZeroDivisionError):
        trade(tmp_path, seconds=25)
    ended = trade(tmp_path, seconds=25)
    alarms = [each for each in ended.journal if isinstance(each, Alarm) and each.name == "input-left-out"]
    assert [each.subject for each in alarms] == [culprit.id]
    assert "ZeroDivisionError in broken, line" in alarms[0].text and "of a hand" in alarms[0].text
    assert [each.total_minor for each in ended.journal if isinstance(each, Receipt)] == [240]


def test_left_out_or_killed_afterwards_the_books_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = next(record for record in world() if isinstance(record, KeyPresented))
    breaking(monkeypatch, key, RuntimeError("a key"))
    ended = []
    for name, kills in (("whole", []), ("killed", [30, 40, 55])):
        (tmp_path / name).mkdir()
        with pytest.raises(RuntimeError):
            trade(tmp_path / name, seconds=15)
        ended.append(trade(tmp_path / name, kills, seconds=15))
    assert ended[0].journal == ended[1].journal and ended[0].documents == ended[1].documents
    assert [each.subject for each in ended[0].journal if isinstance(each, Alarm) and each.name == "input-left-out"] == [key.id]


@pytest.mark.parametrize("fault", [MemoryError(), KeyboardInterrupt()])
def test_a_full_memory_or_an_interrupt_is_no_fault_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    breaking(monkeypatch, world()[0], fault)
    with opened(tmp_path, World(world()), stall(), Points(), 10**18, BEGINS) as runner:
        with pytest.raises(type(fault)):
            for _ in range(9):
                runner.turn()
        assert runner._inputs.left_out() == {}


def test_a_turn_of_the_clock_that_a_room_refuses_is_told_and_time_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Shop.step

    def refusing(shop: Shop, taken: Any) -> list[AnyRecord]:
        if isinstance(taken, Tick) and taken.happened == START_NS + TURN:
            raise Refused("the settlement is no settlement")
        return step(shop, taken)

    monkeypatch.setattr(Shop, "step", refusing)
    with opened(tmp_path, World([]), stall(), Points(), 10**18, START_NS) as runner:
        for _ in range(4):
            runner.turn()
        journal, documents, _ = everything(runner.books)
        assert runner.state.now == START_NS + 3 * TURN
    alarms = [each for each in journal if isinstance(each, Alarm) and each.name == "turn-refused"]
    assert [each.text for each in alarms] == ["the settlement is no settlement"]
    assert alarms[0].happened - START_NS < SECOND and len(documents["alarm"]) == 1


def test_a_reading_that_breaks_a_room_is_named_and_not_the_clock_that_brought_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readings wait for their turn: the room breaks while time passes, a second after the frame came."""
    frames = [record for record in world() if isinstance(record, PeopleFrame)]
    culprit, receive = frames[len(frames) // 2], VisitEngine.receive

    def broken(room: VisitEngine, record: Any) -> None:
        if record.id == culprit.id:
            raise ZeroDivisionError("of a body")
        receive(room, record)

    monkeypatch.setattr(VisitEngine, "receive", broken)
    with pytest.raises(BrokenBy, match=culprit.id):
        trade(tmp_path, seconds=25, every=SECOND // 2)  # a snapshot holds the frame that waits
    ended = trade(tmp_path, seconds=25, every=SECOND // 2)
    alarms = [each for each in ended.journal if isinstance(each, Alarm) and each.name == LEFT_OUT]
    assert [each.subject for each in alarms] == [culprit.id] and "ZeroDivisionError in broken" in alarms[0].text
    assert [each.total_minor for each in ended.journal if isinstance(each, Receipt)] == [240]


def test_time_itself_is_never_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Shop.step

    def broken(shop: Shop, taken: Any) -> list[AnyRecord]:
        if isinstance(taken, Tick):
            raise ArithmeticError("a filter")
        return step(shop, taken)

    monkeypatch.setattr(Shop, "step", broken)
    with opened(tmp_path, World([]), stall(), Points(), 10**18, START_NS) as runner:
        with pytest.raises(ArithmeticError):
            runner.turn()
        assert runner._inputs.left_out() == {}
