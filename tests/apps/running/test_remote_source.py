"""A world outside the shop's process: what it handed out and the shop never logged comes again, and it hears nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.pipeline.the_stall import envelope

from saunter.apps.running.remote_source import RemoteSource, SourceServer
from saunter.records import AnyRecord, KeyPresented, StoreChanged, Tick


def key(number: int, at: int) -> KeyPresented:
    return KeyPresented(envelope=envelope("codes", number, at), gate="door", code_hash="ab")


def changed(number: int) -> StoreChanged:
    return StoreChanged(envelope=envelope("opening", number, number), state="open", mode="automatic")


class Street:
    """Three keys, one every ten; a tick of its own that nobody is told."""

    def __init__(self) -> None:
        self.left: list[AnyRecord] = [key(0, 10), Tick(envelope=envelope("t", 0, 10)), key(1, 20), key(2, 30)]
        self.heard: list[AnyRecord] = []

    def until(self, now: int) -> list[AnyRecord]:
        found = [each for each in self.left if each.envelope.arrived <= now]
        self.left = [each for each in self.left if each.envelope.arrived > now]
        return found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        self.heard += records

    def is_over(self) -> bool:
        return not self.left


def numbers(records: Sequence[AnyRecord]) -> list[int]:
    return [each.envelope.sequence for each in records]


def test_what_was_handed_out_and_never_logged_comes_again_to_the_next_life(tmp_path: Path) -> None:
    with SourceServer(Street(), tmp_path / "world"):
        first = RemoteSource(tmp_path / "world", {})
        assert numbers(first.until(20)) == [0, 1]
        first.close()
        logged = {"codes": 0}
        second = RemoteSource(tmp_path / "world", logged)
        assert numbers(second.until(20)) == [1]
        assert numbers(second.until(30)) == [1, 2]
        assert not second.is_over()
        logged["codes"] = 2
        assert second.until(40) == []
        assert second.is_over()
        second.close()


def test_what_is_told_twice_is_heard_once(tmp_path: Path) -> None:
    street = Street()
    with SourceServer(street, tmp_path / "world"):
        first = RemoteSource(tmp_path / "world", {})
        first.hear([changed(0), changed(1)])
        first.hear([])
        first.close()
        second = RemoteSource(tmp_path / "world", {})
        second.hear([changed(0), changed(1), changed(2)])
        second.close()
    assert numbers(street.heard) == [0, 1, 2]


def test_a_shop_that_dies_in_the_middle_of_a_question_does_not_end_the_world(tmp_path: Path) -> None:
    with SourceServer(Street(), tmp_path / "world"):
        first = RemoteSource(tmp_path / "world", {})
        first._connection.send_bytes(b"")
        first.close()
        second = RemoteSource(tmp_path / "world", {})
        assert numbers(second.until(10)) == [0]
        second.close()
