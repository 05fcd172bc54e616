"""How many bodies are inside: counted at the gates, and by the visits of those whom no gate counted."""

from __future__ import annotations

import msgspec

from saunter.base.ids import RESERVED_PARTIES, UNREGISTERED


class Floor(msgspec.Struct, kw_only=True):
    """Parties inside, each with the bodies that gates counted in; 0: only its visit says that it is there."""

    bodies: dict[str, int] = msgspec.field(default_factory=dict)

    def came(self, party: str, people: int) -> None:
        """So many bodies of a party came in through a gate."""
        self.bodies[party] = self.bodies.get(party, 0) + people

    def went(self, party: str, people: int) -> bool:
        """So many went out; whether the party was inside and is gone by that."""
        if party not in self.bodies:
            return False
        self.bodies[party] -= people
        if self.bodies[party] > 0:
            return False
        del self.bodies[party]
        return True

    def is_visiting(self, party: str) -> None:
        """A visit says that the party is inside."""
        self.bodies.setdefault(party, 0)

    def left(self, party: str) -> None:
        """A visit says that the party is gone, or was lost from sight for so long that nobody counts on it."""
        self.bodies.pop(party, None)

    def of(self, party: str) -> int:
        """How many of a party are inside."""
        return max(1, self.bodies[party]) if party in self.bodies else 0


def counted_as(party: str) -> str:
    """The party under which a body at a gate is counted; nobody's key: UNREGISTERED."""
    return party if party and party not in RESERVED_PARTIES else UNREGISTERED
