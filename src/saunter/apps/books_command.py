"""`saunter backup`, `saunter restore` and `saunter books`: a shop's books and personal data, kept safe and looked through."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from saunter.adapters.storage import open_books, open_personal, verify
from saunter.adapters.storage import restore as put_back
from saunter.apps.options import AsJson, Data
from saunter.apps.output import bad_input_exits, count_of, say, say_json, warn
from saunter.apps.running.opening import BOOKS, PERSONAL, only_one
from saunter.apps.shop_data import KEPT, books_of, store_of, there
from saunter.base.errors import InputProblems, Problem
from saunter.records import PersonErased

#: What a backup leaves out, and why; said whenever one is made or put back.
NOT_IN_IT: Final = (
    "the log of inputs and the shop's running state (raw readings and looks of clothing, kept for an hour at most)",
    "the payment provider's own ledger, and the secrets of this folder (they are made anew)",
    "the plan: keep it under version control",
)

_Books = Annotated[str, typer.Option(metavar="URL", help="Database of the books, where they are not in the folder.")]
_Store = Annotated[str, typer.Option(metavar="STORE", help="Which store's books, where a database holds several.")]

app = typer.Typer(help="Look through the books of a shop.", no_args_is_help=True)


@app.callback()
def _books() -> None:
    """Look through the books of a shop."""


def register(line: typer.Typer) -> None:
    """Add the commands to the command line."""
    line.command(name="backup")(backup)
    line.command(name="restore")(restore)
    line.add_typer(app, name="books")


@app.command()
def check(data: Data, books: _Books = "", store: _Store = "", as_json: AsJson = False) -> None:
    """Are the books whole? Numbers without gaps, receipts that add up, no correction beyond its receipt, ...

    Example: saunter books check --data shop-data

    Says everything that is wrong, a sentence each; exit status 1 where there is anything. The shop may be open meanwhile.
    """
    with bad_input_exits():
        address = books_of(data, books)
        with closing(open_books(address, store_of(address, store))) as opened:
            wrong, name, heard = verify(opened), opened.store, opened.progress()
    if as_json:
        say_json({"store": name, "progress": heard, "problems": wrong})
    else:
        for sentence in wrong:
            say(sentence)
        say(f"the books of {name}: {count_of(len(wrong), 'problem')}" if wrong else f"the books of {name} are whole")
    if wrong:
        raise typer.Exit(1)


def backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="A new folder to write the backup into.")],
    data: Data,
    books: _Books = "",
    store: _Store = "",
) -> None:
    """The books and the personal data as they are now, into a new folder; the shop may be open meanwhile.

    Example: saunter backup --data shop-data backup-monday

    Whoever is erased afterwards is still in this backup: keep it for a short, stated time. Nothing is ever overwritten.
    """
    with bad_input_exits():
        personal, address = there(data, PERSONAL), books_of(data, books)
        name = store_of(address, store)
        with _new_folder(to) as folder:
            # Books first: personal data may then be a moment newer, and a link to a visit that the books do not know yet does
            # no harm. The other way round a receipt could be nobody's.
            with closing(open_books(address, name)) as opened:
                opened.backup(str(folder / BOOKS))
            with closing(open_personal(str(personal))) as kept:
                kept.backup(str(folder / PERSONAL))
    say(f"the books of {name} and the personal data are in {to}")
    _say_what_is_missing()


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A folder that `saunter backup` wrote.")],
    data: Data,
) -> None:
    """Puts a backup into a data folder that holds no shop yet, and looks through its books.

    Example: saunter restore backup-monday --data restored

    Whoever the books know to be erased is erased again. Exit status 1 where the books are not whole.
    """
    with bad_input_exits():
        files = [there(source, name) for name in (BOOKS, PERSONAL)]
        made = not data.exists()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with only_one(data):
                _refuse_a_shop(data)
                wrong, name, erased = _put_back(files, data)
        except BaseException:
            if made:
                shutil.rmtree(data, ignore_errors=True)
            raise
    say(f"the books of {name} and the personal data are in {data}")
    if erased:
        say(f"{count_of(erased, 'shopper')} whom the books know to be erased: erased again")
    _say_what_is_missing()
    say("Money may have moved since: look up the payments of the time between with the provider, and erase again whoever was")
    say("erased since. Read and check these books; a shop that opens anew begins in a new folder, beside them.")
    for sentence in wrong:
        warn(sentence)
    if wrong:
        raise typer.Exit(1)


def _put_back(files: list[Path], data: Path) -> tuple[list[str], str, int]:
    """Both databases, or neither; what is wrong with the books, whose they are, and how many shoppers were erased again."""
    put: list[Path] = []
    try:
        for file in files:
            put_back(file, data / file.name)
            put.append(data / file.name)
        address = str(data / BOOKS)
        with closing(open_books(address, store_of(address, ""))) as books, closing(open_personal(data / PERSONAL)) as personal:
            erased = dict.fromkeys(
                each.subject for _, each in books.records(kinds=("PersonErased",)) if isinstance(each, PersonErased)
            )
            for subject in erased:
                personal.erase(subject)
            return verify(books), books.store, len(erased)
    except BaseException:
        for path in put:
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
        raise


def _refuse_a_shop(data: Path) -> None:
    found = [name for name in KEPT if (data / name).exists()]
    if found:
        what = f"holds {', '.join(found)} already: nothing is overwritten"
        raise InputProblems([Problem(str(data), 0, what, "restore into a new folder")])


@contextmanager
def _new_folder(to: Path) -> Iterator[Path]:
    """A folder that gets its name when all is in it; nothing is left of an attempt that failed."""
    if to.exists():
        raise InputProblems([Problem(str(to), 0, "is there already: nothing is overwritten", "name a new folder")])
    to.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}.", suffix=".part"))
    try:
        yield part
        part.replace(to)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _say_what_is_missing() -> None:
    say("Not in it:")
    for sentence in NOT_IN_IT:
        say(f"  {sentence}")
