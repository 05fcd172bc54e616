"""How commands speak: nothing half written, nothing obeyed that a product's name contains, no traceback for bad input."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from saunter.apps.output import CannotWrite, bad_input_exits, count_of, refuse_to_replace, visible, warn_problems, written_whole
from saunter.apps.recording_files import MCAP_MAGIC
from saunter.apps.settings import data_folder
from saunter.base.errors import InputProblems, Problem


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with written_whole(path) as stream:
        stream.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]


def test_when_writing_fails_the_old_file_stays_and_no_other_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(b"before")
    with pytest.raises(InputProblems), written_whole(path) as stream:
        stream.write(b"half")
        raise InputProblems([Problem("x", 0, "no")])
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]


def test_a_new_file_may_be_read_by_whom_other_new_files_may(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    with written_whole(tmp_path / "out") as stream:
        stream.write(b"")
    assert (tmp_path / "out").stat().st_mode == plain.stat().st_mode


def test_bad_input_ends_with_every_problem_on_stderr_and_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught, bad_input_exits():
        raise InputProblems([Problem("a.csv", 3, "wrong", "mend it"), Problem("b.csv", 0, "missing")])
    assert caught.value.exit_code == 2
    assert capsys.readouterr() == ("", "a.csv:3: wrong -> mend it\nb.csv: missing\n")


def test_what_the_disk_refuses_is_said_with_the_path_and_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, words in ((tmp_path / "absent", "no such file"), (tmp_path, "is a directory")):
        with pytest.raises(typer.Exit), bad_input_exits():
            path.read_bytes()
        said = capsys.readouterr().err
        assert str(path) in said
        assert words in said
        assert " -> " in said


def test_a_reader_that_went_away_is_not_bad_input() -> None:
    with pytest.raises(BrokenPipeError), bad_input_exits():
        raise BrokenPipeError


def test_a_thousand_problems_are_counted_beyond_the_first_hundred(capsys: pytest.CaptureFixture[str]) -> None:
    warn_problems(Problem("a.csv", line, "wrong") for line in range(1, 1001))
    rows = capsys.readouterr().err.splitlines()
    assert (len(rows), rows[-1]) == (101, "... and 900 more problems")


def test_terminal_escapes_in_a_name_are_shown_and_not_obeyed() -> None:
    assert visible("Oat \x1b[31mbar\r\x07, ünïted\n\tok") == "Oat \\x1b[31mbar\\r\\x07, ünïted\n\tok"


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert all(mark.isprintable() or mark in "\n\t" for mark in shown)


def test_data_is_where_the_environment_says_else_beside_the_working_directory() -> None:
    assert data_folder({"SAUNTER_DATA": "/data"}) == Path("/data")
    assert data_folder({}) == data_folder({"SAUNTER_DATA": ""}) == Path("../shared/data")


def test_a_file_of_another_kind_is_never_written_over(tmp_path: Path) -> None:
    story, recording, missing = tmp_path / "tea.scn", tmp_path / "tea.mcap", tmp_path / "new.mcap"
    story.write_text("story: Tea\n")
    recording.write_bytes(MCAP_MAGIC + b"rest")
    refuse_to_replace(recording, MCAP_MAGIC, "recording")
    refuse_to_replace(missing, MCAP_MAGIC, "recording")
    with pytest.raises(
        InputProblems, match=r"tea\.scn: exists and is no recording, so it is not written over -> give another name"
    ):
        refuse_to_replace(story, MCAP_MAGIC, "recording")
    with pytest.raises(InputProblems, match="is no JSON file of receipts"):
        refuse_to_replace(recording, b"{", "JSON file of receipts")


@pytest.mark.parametrize(
    ("number", "words", "remedy"),
    [
        (errno.ENOSPC, "no space left on device", "free some space"),
        (errno.EACCES, "permission denied", "give a place that you may write to"),
        (errno.EIO, "input/output error", "give another place"),
    ],
)
def test_a_refused_write_names_the_file_that_was_asked_for_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, words: str, remedy: str
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "hidden.part")

    path = tmp_path / "out.mcap"
    for name in ("tempfile.mkstemp", "os.fsync"):
        with monkeypatch.context() as broken, pytest.raises(typer.Exit), bad_input_exits():
            broken.setattr(name, refuses)
            with written_whole(path) as stream:
                stream.write(b"half")
        said = capsys.readouterr().err
        assert said.startswith(f"{path}: cannot be written: {words} -> {remedy}")
        assert ".part" not in said
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full, the disk that is always full")
def test_a_full_disk_is_told_by_the_name_of_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = tmp_path / ".out.part"
    part.symlink_to("/dev/full")
    monkeypatch.setattr("tempfile.mkstemp", lambda **_: (os.open(part, os.O_RDWR), str(part)))
    with pytest.raises(CannotWrite) as caught, written_whole(tmp_path / "out.mcap") as stream:
        stream.write(b"x" * 100_000)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "out.mcap"))
    assert [*tmp_path.iterdir()] == []


def test_what_else_goes_wrong_while_a_file_is_written_keeps_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent") as caught, written_whole(tmp_path / "out") as stream:
        stream.write((tmp_path / "absent").read_bytes())
    assert not isinstance(caught.value, CannotWrite)


def test_a_result_in_a_folder_that_is_none_or_on_a_folder_says_so(tmp_path: Path) -> None:
    for path, number in (
        (tmp_path / "no" / "out", errno.ENOENT),
        (tmp_path, errno.EISDIR),
        (tmp_path / ("n" * 300), errno.ENAMETOOLONG),
    ):
        with pytest.raises(CannotWrite) as caught, written_whole(path) as stream:
            stream.write(b"one")
        assert (caught.value.errno, caught.value.filename) == (number, str(path))
    assert [*tmp_path.iterdir()] == []


def test_nouns_follow_their_numbers() -> None:
    assert [count_of(n, "visit") for n in (0, 1, 2)] == ["0 visits", "1 visit", "2 visits"]
    assert count_of(2, "box", "boxes") == "2 boxes"
