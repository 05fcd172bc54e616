"""What pages say, in the reader's language: one table per language, and a test that every table says everything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fastapi import Request

from saunter.web.words.counts import COUNTS, counted
from saunter.web.words.de import DE
from saunter.web.words.en import EN

#: The languages of the pages and their own names. The first is spoken where nothing else is asked for.
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType({"en": "English", "de": "Deutsch"})
TABLES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"en": EN, "de": DE})
#: The cookie that remembers a choice of language; it says nothing else.
COOKIE: Final = "saunter_language"


class Words:
    """The words of one language. `words("cart.checking", count=2)`; a key that is not there raises KeyError."""

    def __init__(self, language: str) -> None:
        self.language = language if language in TABLES else next(iter(TABLES))
        self._table = TABLES[self.language]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its values filled in."""
        return self._table[key].format(**values) if values else self._table[key]

    def counted(self, noun: str, number: int) -> str:
        """So many of something: `words.counted("piece", 1)` is "1 piece"; see `counts`."""
        return counted(noun, number, self.language)


def language_of(request: Request) -> str:
    """The language that a reader asks for: in the address, by an earlier choice, or by the browser's settings."""
    asked = [request.query_params.get("language", ""), request.cookies.get(COOKIE, "")]
    accepted = request.headers.get("Accept-Language", "").split(",")
    ranked = sorted(accepted, key=lambda part: -_weight(part))
    asked += [part.partition(";")[0].strip().partition("-")[0].lower() for part in ranked]
    return next((language for language in asked if language in LANGUAGES), next(iter(LANGUAGES)))


def _weight(part: str) -> float:
    try:
        return float(part.partition(";q=")[2] or 1.0)
    except ValueError:
        return 0.0


__all__ = ["COOKIE", "COUNTS", "LANGUAGES", "TABLES", "Words", "counted", "language_of"]
