"""How many of something, in words: "1 piece", "1,200 pieces". The one place that knows singular and plural."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from babel import Locale
from babel.numbers import format_decimal


class Forms(NamedTuple):
    """What is said of one thing and of any other number; `{n}` is the number as the language writes it."""

    one: str
    other: str


#: Things that are counted, by language. A form without `{n}` stands below a number that is shown by itself. Pages of the staff
#: are in English alone, so is what only they count.
COUNTS: Final[Mapping[str, Mapping[str, Forms]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "audit": Forms("{n} random check", "{n} random checks"),
                "audited receipt": Forms("{n} audited receipt", "{n} audited receipts"),
                "day": Forms("{n} day", "{n} days"),
                "disputed line": Forms("{n} disputed line", "{n} disputed lines"),
                "inside": Forms("person inside", "people inside"),
                "moment": Forms("{n} moment", "{n} moments"),
                "older alarm": Forms("{n} older one", "{n} older ones"),
                "person": Forms("{n} person", "{n} people"),
                "piece": Forms("{n} piece", "{n} pieces"),
                "question": Forms("{n} question", "{n} questions"),
                "receipt": Forms("{n} receipt", "{n} receipts"),
                "sale": Forms("{n} sale", "{n} sales"),
                "settled visit": Forms("settled visit", "settled visits"),
                "time": Forms("once", "{n} times"),
                "visit": Forms("{n} visit", "{n} visits"),
                "visits so far": Forms("visit so far", "visits so far"),
            }
        ),
        "de": MappingProxyType(
            {
                "audit": Forms("{n} zufällige Prüfung", "{n} zufällige Prüfungen"),
                "day": Forms("{n} Tag", "{n} Tage"),
                "inside": Forms("Mensch im Laden", "Menschen im Laden"),
                "person": Forms("{n} Person", "{n} Personen"),
                "piece": Forms("{n} Stück", "{n} Stück"),
                "question": Forms("{n} Frage", "{n} Fragen"),
                "visit": Forms("{n} Einkauf", "{n} Einkäufe"),
                "visits so far": Forms("Einkauf bisher", "Einkäufe bisher"),
            }
        ),
    }
)


def counted(noun: str, number: int, language: str = "en") -> str:
    """So many of a thing of `COUNTS`, as the language says it; KeyError for a thing or a language that is not there."""
    forms = COUNTS[language][noun]
    form = forms.one if Locale(language).plural_form(number) == "one" else forms.other
    return form.format(n=format_decimal(number, "#,##0", locale=language))
