"""What goes wrong between a person and the shop, as exceptions that `answers` puts in kind words."""

from __future__ import annotations

from collections.abc import Mapping


class Problem(Exception):
    """Something a person or a machine should be told: `detail` says what to do about it."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        super().__init__(detail)


class GoTo(Exception):
    """The person is sent to another page first, such as the sign-in."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(place)
