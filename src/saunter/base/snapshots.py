"""What a room knows, read back from its snapshot. A snapshot is the room's memory as JSON, and names the store it is of."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from saunter.base.errors import InputProblems, Problem


class Memory(Protocol):
    """All that a room knows of one store."""

    store: str


Remembered = TypeVar("Remembered", bound=Memory)


def restored(snapshot: bytes, memory: type[Remembered], room: str, store: str) -> Remembered:
    """The memory that a room wrote; a damaged snapshot, or one of another store, raises InputProblems."""
    where = f"{room} snapshot"
    try:
        found = msgspec.json.decode(snapshot, type=memory)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputProblems([Problem(where, 0, str(error), "replay the journal instead")]) from error
    if found.store != store:
        what = f"it is of store {found.store!r}, this is {store!r}"
        raise InputProblems([Problem(where, 0, what, "restore the snapshot of this store")])
    return found
