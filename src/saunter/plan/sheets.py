"""The two CSV files as rows: each with the line it begins on, values stripped, keyed by column."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from saunter.base.errors import Problem


@dataclass(frozen=True)
class Sheet:
    """The columns of a file, and those of them that it may leave out."""

    where: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """The complete header line."""
        return ",".join(self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row. A column that the file does not have reads as empty."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


def read_rows(sheet: Sheet, text: str, problems: list[Problem]) -> tuple[list[Row], bool]:
    """The rows of a CSV text with a header, and whether that is all of them.

    Blank rows are passed over; a row that cannot be matched to the header is left out and noted in `problems`.
    """
    before = len(problems)
    records = _records(sheet, text, problems)
    head_line, head = next(records, (0, []))
    width = len(head)
    while head and not head[-1]:
        head.pop()
    columns = [name.lower() for name in head]
    if len(problems) > before or not _head_is_sound(sheet, head_line, columns, problems):
        return [], False
    rows: list[Row] = []
    for line, record in records:
        if len(record) == width and not any(record[len(columns) :]):
            rows.append(Row(line, dict(zip(columns, record[: len(columns)], strict=True))))
        else:
            what = f"{len(record)} values where the header names {len(columns)} columns"
            problems.append(Problem(sheet.where, line, what, _fit(record, columns)))
    return rows, len(problems) == before


def _fit(record: list[str], columns: list[str]) -> str:
    if len(record) > len(columns):
        return 'put a value that contains a comma in double quotes, such as "Salt, fine"'
    return "write an empty value, with its comma, for every column that has none"


def _records(sheet: Sheet, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, stripped, with the line it begins on (a quoted value may run over several lines)."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    line = 1
    try:
        for record in reader:
            values = [value.strip() for value in record]
            if any(values):
                yield line, values
            line = reader.line_num + 1
    except csv.Error as error:
        what = f"this row and what follows cannot be read as CSV: {error}"
        problems.append(
            Problem(sheet.where, line, what, 'close every double quote, and write a quote inside a quoted value as ""')
        )


def _head_is_sound(sheet: Sheet, line: int, columns: list[str], problems: list[Problem]) -> bool:
    known = sheet.columns
    found: list[Problem] = []
    if not columns:
        found.append(Problem(sheet.where, 1, "the file is empty", f"begin it with the line {sheet.header}"))
    elif len(columns) == 1 and columns[0] not in known:
        found.append(
            Problem(
                sheet.where,
                line,
                "the first line is not a header with commas between the columns",
                f"begin the file with {sheet.header}",
            )
        )
    else:
        found.extend(_odd_columns(sheet, line, columns))
    problems.extend(found)
    return not found


def _odd_columns(sheet: Sheet, line: int, columns: list[str]) -> Iterator[Problem]:
    known = sheet.columns
    for name in known:
        if name not in columns and name not in sheet.optional:
            yield Problem(sheet.where, line, f"the column {name!r} is missing", f"the full header is {sheet.header}")
    for position, name in enumerate(columns):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"remove it; known columns are {', '.join(known)}"
            yield Problem(sheet.where, line, f"column {position + 1} has the unknown name {name!r}", remedy)
        elif name in columns[:position]:
            yield Problem(sheet.where, line, f"the column {name!r} appears twice", "remove one of them")
