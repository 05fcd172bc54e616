"""From a receipt line down to the moments it follows from, along `because`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from saunter.ports.books import Books
from saunter.ports.documents import Moment
from saunter.web.store.constants import WALK_MAX


def moments_behind(books: Books, because: Iterable[str]) -> tuple[Moment, ...]:
    """The moments that a line follows from, in time: breadth first along `because`, each record once, a bounded walk."""
    waiting, seen, found = deque(because), set[str](), list[Moment]()
    while waiting and len(seen) < WALK_MAX:
        name = waiting.popleft()
        if name in seen:
            continue
        seen.add(name)
        document = books.document("moment", name)
        if document is not None:
            found.append(msgspec.json.decode(document.body, type=Moment))
            continue
        record = books.record(name)
        if record is not None:
            waiting.extend(record.envelope.because)
    return tuple(sorted(found, key=lambda moment: (moment.started, moment.interaction)))
