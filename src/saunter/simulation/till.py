"""The books behind a story: who holds which pieces, whose they are, and what each visitor really owes."""

from __future__ import annotations

from typing import Literal

from saunter.base.errors import Refused
from saunter.base.ids import STAFF

Bills = dict[str, dict[str, int]]
HandOver = Literal["taker", "holder"]


class Till:
    """Keeps true carts. Each held piece remembers who took it off the shelf; `hand_over` says whether the taker or the
    last holder pays. Every method raises Refused, and changes nothing, when the action cannot be.
    """

    def __init__(self, hand_over: HandOver) -> None:
        self._hand_over = hand_over
        self._inside: dict[str, bool] = {}
        self._visitors: list[str] = []
        self._held: dict[str, dict[str, list[str]]] = {}

    def enters(self, party: str, registered: bool) -> None:
        """A party comes in; a name is good for one visit only (staff come and go)."""
        if self._inside.get(party) or (party in self._inside and party != STAFF):
            raise Refused(f"{party} enters a second time; a re-entry is a new visit and needs a name of its own")
        self._inside[party] = True
        self._held.setdefault(party, {})
        if registered and party != STAFF:
            self._visitors.append(party)

    def leaves(self, party: str) -> None:
        """A party goes out with what it holds."""
        self.acts(party)
        self._inside[party] = False

    def acts(self, party: str) -> None:
        """A party does anything at all: it must be in the shop."""
        if not self._inside.get(party):
            what = "has left already" if party in self._inside else f"is not in the shop yet; add a line `{party} enters`"
            raise Refused(f"{party} {what}")

    def takes(self, party: str, sku: str, quantity: int) -> None:
        """Pieces come from a shelf into a party's hands."""
        self.acts(party)
        self._held[party].setdefault(sku, []).extend([party] * quantity)

    def puts_back(self, party: str, sku: str, quantity: int) -> None:
        """Pieces go from a party's hands onto a shelf, the last taken first."""
        self.acts(party)
        self._released(party, sku, quantity)

    def hands(self, party: str, to: str, sku: str, quantity: int) -> None:
        """Pieces go from hand to hand."""
        self.acts(party)
        self.acts(to)
        if party == to:
            raise Refused(f"{party} cannot hand something to itself")
        self._held[to].setdefault(sku, []).extend(self._released(party, sku, quantity))

    def holds(self, party: str, sku: str) -> int:
        """How many pieces of a product a party has in its hands."""
        return len(self._held.get(party, {}).get(sku, ()))

    def bills(self) -> Bills:
        """What each registered visitor owes, in order of entry: {party: {sku: pieces}}."""
        owed: Bills = {party: {} for party in self._visitors}
        for holder, lines in self._held.items():
            for sku, takers in lines.items():
                for taker in takers:
                    payer = owed.get(taker if self._hand_over == "taker" else holder)
                    if payer is not None:
                        payer[sku] = payer.get(sku, 0) + 1
        return {party: dict(sorted(lines.items())) for party, lines in owed.items()}

    def _released(self, party: str, sku: str, quantity: int) -> list[str]:
        takers = self._held[party].get(sku, [])
        if len(takers) < quantity:
            raise Refused(f"{party} holds {len(takers)} {sku} and cannot give away {quantity}")
        released = takers[len(takers) - quantity :]
        del takers[len(takers) - quantity :]
        return released
