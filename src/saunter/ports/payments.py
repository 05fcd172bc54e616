"""What a payment provider must offer."""

from __future__ import annotations

from typing import Protocol

from saunter.records import PaymentCommand, PaymentOutcome


class PaymentProvider(Protocol):
    """Carries out commands. Every call may be made again with the same key, and is carried out at most once."""

    def send(self, command: PaymentCommand, token: str) -> PaymentOutcome:
        """Carries out a command and tells what came of it; no answer in time is the outcome `unknown`, never an exception.

        `token` is the payment method's token (authorise only; else empty). The outcome's envelope is the caller's to fill:
        it comes with stream "payments", sequence 0 and the instants 0.
        """
