"""Numbers of the reviewer's pages, each with its unit and reason."""

from __future__ import annotations

from typing import Final

#: Seconds that a question belongs to the reviewer who took it. The page renews it every 20 s; who closed the page loses it
#: within a minute, while a receipt still waits.
LEASE_S: Final = 60.0
#: Seconds that an answer is held back in the browser, so that it can be undone.
UNDO_S: Final = 4
#: Questions read from the books for a queue: as many as the shop ever puts before people at once.
QUEUE_MAX: Final = 500
#: Questions listed on the queue's page; the rest are counted.
SHOWN_MAX: Final = 20
#: Answers remembered, so that nobody is handed a question again before the books say that it is closed: seconds of work.
REMEMBERED_MAX: Final = 1_000
#: The longest look that counts, seconds: beyond it somebody was called away.
LOOK_S_MAX: Final = 600.0
