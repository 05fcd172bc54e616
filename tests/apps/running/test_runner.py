"""The loop of a running shop: whatever kills it, the books are in the end as if nothing had happened."""

from __future__ import annotations

import pickle
import tempfile
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.apps.running.the_counter import BEGINS, TURN, Ended, Gone, Points, World, everything, opened, trade, world
from tests.pipeline.the_stall import Provider, envelope, stall

from saunter.apps.running.crash_points import CRASH_POINTS
from saunter.apps.running.runner import INPUTS_KEPT, TOLD_MAX, Answer, Runner, heard_so_far
from saunter.base.errors import Refused
from saunter.base.time import SECOND
from saunter.records import (
    AnyRecord,
    Correction,
    GateCommand,
    KeyPresented,
    PaymentCommand,
    PeopleFrame,
    Receipt,
    StoreCommand,
    Tick,
    WeightBlock,
)
from saunter.simulation.table import START_NS

#: A provider that mislays answers: holds and captures are looked up.
MISLAID = {"authorise": ["unknown"], "capture": ["lost"], "refund": ["late"], "look_up": ["", "unknown"]}


def traded(kills: list[int], *, every: int = 5 * SECOND, is_ill: bool = False) -> Ended:
    with tempfile.TemporaryDirectory() as folder:
        return trade(Path(folder), kills, every=every, provider=Provider(**MISLAID) if is_ill else None, seconds=40)


@cache
def undisturbed(*, is_ill: bool = False) -> Ended:
    return traded([], is_ill=is_ill)


def same(one: Ended, other: Ended) -> None:
    assert one.journal == other.journal
    assert one.documents == other.documents
    assert one.outbox == other.outbox
    assert one.sums == other.sums


@pytest.mark.slow
def test_an_undisturbed_trade_is_paid_disputed_given_back_and_closed() -> None:
    for is_ill in (False, True):
        ended = undisturbed(is_ill=is_ill)
        assert [each.total_minor for each in ended.journal if isinstance(each, Receipt)] == [240]
        assert [each.total_minor for each in ended.journal if isinstance(each, Correction)] == [120]
        assert ended.sums == {"pay/p1": 120}
        assert ended.outbox == []
        assert not any(isinstance(each, WeightBlock | PeopleFrame | Tick) for each in ended.journal)
        assert [each.key for each in ended.documents["moment"]]


@pytest.mark.slow
def test_every_crash_point_of_the_loop_is_reached_in_a_small_trade() -> None:
    of_the_loop = {name for name in CRASH_POINTS if "provider" not in name and name != "after-outcome-told"}
    assert set(undisturbed().points) == of_the_loop
    assert min(undisturbed().points.values()) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("is_ill", [False, True])
def test_killed_five_times_on_one_day_nothing_is_lost_and_nothing_doubled(is_ill: bool) -> None:
    ended = traded([93, 31, 57, 44, 60], is_ill=is_ill)
    assert ended.lives == 6
    same(ended, undisturbed(is_ill=is_ill))


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(kills=st.lists(st.integers(1, 280), min_size=1, max_size=3), every=st.sampled_from([2, 5, 1000]), is_ill=st.booleans())
def test_killed_anywhere_and_recovered_the_books_are_as_if_nothing_had_happened(
    kills: list[int], every: int, is_ill: bool
) -> None:
    ended = traded(kills, every=every * SECOND, is_ill=is_ill)
    assert ended.lives >= 2
    same(ended, undisturbed(is_ill=is_ill))


@pytest.mark.slow
@pytest.mark.parametrize("kill", range(112, 132, 2))
def test_a_look_up_that_was_asked_before_the_kill_is_closed_after_it(kill: int) -> None:
    assert traded([kill], is_ill=True).outbox == []


@pytest.mark.slow
def test_recovering_from_a_snapshot_equals_recovering_from_the_inputs_alone(tmp_path: Path) -> None:
    trade(tmp_path, seconds=8)
    source, points, found = World(world()), Points(), []
    for is_kept in (True, False):
        with opened(tmp_path, source, stall(), points, 10**18, START_NS) as runner:
            if not is_kept:
                runner._inputs.snapshots = list  # type: ignore[method-assign]
            taken = runner.recover()
            state = runner.state
            found.append((taken, rooms(runner), state.seen, state.notes, state.look_ups, state.ticks, state.now, state.plates))
    assert found[0][0] < found[1][0]
    assert found[0][1:] == found[1][1:]


def rooms(runner: Runner) -> list[bytes]:
    shop = runner.state.shop
    own = (shop.opening, shop.consent, shop.entry, shop.payment, shop.guard, shop.approvals, shop.disputes, shop.settlement)
    return [room.snapshot() for room in (*own, shop.ledger, shop.pipeline.review)]


@pytest.mark.slow
def test_a_snapshot_of_another_version_or_shop_is_passed_over(tmp_path: Path) -> None:
    trade(tmp_path, seconds=1)
    with opened(tmp_path, World(world()), stall(), Points(), 10**18, START_NS) as runner:
        runner._inputs.save(runner._inputs.last(), pickle.dumps(("0.0-other", "stall", None)))
        runner._inputs.save(runner._inputs.last() - 1, pickle.dumps(("0.0-other", "stall", None)))
        assert runner.recover() == runner._inputs.last()


@pytest.mark.slow
def test_no_command_without_its_stamp_reaches_the_outbox_or_the_gate(tmp_path: Path) -> None:
    source = World(world()[:3])
    with opened(tmp_path, source, stall(), Points(), 10**18, BEGINS) as runner:
        runner.state.shop.guard._hold_minor = 100
        for _ in range(42):
            runner.turn()
        said = [type(record) for _, record in runner.books.records()]
        assert PaymentCommand in said
        assert runner.books.outgoing(2**62) == []


@pytest.mark.slow
def test_a_gate_hears_only_of_commands_that_were_stamped(tmp_path: Path) -> None:
    for is_held_back in (False, True):
        source, folder = World(world()[:3]), tmp_path / str(is_held_back)
        folder.mkdir()
        with opened(folder, source, stall(), Points(), 10**18, BEGINS) as runner:
            for _ in range(38):
                runner.turn()
            if is_held_back:
                runner.state.shop.guard._memory.books._known("p1").opened = True
            _pay(runner)
            said = [record for _, record in runner.books.records() if isinstance(record, GateCommand)]
        assert len(said) == 1
        assert [each for each in source.heard if isinstance(each, GateCommand)] == ([] if is_held_back else said)


def _pay(runner: Runner) -> None:
    """Everything in the outbox is carried out, until nothing more comes."""
    provider = Provider()
    for _ in range(6):
        for outgoing in runner.books.outgoing(2**62):
            command = msgspec.json.decode(outgoing.body, type=PaymentCommand)
            for outcome in provider.answers(command):
                runner.tell_outcome(outcome)
        runner.turn()


class Repeating(World):
    """Says everything again and again, and some of it twice at once."""

    def until(self, now: int) -> list[AnyRecord]:
        found = super().until(now)
        return [*found, *found[-3:]]


@pytest.mark.slow
def test_what_a_source_says_twice_is_taken_once(tmp_path: Path) -> None:
    with opened(tmp_path, Repeating(world()), stall(), Points(), 10**18, BEGINS) as runner:
        for _ in range(44):
            runner.turn()
        logged = [record.id for _, batch in runner._inputs.read() for record in batch]
    assert len(logged) == len(set(logged)) > 60


def test_a_refused_input_is_answered_with_its_reason_and_leaves_the_books_alone(tmp_path: Path) -> None:
    answers: list[list[AnyRecord] | Refused] = []
    with opened(tmp_path, World([]), stall(), Points(), 10**18, START_NS) as runner:
        runner.tell(StoreCommand(envelope=runner.envelope("staff"), action="open"), Answer(answers.append))
        runner.turn()
        before = everything(runner.books)
        runner.tell(StoreCommand(envelope=runner.envelope("staff"), action="open"), Answer(answers.append))
        runner.tell(KeyPresented(envelope=runner.envelope("codes"), gate="x", code_hash="ab"), Answer(answers.append))
        runner.turn()
        assert everything(runner.books) == before
    assert isinstance(answers[0], list)
    assert [type(each) for each in answers[1:]] == [Refused, Refused]
    assert all(str(each) for each in answers[1:])


def test_whoever_tells_more_than_the_shop_can_take_is_told_to_come_again(tmp_path: Path) -> None:
    with opened(tmp_path, World([]), stall(), Points(), 10**18, START_NS) as runner:
        for number in range(TOLD_MAX):
            runner._told.append((StoreCommand(envelope=envelope("x", number, START_NS), action="open"), None))
        with pytest.raises(Refused, match="try again"):
            runner.tell(StoreCommand(envelope=runner.envelope("staff"), action="open"))


def test_an_answer_comes_only_after_it_is_in_the_books(tmp_path: Path) -> None:
    seen: list[int] = []
    with opened(tmp_path, World([]), stall(), Points(), 10**18, START_NS) as runner:
        books = runner.books
        answer = Answer(lambda reply: seen.append(len(list(books.records()))))
        runner.tell(StoreCommand(envelope=runner.envelope("staff"), action="open"), answer)
        runner.turn()
    assert seen == [2]


def test_a_kill_inside_the_transaction_leaves_the_books_as_they_were(tmp_path: Path) -> None:
    with opened(tmp_path, World(world()), stall(), Points(), 10**18, BEGINS) as runner:
        runner._points = Points(10)
        with pytest.raises(Gone, match="inside-books-commit"):
            for _ in range(9):
                runner.turn()
        assert everything(runner.books)[0] == []
        assert runner.books.progress() == 0


@pytest.mark.slow
def test_inputs_older_than_an_hour_are_forgotten_and_where_streams_stood_is_not(tmp_path: Path) -> None:
    with opened(tmp_path, World(world()[:3]), stall(), Points(), 600 * SECOND, BEGINS) as runner:
        runner.recover()
        for _ in range(5):
            runner.turn()
        runner._turn = 300 * SECOND
        while runner.state.now < START_NS + INPUTS_KEPT + 1500 * SECOND:
            runner.turn()
        kept = [number for number, _ in runner._inputs.read()]
        assert kept[0] > 5
        assert heard_so_far(runner._inputs, "stall") == (runner.state.seen, runner.state.now)
        assert runner.state.seen.keys() >= {"staff", "keys", "codes"}


def test_a_turn_takes_as_long_as_it_is_told_and_late_ones_are_measured(tmp_path: Path) -> None:
    with opened(tmp_path, World([]), stall(), Points(), 10**18, START_NS) as runner:
        runner.turn()
        runner.turn()
        assert (runner.turns, runner.late_s, runner.state.now) == (2, 0.0, START_NS + TURN)
        runner.run(lambda: runner.turns == 5)
        assert runner.turns == 5
        assert runner._inputs.snapshots()[0][0] == 5
