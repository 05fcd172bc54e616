"""The numbers of storage: how long is waited, how much is read at a time, how much is kept."""

from __future__ import annotations

from typing import Final

#: Milliseconds that a writer waits for another process that writes (a backup, a migration) before it gives up.
BUSY_TIMEOUT_MS: Final = 10_000
#: Seconds that opening a PostgreSQL database may take: a server that is there answers within one.
CONNECT_TIMEOUT_S: Final = 10
#: Connections that are kept open, and how many more there may be at once: pages read from a pool of threads (40 by default).
CONNECTIONS_KEPT: Final = 8
CONNECTIONS_MORE_MAX: Final = 56
#: Rows read at a time where there may be many: some hundred kilobytes, so that memory stays flat however long the journal is.
PAGE_ROWS: Final = 500
#: Batches of raw readings read at a time; one holds up to some megabytes.
PAGE_BATCHES: Final = 8
#: Batches forgotten in one transaction: longer ones would hold up the shop, which logs about 20 batches a second.
FORGET_BATCHES: Final = 100
#: Ids looked up in one query: SQLite allows 32,766 parameters.
LOOKUP_IDS: Final = 400
#: Snapshots kept: the newest, and one to fall back on when it is damaged.
SNAPSHOTS_KEPT: Final = 2
#: zstd level of batches and snapshots: higher ones cost more time than the disk saves.
COMPRESSION_LEVEL: Final = 1
#: Problems that `verify` lists of one sort; the rest are counted.
PROBLEMS_EACH_MAX: Final = 50
