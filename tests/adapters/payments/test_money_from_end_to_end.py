"""The payment room, the guard, the client and a real provider that keeps failing: the ledger and the books agree."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.adapters.payments.provider import Running
from tests.payment.till import Till

from saunter.adapters.payments import HttpPayments

FAULTS = "drop=0.25,lose=0.25,fail=0.2"
TOTALS = {"p1": 0, "p2": 1, "p3": 4999, "p4": 5000, "p5": 5001, "p6": 12_345}


def answer_everything(till: Till, client: HttpPayments, sent: int) -> int:
    """Every command is sent, every answer heard; time passes until nothing more is asked."""
    for _ in range(400):
        while sent < len(till.given):
            outcome = client.send(till.given[sent], "tok_x" if till.given[sent].action == "authorise" else "")
            till.take(msgspec.structs.replace(outcome, envelope=till.envelope("payments")))
            sent += 1
        before = len(till.given)
        till.later(310)
        if len(till.given) == before:
            return sent
    raise AssertionError("it never comes to rest")


@pytest.mark.slow
def test_in_the_end_the_providers_ledger_agrees_to_the_cent(tmp_path: Path) -> None:
    provider = Running(tmp_path / "ledger.sqlite", "--faults", FAULTS)
    try:
        till, sent = Till(), 0
        with HttpPayments(provider.url, timeout_s=5) as client:
            for party in TOTALS:
                till.key(party)
                till.entry("authorising", party=party)
            sent = answer_everything(till, client, sent)
            for party, total in TOTALS.items():
                till.receipt(total, party)
            sent = answer_everything(till, client, sent)
            for party, total in TOTALS.items():
                if total:
                    till.correct(-(-total // 2), party)
            answer_everything(till, client, sent)
        sums = provider.ledger()["sums"]
    finally:
        provider.kill()
    assert any(command.action == "look up" for command in till.given), "it did fail"
    assert sums["capture"] == sum(TOTALS.values())
    assert sums["refund"] == sum(-(-total // 2) for total in TOTALS.values())
    accounts = msgspec.json.decode(till.engine.snapshot())["accounts"]
    payments = [payment for account in accounts.values() for payment in account["payments"].values()]
    assert [payment["id"] for payment in payments if payment["waiting"]] == []
    assert sum(payment["captured_minor"] for payment in payments) == sums["capture"]
    assert sum(payment["refunded_minor"] for payment in payments) == sums["refund"]
