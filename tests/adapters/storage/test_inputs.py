"""The log of inputs: durable batches, snapshots to go on from, and forgetting no more than may be forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from the_corner import block, entered, frame, same, tick

from saunter.adapters.storage import BooksError, SqlInputLog, open_inputs
from saunter.base.errors import InputProblems, Refused
from saunter.ports.books import InputLog
from saunter.records import PeopleFrame


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inputs.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqlInputLog]:
    opened = open_inputs(path, "corner")
    yield opened
    opened.close()


def numbers(log: SqlInputLog, after: int = 0) -> list[int]:
    return [number for number, _ in log.read(after)]


def meddle(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        assert raw.execute(statement).rowcount == 1


def test_an_empty_log_has_nothing_to_go_on_from(log: SqlInputLog) -> None:
    port: InputLog = log
    assert (port.last(), list(port.read()), port.snapshots()) == (0, [], [])


def test_what_broke_the_program_is_remembered_with_its_first_reason(log: SqlInputLog, path: Path) -> None:
    port: InputLog = log
    assert port.left_out() == {}
    for record, why in (("corner/a/0", "a fault"), ("corner/a/0", "another"), ("corner/b/7", "")):
        port.leave_out(record, why)
    again = open_inputs(path, "corner")
    assert again.left_out() == {"corner/a/0": "a fault", "corner/b/7": ""}
    again.close()


def test_batches_come_back_in_order_exactly_and_with_what_people_looked_like(log: SqlInputLog, path: Path) -> None:
    batches = [[block(0), frame(0), tick(0)], [], [block(1, samples=0), entered(1)]]
    assert [log.append(batch) for batch in batches] == [1, 2, 3]
    again = open_inputs(path, "corner")
    back = list(again.read())
    assert [number for number, _ in back] == [1, 2, 3] and again.last() == 3
    assert all(
        same(one, other) for (_, read), batch in zip(back, batches, strict=True) for one, other in zip(read, batch, strict=True)
    )
    assert isinstance(back[0][1][1], PeopleFrame) and back[0][1][1].people[0].appearance == (0.6, -0.8)
    again.close()


def test_reading_goes_on_after_a_number_and_over_what_is_added_meanwhile(
    log: SqlInputLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saunter.adapters.storage.inputs.PAGE_BATCHES", 2)
    for n in range(5):
        log.append([tick(n)])
    reading = log.read(after=2)
    assert next(reading)[0] == 3
    log.append([tick(5)])
    assert [number for number, _ in reading] == [4, 5, 6]
    assert numbers(log, after=6) == numbers(log, after=60) == []


def test_the_two_newest_snapshots_are_kept(log: SqlInputLog) -> None:
    for n in range(4):
        log.append([tick(n)])
        log.save(n + 1, f"state {n + 1}".encode() * 100)
    assert log.snapshots() == [(4, b"state 4" * 100), (3, b"state 3" * 100)]
    log.save(4, b"again")
    log.save(2, b"an older one is not kept beside two newer ones")
    assert log.snapshots() == [(4, b"again"), (3, b"state 3" * 100)]


@pytest.mark.parametrize("number", [-1, 2])
def test_a_snapshot_is_of_a_batch_that_the_log_has(log: SqlInputLog, number: int) -> None:
    log.append([tick(0)])
    with pytest.raises(ValueError, match="holds those from 1 to 1"):
        log.save(number, b"state")


def test_a_snapshot_from_which_nobody_could_go_on_any_more_is_refused(log: SqlInputLog) -> None:
    for n in range(3):
        log.append([tick(n)])
    log.save(2, b"two")
    log.forget(3)
    with pytest.raises(ValueError, match="holds those from 3 to 3"):
        log.save(1, b"one")
    log.save(3, b"three")
    assert [number for number, _ in log.snapshots()] == [3, 2]


def test_a_damaged_snapshot_is_passed_over_and_never_pushes_out_a_whole_one(log: SqlInputLog, path: Path) -> None:
    for n in range(3):
        log.append([tick(n)])
    log.save(1, b"one")
    log.save(2, b"two")
    meddle(path, "UPDATE snapshot SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB) WHERE number = 2")
    assert log.snapshots() == [(1, b"one")]
    log.save(3, b"three")
    assert log.snapshots() == [(3, b"three"), (1, b"one")]


def test_a_snapshot_whose_part_of_the_file_is_destroyed_is_passed_over_too(tmp_path: Path) -> None:
    log = open_inputs(tmp_path / "inputs.db", "corner")
    log.append([tick(0)])
    log.append([tick(1)])
    log.save(1, np.random.default_rng(1).bytes(9000))
    log.save(2, np.random.default_rng(2).bytes(9000))
    log.close()
    content = bytearray((tmp_path / "inputs.db").read_bytes())
    spoilt = content.index(np.random.default_rng(2).bytes(9000)[5000:5100])  # on a page of overflow: its link goes astray
    content[spoilt // 4096 * 4096 : spoilt // 4096 * 4096 + 4096] = b"\xff" * 4096
    (tmp_path / "inputs.db").write_bytes(content)
    again = open_inputs(tmp_path / "inputs.db", "corner")
    assert [number for number, _ in again.snapshots()] == [1]
    again.close()


def test_what_a_snapshot_needs_is_never_forgotten(log: SqlInputLog) -> None:
    for n in range(6):
        log.append([tick(n)])
    log.forget(5)
    assert numbers(log) == [1, 2, 3, 4, 5, 6]
    log.save(3, b"three")
    log.save(5, b"five")
    log.forget(2)
    assert numbers(log) == [2, 3, 4, 5, 6]
    log.forget(100)
    assert numbers(log) == numbers(log, after=2) == [4, 5, 6]
    log.forget(1)
    assert log.append([tick(6)]) == 7 and log.last() == 7


def test_much_is_forgotten_piece_by_piece(log: SqlInputLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saunter.adapters.storage.inputs.FORGET_BATCHES", 2)
    for n in range(7):
        log.append([tick(n)])
    log.save(6, b"six")
    log.forget(6)
    assert numbers(log) == [6, 7]


def test_what_was_forgotten_is_overwritten_in_the_file(log: SqlInputLog, path: Path) -> None:
    log.append([tick(0)])
    meddle(path, "UPDATE batch SET body = CAST('looks like p1' AS BLOB)")
    log.append([tick(1)])
    log.save(2, b"two")
    log.forget(2)
    log.close()
    assert b"looks like p1" not in path.read_bytes()


def test_damaged_and_missing_batches_are_told(log: SqlInputLog, path: Path) -> None:
    for n in range(3):
        log.append([tick(n)])
    meddle(path, "UPDATE batch SET body = x'00' WHERE number = 3")
    with pytest.raises(BooksError, match="batch 3 of the log of inputs is damaged"):
        numbers(log)
    meddle(path, "DELETE FROM batch WHERE number = 2")
    with pytest.raises(BooksError, match="batch 2 of the log of inputs is missing"):
        numbers(log)


def test_readings_of_another_store_are_refused(log: SqlInputLog) -> None:
    with pytest.raises(Refused, match="ticks:0 belong to another store than 'corner'"):
        log.append([tick(1), tick(0, "elsewhere")])
    assert log.last() == 0


def test_a_log_is_of_one_store(log: SqlInputLog, path: Path) -> None:
    with pytest.raises(BooksError, match="is the log of store 'corner', not of 'elsewhere'"):
        open_inputs(path, "elsewhere")


def test_a_log_is_a_local_file_of_a_store_with_a_name(path: Path) -> None:
    with pytest.raises(InputProblems, match="always a local file"):
        open_inputs("postgresql://127.0.0.1/test", "corner")
    with pytest.raises(ValueError, match="no id of a store"):
        open_inputs(path, "")


STEPS = st.one_of(
    st.just(("append", 0)), st.tuples(st.just("save"), st.integers(0, 9)), st.tuples(st.just("forget"), st.integers(0, 12))
)


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(STEPS, max_size=12))
def test_a_shop_can_always_go_on_from_each_of_its_snapshots(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    log = open_inputs(tmp_path_factory.mktemp("log") / "inputs.db", "corner")
    saved: set[int] = set()
    forgotten = 0
    for verb, number in steps:
        if verb == "append":
            log.append([tick(log.last())])
        elif verb == "forget":
            log.forget(number)
            forgotten = max(forgotten, min(number - 1, min(saved, default=0)))
        elif forgotten <= number <= log.last():
            log.save(number, str(number).encode())
            saved = set(sorted(saved | {number})[-2:])
        assert log.snapshots() == [(number, str(number).encode()) for number in sorted(saved, reverse=True)]
        for first in saved or {0}:
            assert numbers(log, after=first) == list(range(first + 1, log.last() + 1))
    log.close()
