"""Pages from templates: the reader's language, money and time as the shop's country writes them, and the shop's state on top."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from saunter.base.money import exponent
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.ports.desk import Desk
from saunter.ports.documents import Shop
from saunter.web.security import csrf_token, desk_of, keep_browser, settings_of, shopper_of, signed_in_member
from saunter.web.words import COOKIE, LANGUAGES, Words, counted, language_of

_TEMPLATES: Final = Environment(
    loader=PackageLoader("saunter.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    auto_reload=False,
)  # fmt: skip
_TEMPLATES.globals["counted"] = counted
#: Seconds that a choice of language is remembered: a year.
_LANGUAGE_S: Final = 365 * 24 * 3600


Body = TypeVar("Body")


class Formats:
    """How amounts and instants are written for one reader: the shop's currency, country and time zone, the reader's language."""

    def __init__(self, locale: str, timezone: str, currency: str, language: str) -> None:
        home = Locale.parse(locale, sep="-")
        same = home.language == language
        self._locale = home if same else Locale(language)
        self._zone = ZoneInfo(timezone)
        self._currency = currency

    def money(self, minor: int, currency: str = "") -> str:
        """An amount of whole minor units: `€1.20`, `1,20 €`."""
        named = currency or self._currency
        return str(format_currency(Decimal(minor).scaleb(-exponent(named)), named, locale=self._locale))

    def amount(self, text: str) -> str:
        """A decimal text such as `50.00` in the shop's currency."""
        return str(format_currency(Decimal(text), self._currency, locale=self._locale))

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as the reader writes it: `1,200`, `2,4`."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(round(Decimal(str(value)), decimals), pattern, locale=self._locale))

    def time(self, at: int) -> str:
        """The time of day of an instant: `18:05`."""
        return str(format_time(self._local(at), "short", locale=self._locale))

    def day(self, at: int) -> str:
        """The day of an instant: `21 November 2026`."""
        return str(format_date(self._local(at), "long", locale=self._locale))

    def moment(self, at: int) -> str:
        """Day and time of an instant."""
        return f"{self.day(at)}, {self.time(at)}"

    def machine(self, at: int) -> str:
        """An instant for a `datetime` attribute."""
        return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def percent(self, share: float) -> str:
        """A share from 0 to 1 as whole percent: `87%`."""
        return str(format_percent(share, locale=self._locale))

    def rate(self, text: str) -> str:
        """A tax rate, a decimal string such as 0.0725, in percent."""
        return str(format_percent(Decimal(text), "0.##%", locale=self._locale))

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at // SECOND, self._zone)


def page(request: Request, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
    """A whole page. Every template knows `t` (words), `f` (formats), `shop`, `plan`, `member`, `shopper`, `csrf`, `path`;
    `walks` says whether visitors walk in themselves."""
    words = Words(language_of(request))
    response = HTMLResponse(_TEMPLATES.get_template(template).render(_common(request, words) | context), status)
    keep_browser(request, response)
    if request.query_params.get("language") in LANGUAGES:
        response.set_cookie(
            COOKIE,
            words.language,
            max_age=_LANGUAGE_S,
            path="/",
            secure=settings_of(request).secure,
            httponly=True,
            samesite="lax",
        )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = words.language
    return response


def fragment(desk: Desk, language: str, template: str, **context: object) -> str:
    """A piece of a page, such as a live cart; it knows `t`, `f`, `shop` and `plan`."""
    words = Words(language)
    common = {"t": words, "f": formats(desk.plan, words.language), "shop": shop_now(desk), "plan": desk.plan}
    return _TEMPLATES.get_template(template).render(common | context)


def formats(plan: Plan, language: str) -> Formats:
    """The formats for one shop and language."""
    return _formats(plan.locale, plan.timezone, plan.currency, language)


@cache
def _formats(locale: str, timezone: str, currency: str, language: str) -> Formats:
    return Formats(locale, timezone, currency, language)


def shop_now(desk: Desk) -> Shop:
    """The shop as it is: closed and without a word where nothing was written yet."""
    found = document(desk, "shop", desk.plan.store, Shop)
    return found or Shop(store=desk.plan.store, name=desk.plan.name, state="closed", mode=desk.plan.policies.mode)


def document(desk: Desk, kind: str, key: str, type_: type[Body]) -> Body | None:
    """One document from the books, read as what it is; None: there is none."""
    found = desk.books.document(kind, key)
    return None if found is None else msgspec.json.decode(found.body, type=type_)


def documents(desk: Desk, kind: str, type_: type[Body], **filters: Any) -> list[Body]:
    """Documents of a kind, newest first; filters as `Books.documents` takes them."""
    return [msgspec.json.decode(found.body, type=type_) for found in desk.books.documents(kind, **filters)]


def _common(request: Request, words: Words) -> dict[str, object]:
    desk = desk_of(request)
    return {
        "t": words, "f": formats(desk.plan, words.language), "plan": desk.plan, "shop": shop_now(desk),
        "member": signed_in_member(request), "shopper": shopper_of(request), "csrf": csrf_token(request),
        "path": request.url.path, "languages": LANGUAGES, "walks": settings_of(request).walker is not None,
    }  # fmt: skip
