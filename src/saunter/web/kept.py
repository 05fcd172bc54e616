"""What a room of the pages keeps in memory for as long as the app runs: made once, on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Request

Kept = TypeVar("Kept")
_LOCK: Final = threading.Lock()


def kept(request: Request, kind: type[Kept], make: Callable[[], Kept]) -> Kept:
    """The app's one object of a kind; `make` is called the first time. From any thread."""
    name = f"kept_{kind.__name__.lower()}"
    with _LOCK:
        found = getattr(request.app.state, name, None)
        if not isinstance(found, kind):
            found = make()
            setattr(request.app.state, name, found)
        return found
