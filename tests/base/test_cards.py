"""Card numbers are found however they are written, goods are not taken for them, and a refusal never repeats one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saunter.base.cards import CARD_DIGITS_MAX, CARD_DIGITS_MIN, looks_like_card_number, refuse_card_numbers

#: Numbers that providers publish for tests.
TEST_CARDS = ("4242424242424242", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904", "4222222222222")
SPACINGS = st.sampled_from(
    ["", " ", "-", "  ", " - ", "\u00a0", "\u2009", "\u2011", "\u2013", "\u2212", ".", "\t", "\n", "\u200b"]
)


def sum_of_luhn(digits: str) -> int:
    """Written apart from the code that is tested: by a table of doubled digits."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    backwards = [int(digit) for digit in reversed(digits)]
    return sum(backwards[::2]) + sum(doubled[digit] for digit in backwards[1::2])


def with_check_digit(body: str) -> str:
    return body + str(-sum_of_luhn(body + "0") % 10)


BODIES = st.integers(CARD_DIGITS_MIN - 1, CARD_DIGITS_MAX - 1).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length)
)
NUMBERS = BODIES.filter(lambda body: body.strip("0") != "").map(with_check_digit)


@given(NUMBERS, st.lists(SPACINGS, min_size=CARD_DIGITS_MAX, max_size=CARD_DIGITS_MAX))
def test_every_valid_number_is_found_in_any_spacing(number: str, spacing: list[str]) -> None:
    written = "".join(digit + space for digit, space in zip(number, spacing, strict=False))
    assert looks_like_card_number(written)


@given(NUMBERS, st.sampled_from(["my card: {}", "{} 12/27", "{} 123", "0049 {}", "pay_{}", "({})", "{}, thanks"]))
def test_what_stands_beside_a_number_does_not_hide_it(number: str, sentence: str) -> None:
    assert looks_like_card_number(sentence.format(number))


@given(NUMBERS, st.sampled_from(["\uff10", "\u0660", "\u0966"]))
def test_digits_of_every_script_are_digits(number: str, zero: str) -> None:
    assert looks_like_card_number("".join(chr(ord(zero) + int(digit)) for digit in number))


@given(NUMBERS, st.integers(1, 9))
def test_a_number_with_a_wrong_check_digit_alone_is_none(number: str, off: int) -> None:
    assert not looks_like_card_number(number[:-1] + str((int(number[-1]) + off) % 10))


@given(st.text("0123456789", max_size=CARD_DIGITS_MIN - 1) | st.text("0123456789", min_size=CARD_DIGITS_MAX + 1, max_size=40))
def test_nothing_shorter_or_longer_is_a_card_number(digits: str) -> None:
    assert not looks_like_card_number(digits)


@pytest.mark.parametrize("number", TEST_CARDS)
def test_the_published_test_cards_are_found(number: str) -> None:
    assert looks_like_card_number(number)
    assert looks_like_card_number(" ".join(number[start : start + 4] for start in range(0, len(number), 4)))


@pytest.mark.parametrize(
    "text", ["", "4242", "tok_9f4242424242424242aa", "visit-p1", "2026-11-20T12:30:45Z", "aa4242424242424242", "0000000000000000"]
)
def test_tokens_last_digits_and_instants_are_none(text: str) -> None:
    assert not looks_like_card_number(text)


def test_a_refusal_names_every_field_and_never_what_stood_in_it() -> None:
    fields = {"name": "p1", "card": "4242 4242 4242 4242", "note": "it is 5555-5555-5555-4444"}
    with pytest.raises(ValueError, match=r"^card, note looks like a card number; send") as refusal:
        refuse_card_numbers(fields)
    assert not any(part in str(refusal.value) for part in ("4242", "5555", "4444"))


def test_fields_without_card_numbers_pass() -> None:
    refuse_card_numbers({"token": "tok_visa", "last_four": "4242", "note": ""})
    refuse_card_numbers({})


@given(st.integers(13, 14).flatmap(lambda length: st.text("0123456789", min_size=length, max_size=length)), st.booleans())
def test_a_trade_number_is_goods_in_its_own_field_whatever_its_digits(digits: str, is_sku: bool) -> None:
    refuse_card_numbers({"sku" if is_sku else "gtin": digits})


def test_a_trade_number_that_looks_like_a_card_is_refused_under_any_other_name() -> None:
    diners = "30569309025904"
    refuse_card_numbers({"gtin": diners, "sku": diners})
    with pytest.raises(ValueError, match=r"^reference looks like"):
        refuse_card_numbers({"gtin": diners, "reference": diners})


def test_sixteen_digits_are_a_card_even_where_goods_are_expected() -> None:
    with pytest.raises(ValueError, match=r"^sku, gtin looks like"):
        refuse_card_numbers({"sku": "4242 4242 4242 4242", "gtin": "378282246310005"})
