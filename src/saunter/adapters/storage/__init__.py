"""Where the shop's three stores of data are kept: the books, personal data, and the log of inputs (docs/storage.md)."""

from saunter.adapters.storage.books import SqlBooks, open_books, stores_of
from saunter.adapters.storage.codec import decode_record, encode_record
from saunter.adapters.storage.copying import restore
from saunter.adapters.storage.inputs import SqlInputLog, open_inputs
from saunter.adapters.storage.personal import SqlPersonalData, open_personal
from saunter.adapters.storage.verifying import verify
from saunter.base.errors import BooksError

__all__ = [
    "BooksError",
    "SqlBooks",
    "SqlInputLog",
    "SqlPersonalData",
    "decode_record",
    "encode_record",
    "open_books",
    "open_inputs",
    "open_personal",
    "restore",
    "stores_of",
    "verify",
]
