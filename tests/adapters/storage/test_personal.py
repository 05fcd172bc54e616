"""Personal data: one place, no card numbers, and really gone once erased."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text

from saunter.adapters.storage import BooksError, SqlPersonalData, open_personal
from saunter.base.cards import looks_like_card_number
from saunter.ports.books import Agreement, Member, Method, PersonalData, Shopper

ANNE = Shopper(subject="s1", device_hash="d1", language="de", email="anne@shop.example", since=5)
CARD = Method(method="m1", subject="s1", token="tok-anne", last_four="4242", brand="Visa")
WENT = Agreement(subject="s1", purposes=("run the shop", "review"), notice="n1", language="de", at=7)
KIM = Member(name="kim", staff="staff-1", role="reviewer", password="argon2-hash")


def fill(personal: PersonalData) -> None:
    personal.keep_shopper(ANNE)
    personal.keep_method(CARD)
    personal.link("p1", "s1", 10)
    personal.agree(WENT)


def test_who_is_behind_an_opaque_id(personal: SqlPersonalData) -> None:
    fill(personal)
    assert personal.shopper("s1") == personal.by_device("d1") == ANNE
    assert personal.method("m1") == CARD and personal.methods("s1") == [CARD]
    assert personal.subject_of("p1") == "s1" and personal.parties("s1") == ["p1"]
    assert personal.agreements("s1") == [WENT]


def test_nobody_is_behind_an_id_that_was_never_given(personal: SqlPersonalData) -> None:
    personal.keep_shopper(Shopper(subject="s2", device_hash=""))
    assert personal.shopper("s1") is personal.by_device("d1") is personal.by_device("") is personal.method("m1") is None
    assert personal.subject_of("p1") == "" and personal.methods("s1") == personal.parties("s1") == personal.agreements("s1") == []


def test_what_changes_is_changed_and_what_was_agreed_is_kept_beside_the_newer(personal: SqlPersonalData) -> None:
    fill(personal)
    moved = msgspec.structs.replace(ANNE, email="", device_hash="d2")
    personal.keep_shopper(moved)
    personal.keep_method(msgspec.structs.replace(CARD, method="m2"))
    personal.keep_method(msgspec.structs.replace(CARD, token="tok-new"))
    personal.agree(msgspec.structs.replace(WENT, purposes=(), at=9))
    personal.agree(msgspec.structs.replace(WENT, notice="n2"))
    assert personal.shopper("s1") == moved and personal.by_device("d1") is None
    assert [each.method for each in personal.methods("s1")] == ["m2", "m1"]
    assert personal.method("m1") == msgspec.structs.replace(CARD, token="tok-new")
    assert [(each.at, each.notice) for each in personal.agreements("s1")] == [(9, "n1"), (7, "n2"), (7, "n1")]


def test_visits_are_listed_newest_first(personal: SqlPersonalData) -> None:
    for n in range(4):
        personal.link(f"p{n}", "s1", n)
    personal.link("p1", "s1", 9)
    assert personal.parties("s1", limit=3) == ["p1", "p3", "p2"]
    assert personal.parties("s1", before=3) == ["p2", "p0"]


def test_codes_that_nobody_used_are_nobodys_visits(personal: SqlPersonalData) -> None:
    for n in range(4):
        personal.link(f"p{n}", "s1", n)
    personal.unlink([])
    personal.unlink(["p1", "p3", "p9"])
    assert personal.parties("s1") == ["p2", "p0"]
    assert [personal.subject_of(f"p{n}") for n in range(4)] == ["s1", "", "s1", ""]


def test_after_erasure_nothing_of_the_shopper_is_left_and_everything_of_others(personal: SqlPersonalData) -> None:
    fill(personal)
    personal.keep_shopper(Shopper(subject="s2", device_hash="d9"))
    personal.link("p2", "s2", 11)
    personal.erase("s1")
    personal.erase("s1")
    assert personal.shopper("s1") is personal.by_device("d1") is personal.method("m1") is None
    assert personal.subject_of("p1") == "" and personal.methods("s1") == personal.parties("s1") == personal.agreements("s1") == []
    assert personal.shopper("s2") is not None and personal.parties("s2") == ["p2"]


def test_after_erasure_not_a_byte_of_the_shopper_is_in_the_files(tmp_path: Path) -> None:
    personal = open_personal(tmp_path / "personal.db")
    personal.keep_shopper(Shopper(subject="s0", device_hash="d0"))
    fill(personal)

    with personal.database.reading() as connection:
        assert connection.execute(text("PRAGMA secure_delete")).scalar() == 1

    def found() -> set[str]:
        everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        return {word for word in ("anne@shop.example", "tok-anne", "s1", "d1") if word.encode() in everything}

    assert found() == {"anne@shop.example", "tok-anne", "s1", "d1"}
    personal.erase("s1")
    assert found() == set()
    personal.close()
    assert found() == set()


def test_erasing_says_so_when_a_reader_keeps_the_log_from_being_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saunter.adapters.storage.database.BUSY_TIMEOUT_MS", 10)
    personal = open_personal(tmp_path / "personal.db")
    fill(personal)
    with personal.database.reading() as connection:
        connection.execute(text("SELECT * FROM shopper"))
        with pytest.raises(BooksError, match="erase again"):
            personal.erase("s1")
    personal.erase("s1")
    assert personal.shopper("s1") is None
    personal.close()


def test_nobody_cannot_be_erased_kept_or_linked(personal: SqlPersonalData) -> None:
    personal.keep_method(msgspec.structs.replace(CARD, subject=""))
    nobody = Shopper(subject="", device_hash="d")
    for act in (lambda: personal.erase(""), lambda: personal.keep_shopper(nobody), lambda: personal.link("p1", "", 1)):
        with pytest.raises(ValueError, match="an empty subject is nobody"):
            act()
    assert personal.method("m1") is not None


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("token", "4242424242424242"), ("token", "tok_4242-4242-4242-4242"), ("token", "3782 822463 10005"),
        ("last_four", "4242424242424242"), ("last_four", "42424"), ("last_four", "424"), ("last_four", "42.2"),
        ("brand", "Visa 4222222222222"), ("method", "6304000000000000000"),
    ],
)  # fmt: skip
def test_a_card_number_is_refused_and_not_repeated(personal: SqlPersonalData, field: str, number: str) -> None:
    with pytest.raises(ValueError, match=field) as caught:
        personal.keep_method(msgspec.structs.replace(CARD, **{field: number}))
    assert number not in str(caught.value) and personal.methods("s1") == []


def test_a_card_number_is_refused_as_an_address_too(personal: SqlPersonalData) -> None:
    with pytest.raises(ValueError, match="email looks like a card number"):
        personal.keep_shopper(msgspec.structs.replace(ANNE, email="4242 4242 4242 4242"))


@pytest.mark.parametrize("text_", ["", "4242", "4242424242424241", "42424242424", "a4242424242424242b", "12345678901234567890"])
def test_other_numbers_are_no_card_numbers(text_: str) -> None:
    assert not looks_like_card_number(text_)


def test_staff_signs_in_and_out(personal: SqlPersonalData) -> None:
    personal.keep_member(msgspec.structs.replace(KIM, role="manager"))
    personal.keep_member(KIM)
    personal.keep_member(msgspec.structs.replace(KIM, name="Ada"))
    assert [each.name for each in personal.members()] == ["Ada", "kim"]
    assert personal.member("kim") == KIM and personal.member("bo") is None
    for token in ("t1", "t2", "t3"):
        personal.keep_session(token, "kim", until=100)
    personal.keep_session("t3", "kim", until=200)
    assert personal.session("t1", 99) == KIM and personal.session("t9", 1) is None
    personal.end_session("t1")
    assert personal.session("t1", 99) is None and personal.session("t2", 99) == KIM
    assert personal.session("t2", 100) is None and personal.session("t3", 199) == KIM


def test_only_staff_signs_in(personal: SqlPersonalData) -> None:
    with pytest.raises(ValueError, match="no member of staff is called 'bo'"):
        personal.keep_session("t1", "bo", until=9)


def test_several_threads_may_use_it(personal: SqlPersonalData) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: personal.agree(msgspec.structs.replace(WENT, at=n)), range(12)))
    assert [each.at for each in personal.agreements("s1")] == list(range(11, -1, -1))


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    personal = open_personal(tmp_path / "new" / "personal.db")
    fill(personal)
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "new").iterdir()} == {0}
    personal.backup(str(tmp_path / "copy.db"))
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    personal.close()


def test_a_backup_still_knows_who_was_erased_afterwards(personal: SqlPersonalData, tmp_path: Path) -> None:
    fill(personal)
    personal.backup(str(tmp_path / "copy.db"))
    personal.erase("s1")
    copy = open_personal(tmp_path / "copy.db")
    assert (copy.shopper("s1"), copy.methods("s1"), copy.agreements("s1")) == (ANNE, [CARD], [WENT])
    copy.close()


def test_postgres_keeps_no_dead_rows_of_who_was_erased(own_schema: str) -> None:
    personal = open_personal(own_schema)
    fill(personal)
    personal.erase("s1")
    personal.close()
    engine = create_engine(own_schema)
    with engine.connect() as connection:
        sizes = [
            connection.execute(text(f"SELECT pg_relation_size('{name}')")).scalar() for name in ("shopper", "method", "link")
        ]
    engine.dispose()
    assert sizes == [0, 0, 0]


def test_a_fault_in_the_database_prints_nobodys_token_or_address(tmp_path: Path) -> None:
    personal = open_personal(tmp_path / "personal.db")
    try:
        for table, keep in (("method", lambda: personal.keep_method(CARD)), ("shopper", lambda: personal.keep_shopper(ANNE))):
            with personal.database.writing() as connection:
                connection.execute(text(f"ALTER TABLE {table} RENAME TO lost_{table}"))
            with pytest.raises(BooksError) as fault:
                keep()
            printed = "".join(traceback.format_exception(fault.value))
            assert f"no such table: {table}" in printed
            assert not [each for each in (CARD.token, CARD.last_four, ANNE.email, ANNE.device_hash + "'") if each in printed]
    finally:
        personal.close()
