"""A cart as the shop's experience with its own sureness makes it: every probability of its lines through one monotone map."""

from __future__ import annotations

import msgspec

from saunter.base.calibration import IDENTITY, Calibration
from saunter.records import Answer, Cart, CartLine, Doubt


def calibrated(cart: Cart, calibration: Calibration) -> Cart:
    """The same cart with calibrated lines, those under each answer included; the identity gives the very cart."""
    if calibration == IDENTITY:
        return cart
    return msgspec.structs.replace(
        cart,
        lines=tuple(_line(line, calibration) for line in cart.lines),
        doubts=tuple(_doubt(doubt, calibration) for doubt in cart.doubts),
    )


def _line(line: CartLine, calibration: Calibration) -> CartLine:
    return msgspec.structs.replace(line, at_least=tuple(calibration.of(chance) for chance in line.at_least))


def _doubt(doubt: Doubt, calibration: Calibration) -> Doubt:
    return msgspec.structs.replace(doubt, answers=tuple(_answer(answer, calibration) for answer in doubt.answers))


def _answer(answer: Answer, calibration: Calibration) -> Answer:
    return msgspec.structs.replace(answer, lines=tuple(_line(line, calibration) for line in answer.lines))
