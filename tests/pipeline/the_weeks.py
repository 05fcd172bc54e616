"""Weeks at the stall for the tests: parties come and go, four a day; what they take is given, the rest is as in any shop."""

from __future__ import annotations

from typing import Any

import pytest
from tests.pipeline.the_stall import Day, stall

from saunter.attribution import AttributionEngine
from saunter.base.time import HOUR, SECOND
from saunter.pipeline.trading import Shop
from saunter.records import CartLine, DisputeRaised, GatePass, Question, Receipt, Tick, Verdict

#: Everybody takes two colas.
COLAS = CartLine(sku="cola", at_least=(1.0, 1.0), because=("shelves:1",))


def two_colas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The belief is the same about everybody: no weights are needed over weeks."""
    monkeypatch.setattr(AttributionEngine, "_lines", staticmethod(lambda groups, party: (COLAS,)))


class Weeks(Day):
    """A day that goes on for weeks: ticks come where something happens, and in leaps where nothing does."""

    def __init__(self, shop: Shop | None = None, **policies: Any) -> None:
        super().__init__(stall(**policies), shop=shop)
        self.opens()

    def ticks(self, *pauses_s: float) -> None:
        """A tick after each pause."""
        for pause in pauses_s:
            self.now += round(pause * SECOND)
            self.take(Tick(envelope=self.place("ticks")))

    def walks(self, party: str, direction: Any) -> None:
        """A party passes the door, and the window passes."""
        self.take(GatePass(envelope=self.place("gates/door"), gate="door", direction=direction, party=party))
        self.ticks(2)

    def visits(self, party: str, *, leaves: bool = True) -> None:
        """A key, a way in and, some minutes later, out; or nobody sees it leave."""
        self.comes(party)
        self.walks(party, "in")
        self.ticks(120)
        if leaves:
            self.walks(party, "out")
            self.ticks(2, 2, 2, 600)
        else:
            self.ticks(600, 10)

    def receipt_of(self, party: str) -> Receipt:
        """The last receipt of a party."""
        return [each for each in self.of(Receipt) if each.party == party][-1]

    def disputes(self, party: str) -> None:
        """One cola was not kept; a reviewer agrees."""
        receipt = self.receipt_of(party)
        self.tell(DisputeRaised, visit=receipt.visit, receipt=receipt.id, sku="cola", quantity=1, claim="not taken")
        question = self.of(Question)[-1]
        self.ticks(2)
        verdict = Verdict(
            envelope=self.place("reviewers/r1"), question=question.id, reviewer="r1", answer="choice", choice=2, seconds=3.0
        )
        self.take(verdict)
        self.ticks(2)

    def lives(self, first: int, days: int) -> int:
        """Four parties a day: each third disputes, each fifth is never seen to leave. The number of the next party."""
        for number in range(first, first + 4 * days):
            self.visits(f"p{number}", leaves=number % 5 != 0)
            if number % 3 == 0 and number % 5 != 0:
                self.disputes(f"p{number}")
            self.ticks((6 * HOUR - self.now % (6 * HOUR)) / SECOND)
        return first + 4 * days

    def rooms(self) -> dict[str, bytes]:
        """Everything that every room with business knows."""
        names = ("entry", "payment", "guard", "approvals", "disputes", "ledger", "settlement")
        return {name: getattr(self.shop, name).snapshot() for name in names} | {"visit": self.shop.pipeline.visit.snapshot()}
