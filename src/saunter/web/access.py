"""Who may do what: every route of the pages stands in `ACCESS`, or the app does not start. Tests try every route as every role.

Roles: `anyone`; `shopper` is a phone with its device cookie; `gate` a scanner or terminal (its secret, in real life);
the others are members of staff. One rule of this file: nothing is open because somebody forgot to close it.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Role = Literal["anyone", "shopper", "gate", "reviewer", "staff", "manager", "engineer"]
STAFF_ROLES: Final = ("reviewer", "staff", "manager", "engineer")
Pace = Literal["page", "live", "write", "code", "codes of an address", "codes of all", "sign in", "gate"]


class Access(NamedTuple):
    """Who may use a route, and how often one device may. `session` False: called by a machine, without cookies, so that a
    strange page in a browser cannot act in its name and no form token is asked for."""

    roles: tuple[Role, ...]
    pace: Pace = "page"
    session: bool = True


class Rate(NamedTuple):
    """So many requests at once, and so many more per second."""

    burst: int
    per_s: float


#: How often: per device where it has a cookie of ours, otherwise per address (a whole shop may share one).
RATES: Final[dict[Pace, Rate]] = {
    "page": Rate(120, 20.0),  # a person clicking, a browser fetching; a hundred phones behind one address open a page
    "live": Rate(30, 2.0),  # reconnects of a phone that loses the network
    "write": Rate(30, 2.0),  # buttons: a reviewer answers a question in seconds
    # Entry codes: one per visit, renewed every few minutes. The shop remembers an unused one for a quarter of an hour and keeps
    # 50,000 keys at most: a phone cannot fill that (12 and 23 more), nor a house (300 and 1,800), nor all phones together
    # (1,000 and 9,000). Asked by the same request, in this order.
    "code": Rate(12, 1 / 40),
    "codes of an address": Rate(300, 2.0),
    "codes of all": Rate(1000, 10.0),
    "sign in": Rate(5, 1 / 12),  # passwords: five, then one every 12 s
    "gate": Rate(60, 5.0),  # a gate lets in one person per second at most
}

ANYONE: Final[tuple[Role, ...]] = ("anyone",)
SHOPPER: Final[tuple[Role, ...]] = ("shopper",)
GATE: Final[tuple[Role, ...]] = ("gate",)
REVIEWERS: Final[tuple[Role, ...]] = ("reviewer", "manager")
SHOP_STAFF: Final[tuple[Role, ...]] = ("staff", "manager", "engineer")
FLOOR_STAFF: Final[tuple[Role, ...]] = ("staff", "manager")
MANAGERS: Final[tuple[Role, ...]] = ("manager",)
ENGINEERS: Final[tuple[Role, ...]] = ("engineer",)
ALL_STAFF: Final[tuple[Role, ...]] = STAFF_ROLES

#: Public pages, sign-in.
_PUBLIC: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/"): Access(ANYONE),
    ("GET", "/live"): Access(ANYONE, "live"),
    ("GET", "/how-it-works"): Access(ANYONE),
    ("GET", "/notice/{version}"): Access(ANYONE),
    ("GET", "/staff/sign-in"): Access(ANYONE),
    ("POST", "/staff/sign-in"): Access(ANYONE, "sign in"),
    ("POST", "/staff/sign-out"): Access(ALL_STAFF, "write"),
    ("GET", "/staff"): Access(ALL_STAFF),
    ("GET", "/api/openapi.json"): Access(ANYONE),
}
#: The shopper's phone.
_SHOPPER: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/me"): Access(ANYONE),
    ("POST", "/me/consent"): Access(ANYONE, "write"),
    ("GET", "/me/privacy"): Access(SHOPPER),
    ("GET", "/me/payment"): Access(SHOPPER),
    ("POST", "/me/payment"): Access(SHOPPER, "write"),
    ("POST", "/me/erase"): Access(SHOPPER, "write"),
    ("GET", "/me/live"): Access(SHOPPER, "live"),
    ("POST", "/api/me/codes"): Access(SHOPPER, "code"),
    ("GET", "/me/receipts"): Access(SHOPPER),
    ("GET", "/me/receipts/{visit:path}.json"): Access(SHOPPER),
    ("GET", "/me/receipts/{visit:path}.eml.html"): Access(SHOPPER),
    ("GET", "/me/receipts/{visit:path}/lines/{sku}"): Access(SHOPPER),
    ("GET", "/me/receipts/{visit:path}"): Access(SHOPPER),
    ("POST", "/me/receipts/{visit:path}/disputes"): Access(SHOPPER, "write"),
}
#: Walking in oneself, in the demo; elsewhere nobody finds anything there.
_WALKING: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/me/walking"): Access(SHOPPER),
    ("GET", "/me/walking/goods"): Access(SHOPPER),
    ("POST", "/api/me/walking/gate"): Access(SHOPPER, "write"),
    ("POST", "/api/me/walking/takes"): Access(SHOPPER, "write"),
    ("POST", "/api/me/walking/returns"): Access(SHOPPER, "write"),
    ("POST", "/api/me/walking/exit"): Access(SHOPPER, "write"),
}
#: Gates.
_GATE: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/gate/{gate:path}"): Access(ANYONE),
    ("POST", "/api/gates/{gate:path}/codes"): Access(GATE, "gate", session=False),
    ("POST", "/api/gates/{gate:path}/cards"): Access(GATE, "gate", session=False),
}
#: Reviewers.
_REVIEWER: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/review"): Access(REVIEWERS),
    ("POST", "/review/next"): Access(REVIEWERS, "write"),
    ("GET", "/review/questions/{question:path}"): Access(REVIEWERS),
    ("POST", "/review/questions/{question:path}"): Access(REVIEWERS, "write"),
    ("POST", "/api/review/holds/{question:path}"): Access(REVIEWERS),
    ("GET", "/api/review/events"): Access(REVIEWERS, "live"),
}
#: The store's staff.
_STORE: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/store"): Access(SHOP_STAFF),
    ("GET", "/store/panels/{panel}"): Access(SHOP_STAFF),
    ("GET", "/store/visits/{visit:path}"): Access(SHOP_STAFF),
    ("POST", "/store/commands"): Access(MANAGERS, "write"),
    ("POST", "/store/checks"): Access(FLOOR_STAFF, "write"),
    ("POST", "/store/bills"): Access(FLOOR_STAFF, "write"),
    ("GET", "/store/alarms"): Access(SHOP_STAFF),
    ("POST", "/store/alarms"): Access(FLOOR_STAFF, "write"),  # about money: managers alone, see `store.alarms.KINDS`
    ("GET", "/api/store/events"): Access(SHOP_STAFF, "live"),
}
#: Figures and engineers.
_FIGURES: Final[dict[tuple[str, str], Access]] = {
    ("GET", "/figures"): Access(ANYONE),
    ("GET", "/api/figures"): Access(ANYONE),
    ("GET", "/engine"): Access(ENGINEERS),
    ("GET", "/engine/panel"): Access(ENGINEERS),
}

#: Every route (method, path template) and who may use it.
ACCESS: Final[dict[tuple[str, str], Access]] = {**_PUBLIC, **_SHOPPER, **_WALKING, **_GATE, **_REVIEWER, **_STORE, **_FIGURES}
