"""What holds for every test of the pages: the threads that read the books for a page end with the page."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

#: Seconds that a thread may take to notice that the application it read for is gone.
ENDING_S = 5.0


@pytest.fixture(autouse=True)
def readers_have_ended() -> Iterator[None]:
    """Waits for the application's own reading threads; they are told to end when it does, and need a moment."""
    yield
    for thread in threading.enumerate():
        if thread.name == "AnyIO worker thread":
            thread.join(ENDING_S)
