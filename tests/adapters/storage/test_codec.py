"""What the log of inputs holds comes back exactly as it went in."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from the_corner import block, entered, frame, one_of_every_kind, place, same

from saunter.adapters.storage import BooksError, decode_record, encode_record
from saunter.adapters.storage.codec import decode_batch, encode_batch
from saunter.records import AnyRecord, WeightBlock


@pytest.mark.parametrize("record", one_of_every_kind(), ids=lambda record: type(record).__name__)
def test_every_kind_of_record_comes_back_exactly(record: AnyRecord) -> None:
    assert same(decode_record(encode_record(record)), record)


def test_a_batch_comes_back_in_its_order_and_an_empty_one_empty() -> None:
    records = one_of_every_kind()
    back = decode_batch(encode_batch(records))
    assert len(back) == len(records) and all(map(same, back, records))
    assert decode_batch(encode_batch([])) == []


@given(st.data(), st.integers(0, 5), st.integers(1, 3))
def test_any_samples_come_back_to_the_last_bit(data: st.DataObject, samples: int, plates: int) -> None:
    times = data.draw(arrays.arrays(np.int64, samples))
    grams = data.draw(arrays.arrays(np.float32, (samples, plates)))
    told = WeightBlock(place(), tuple(f"p{n}" for n in range(plates)), 50.0, times, grams)
    assert same(decode_record(encode_record(told)), told)


def test_arrays_that_come_back_can_be_written_to() -> None:
    back = decode_record(encode_record(block(1)))
    assert isinstance(back, WeightBlock)
    back.grams[0, 0] = 1.0
    back.times[0] = 1


def test_a_slice_of_a_larger_array_is_written_as_what_it_shows() -> None:
    grams = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
    told = WeightBlock(place(), ("a", "b"), 50.0, np.arange(6, dtype=np.int64)[::2], grams)
    assert same(decode_record(encode_record(told)), told)


def test_grams_that_would_lose_digits_are_refused_with_what_to_do() -> None:
    wide = WeightBlock(place(), ("a",), 50.0, np.zeros(1, np.int64), np.zeros((1, 1)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="holds float64 where float32 fits: convert it where it arises"):
        encode_record(wide)


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x80", encode_record(entered(1))[:-1], encode_record(frame(1)) + b"x"])
def test_bytes_that_are_no_record_are_told(damage: bytes) -> None:
    with pytest.raises(BooksError, match="it is damaged, or a newer version of Saunter wrote it"):
        decode_record(damage)


@pytest.mark.parametrize("damage", [b"", b"\x28", encode_batch([entered(1)])[:-1], encode_record(entered(1))])
def test_bytes_that_are_no_batch_are_told(damage: bytes) -> None:
    with pytest.raises(BooksError, match="it is damaged"):
        decode_batch(damage)


def test_a_block_with_fewer_samples_than_it_says_is_told() -> None:
    packed = msgspec.msgpack.decode(encode_record(block(1)))
    with pytest.raises(BooksError):
        decode_record(msgspec.msgpack.encode({**packed, "grams": packed["grams"][:-4]}))


@pytest.mark.parametrize("record", [entered(1), block(1)], ids=["record", "block"])
def test_a_record_of_a_newer_version_of_the_shop_is_not_guessed_at(record: AnyRecord) -> None:
    packed = msgspec.msgpack.decode(encode_record(record))
    packed["envelope"]["version"] = 2
    with pytest.raises(BooksError, match="has schema version 2, this program knows 1"):
        decode_record(msgspec.msgpack.encode(packed))
