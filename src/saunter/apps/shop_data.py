"""A shop's data folder on the command line: is it one, and which store's books are in it?"""

from __future__ import annotations

from pathlib import Path

from saunter.adapters.storage import stores_of
from saunter.apps.running.opening import BOOKS, INPUTS, PERSONAL, PROVIDER, SECRETS
from saunter.base.errors import InputProblems, Problem

#: Everything that a shop keeps in its folder.
KEPT = (BOOKS, PERSONAL, INPUTS, PROVIDER, SECRETS)


def there(data: Path, name: str) -> Path:
    """A file of a shop's data folder. Raises InputProblems where it is not there: nothing is made by looking."""
    file = data / name
    if not file.is_file():
        what = f"holds no {name}, so it is no shop's data folder" if data.is_dir() else "there is no such folder"
        remedy = "check the spelling; `saunter run --data` makes one when a shop opens for the first time"
        raise InputProblems([Problem(str(data), 0, what, remedy)])
    return file


def books_of(data: Path, books: str) -> str:
    """The address of the books: as given, or the file in the data folder."""
    return books or str(there(data, BOOKS))


def store_of(address: str, store: str) -> str:
    """The store whose books are meant: the one that is named, or the only one. Raises InputProblems for any other case."""
    known = stores_of(address)
    if store in known or (not store and len(known) == 1):
        return store or known[0]
    named = ", ".join(known) or "no store"
    what = f"the books hold {named}" + (f", not {store}" if store else "")
    raise InputProblems([Problem("--store", 0, what, "name one of them with --store" if known else "choose other books")])
