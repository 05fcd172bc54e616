"""Backups, the check of the books and the list of staff, as a shopkeeper types them."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from the_loaf import saunter
from typer.testing import CliRunner

from saunter.adapters.storage import open_books, open_personal
from saunter.apps.main import app
from saunter.apps.running.opening import BOOKS, PERSONAL, only_one
from saunter.ports.books import Shopper
from saunter.records import Correction, CorrectionLine, Envelope, PersonErased, Receipt, ReceiptLine, VisitChanged

PASSWORD = "open sesame, please"


def place(stream: str, sequence: int = 0) -> Envelope:
    return Envelope(store="corner", stream=stream, sequence=sequence, happened=sequence, arrived=sequence)


def visit(sequence: int) -> VisitChanged:
    return VisitChanged(envelope=place("visits", sequence), visit=f"visit-{sequence}", party=f"p{sequence}", state="shopping")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The data folder of a corner shop that had two visits and knows one shopper."""
    folder = tmp_path / "shop"
    folder.mkdir()
    with closing(open_books(folder / BOOKS, "corner")) as books, books.writing() as writing:
        writing.append([visit(0), visit(1)])
    with closing(open_personal(folder / PERSONAL)) as personal:
        personal.keep_shopper(Shopper(subject="s1", device_hash="d1"))
    return folder


def add(shop: Path, name: str, *words: str, password: str = PASSWORD) -> Result:
    command = ["staff", "add", name, *words, "--data", str(shop)]
    return CliRunner().invoke(app, command, input=password + "\n")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# -- staff -----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_reviewer_is_added_listed_and_gets_a_new_password(shop: Path) -> None:
    first, again = add(shop, "ada", "--role", "reviewer"), add(shop, " ada ", "--role", "manager", password="another password")
    assert first.stdout == "ada (reviewer) may sign in, at /staff/sign-in\n"
    assert again.stdout == "ada (manager) was there already and has a new password, at /staff/sign-in\n"
    assert json.loads(saunter("staff", "list", "--data", shop, "--json").stdout) == {
        "members": [{"name": "ada", "role": "manager"}]
    }
    assert saunter("staff", "list", "--data", shop).stdout == "manager   ada\n"


@pytest.mark.slow
def test_the_password_is_kept_as_its_hash_only_and_opens_the_door(shop: Path) -> None:
    from argon2 import PasswordHasher

    add(shop, "ada", "--role", "reviewer")
    with closing(open_personal(shop / PERSONAL)) as personal:
        (member,) = personal.members()
    assert PasswordHasher().verify(member.password, PASSWORD)
    assert not any(PASSWORD.encode() in content for content in files(shop).values())


def test_a_short_password_and_an_empty_name_are_told_at_once_and_nobody_is_added(shop: Path) -> None:
    done = add(shop, " ", "--role", "staff", password="short")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "nobody was added: give a name to sign in with; a password has at least 10 characters\n"
    assert saunter("staff", "list", "--data", shop).stdout == ""


def test_no_option_takes_a_password(shop: Path) -> None:
    assert add(shop, "ada", "--role", "staff", "--password", PASSWORD).exit_code == 2
    assert "--password" not in saunter("staff", "add", "--help").stdout


def test_a_role_that_there_is_not_is_refused(shop: Path) -> None:
    done = add(shop, "ada", "--role", "king")
    assert done.exit_code == 2
    assert "reviewer" in done.stderr


@pytest.mark.parametrize(
    "words", [("staff", "list"), ("staff", "add", "ada", "--role", "staff"), ("backup", "copy"), ("books", "check")]
)
def test_a_folder_that_is_no_shops_is_named_and_nothing_is_made_in_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    empty, absent = tmp_path / "empty", tmp_path / "absent"
    empty.mkdir()
    for folder, what in ((empty, "is no shop's data folder"), (absent, "there is no such folder")):
        done = saunter(*words, "--data", folder)
        assert (done.exit_code, done.stdout) == (2, "")
        assert what in done.stderr
        assert str(folder) in done.stderr
    assert list(tmp_path.rglob("*")) == [empty]


# -- backups ---------------------------------------------------------------------------------------------------------------


def test_a_backup_is_made_while_the_shop_is_open_and_put_back_as_it_was(shop: Path, tmp_path: Path) -> None:
    copy, restored = tmp_path / "backups" / "monday", tmp_path / "restored"
    with only_one(shop), closing(open_books(shop / BOOKS, "corner")) as books:
        made = saunter("backup", copy, "--data", shop)
        with books.writing() as writing:
            writing.append([visit(2)])
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith(f"the books of corner and the personal data are in {copy}\nNot in it:\n  the log of inputs")
    assert sorted(path.name for path in copy.iterdir()) == [BOOKS, PERSONAL]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700

    before = files(copy)
    back = saunter("restore", copy, "--data", restored)
    assert back.exit_code == 0, back.output
    assert files(copy) == before
    with closing(open_books(restored / BOOKS, "corner")) as books, closing(open_personal(restored / PERSONAL)) as personal:
        assert [record for _, record in books.records()] == [visit(0), visit(1)]
        assert personal.by_device("d1") == Shopper(subject="s1", device_hash="d1")


def test_who_was_erased_by_the_books_is_erased_from_what_is_put_back(shop: Path, tmp_path: Path) -> None:
    with closing(open_books(shop / BOOKS, "corner")) as books, books.writing() as writing:
        writing.append([PersonErased(envelope=place("web/erasures"), subject="s1")])
    saunter("backup", tmp_path / "copy", "--data", shop)
    back = saunter("restore", tmp_path / "copy", "--data", tmp_path / "restored")
    assert "1 shopper whom the books know to be erased: erased again\n" in back.stdout
    with closing(open_personal(tmp_path / "restored" / PERSONAL)) as personal:
        assert personal.by_device("d1") is None


def test_nothing_is_ever_written_over(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert saunter("backup", copy, "--data", shop).exit_code == 0
    there = files(shop), files(copy)
    for words, what in (
        (("backup", copy, "--data", shop), "is there already: nothing is overwritten -> name a new folder"),
        (("restore", copy, "--data", shop), f"holds {BOOKS}, {PERSONAL} already: nothing is overwritten"),
    ):
        done = saunter(*words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert what in done.stderr
    assert (files(shop).keys() - {"lock"}, files(copy)) == (there[0].keys(), there[1])
    assert {name: content for name, content in files(shop).items() if name != "lock"} == there[0]


@pytest.mark.parametrize("left", ["inputs.db", "provider.db", "secrets"])
def test_what_is_left_of_another_shop_is_not_mixed_with_a_backup(shop: Path, tmp_path: Path, left: str) -> None:
    saunter("backup", tmp_path / "copy", "--data", shop)
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / left).touch()
    done = saunter("restore", tmp_path / "copy", "--data", tmp_path / "restored")
    assert done.exit_code == 2
    assert f"holds {left} already" in done.stderr


def test_a_shop_that_is_open_cannot_be_restored_into(shop: Path, tmp_path: Path) -> None:
    saunter("backup", tmp_path / "copy", "--data", shop)
    (tmp_path / "open").mkdir()
    with only_one(tmp_path / "open"):
        done = saunter("restore", tmp_path / "copy", "--data", tmp_path / "open")
    assert done.exit_code == 2
    assert "another process runs this shop" in done.stderr
    assert [path.name for path in (tmp_path / "open").iterdir()] == ["lock"]


def test_of_a_backup_that_is_half_damaged_nothing_is_put_back(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    saunter("backup", copy, "--data", shop)
    (copy / PERSONAL).write_bytes(b"something else" * 100)
    for restored in (tmp_path / "new", tmp_path / "empty"):
        if restored.name == "empty":
            restored.mkdir()
        done = saunter("restore", copy, "--data", restored)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"{PERSONAL} is damaged, or no backup" in done.stderr
    assert not (tmp_path / "new").exists()
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["lock"]


def test_of_a_backup_that_breaks_off_nothing_is_left(shop: Path, tmp_path: Path) -> None:
    (shop / PERSONAL).write_bytes(b"something else" * 100)
    before = sorted(os.listdir(tmp_path))
    done = saunter("backup", tmp_path / "copy", "--data", shop)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sorted(os.listdir(tmp_path)) == before


# -- the check -------------------------------------------------------------------------------------------------------------


def test_whole_books_are_whole(shop: Path) -> None:
    done = saunter("books", "check", "--data", shop)
    assert (done.exit_code, done.stdout) == (0, "the books of corner are whole\n")
    assert json.loads(saunter("books", "check", "--data", shop, "--json").stdout) == {
        "store": "corner", "progress": 0, "problems": [],
    }  # fmt: skip


def test_a_record_that_went_missing_is_told_with_exit_status_1(shop: Path) -> None:
    with closing(sqlite3.connect(shop / BOOKS)) as raw, raw:
        raw.execute("DELETE FROM journal WHERE sequence = 0")
    done = saunter("books", "check", "--data", shop)
    assert done.exit_code == 1
    assert "stream visits lacks 0\n" in done.stdout
    assert json.loads(saunter("books", "check", "--data", shop, "--json").stdout)["problems"]


def test_money_given_back_beyond_its_receipt_is_told_when_a_backup_is_put_back(shop: Path, tmp_path: Path) -> None:
    sums = {"net_minor": 262, "tax_minor": 18, "total_minor": 280}
    line = ReceiptLine(
        sku="bread", gtin="", name="Loaf", quantity=1, unit_price_minor=280, tax_code="food", tax_rate="0.07", probability=1.0,
        because=(), **sums,
    )  # fmt: skip
    of = {"visit": "visit-0", "party": "p0", "currency": "EUR"}
    receipt = Receipt(envelope=place("receipts"), lines=(line,), **of, **sums)
    back = CorrectionLine(sku="bread", name="Loaf", quantity=1, **sums)
    corrections = [
        Correction(envelope=place("corrections", n), receipt=receipt.id, lines=(back,), reason="not taken", **of, **sums)
        for n in (0, 1)
    ]
    with closing(open_books(shop / BOOKS, "corner")) as books, books.writing() as writing:
        writing.append([receipt, *corrections])
    saunter("backup", tmp_path / "copy", "--data", shop)
    done = saunter("restore", tmp_path / "copy", "--data", tmp_path / "restored")
    assert done.exit_code == 1
    assert f"corrections give back 560 of receipt {receipt.id}, which came to 280" in done.stderr


def test_of_several_stores_in_one_database_one_must_be_named(shop: Path) -> None:
    with closing(open_books(shop / BOOKS, "kiosk")):
        pass
    for words in ((), ("--store", "bakery")):
        done = saunter("books", "check", "--data", shop, *words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "the books hold corner, kiosk" in done.stderr
    assert saunter("books", "check", "--data", shop, "--store", "kiosk").stdout == "the books of kiosk are whole\n"
