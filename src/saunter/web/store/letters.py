"""Which letter stands for which party on the store's screens: the same on every screen, free again once the party has left."""

from __future__ import annotations

import threading
from collections.abc import Collection

from saunter.web.marks import letters
from saunter.web.store.constants import LETTERS_MAX


class Letters:
    """Letters by party, the first free one each. Used from several threads."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._lock = threading.Lock()

    def letter(self, party: str) -> str:
        """The letter of a party, from now on."""
        with self._lock:
            known = self._of.get(party)
            if known is None:
                taken = set(self._of.values())
                known = next((mark for mark in map(letters, range(LETTERS_MAX)) if mark not in taken), letters(LETTERS_MAX - 1))
                self._of[party] = known
            return known

    def keep(self, parties: Collection[str]) -> None:
        """Forgets every party but these."""
        with self._lock:
            self._of = {party: letter for party, letter in self._of.items() if party in parties}
