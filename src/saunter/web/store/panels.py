"""What each panel of the store's page shows, read from the books when that panel is asked for and not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from fastapi import Request

from saunter.ports.desk import Desk
from saunter.ports.documents import Bill, Check, Visit, Warning
from saunter.web.kept import kept
from saunter.web.marks import colour
from saunter.web.rendering import document, documents, formats, shop_now
from saunter.web.security import desk_of, signed_in
from saunter.web.store import alarms, money, views
from saunter.web.store.constants import ALARMS_READ_MAX, GONE_MAX, LISTED_MAX, SEEN_MAX
from saunter.web.store.gates import GateLog
from saunter.web.store.letters import Letters

Panel = Literal["state", "tasks", "carts", "gone", "gates", "alarms"]
Action = Literal["open", "close", "shadow", "assisted", "automatic"]
#: What each action means, for the question "are you sure?".
ACTIONS: Final[dict[Action, str]] = {
    "open": "Open the shop: gates let people in",
    "close": "Close the shop: nobody comes in any more, those inside finish",
    "automatic": "Automatic: bills are charged as they are decided",
    "assisted": "Assisted: a person confirms every bill before it is charged",
    "shadow": "Shadow: bills are decided and shown, nothing is charged",
}


def panel(request: Request, name: Panel) -> dict[str, Any]:
    """What one panel shows, and what the reader may do there."""
    desk, role = desk_of(request), signed_in(request).role
    letters, log = kept(request, Letters, Letters), kept(request, GateLog, GateLog)
    return {
        "letter": letters.letter, "colour": colour, "may_act": role in ("staff", "manager"), "is_manager": role == "manager",
    } | _SHOWN[name](desk, letters, log)  # fmt: skip


def everything(request: Request) -> dict[str, Any]:
    """What the whole page shows."""
    found: dict[str, Any] = {}
    for name in _SHOWN:
        found |= panel(request, name)
    return found


def new_alarms(desk: Desk) -> list[Warning]:
    """Alarms that nobody has seen to yet, the newest first."""
    return documents(desk, "alarm", Warning, state="new", limit=ALARMS_READ_MAX)


def who_in(desk: Desk, letters: Letters) -> alarms.Who:
    """How people are called on this page: by their letter while they are inside, by when they left afterwards."""
    write = formats(desk.plan, "en")
    known: dict[str, tuple[Visit, str] | None] = {}

    def who(name: str) -> tuple[Visit, str] | None:
        if name not in known:
            visit = next(iter(documents(desk, "visit", Visit, owner=name, limit=1)), None) or document(desk, "visit", name, Visit)
            known[name] = None if visit is None else (visit, _called(visit))
        return known[name]

    def _called(visit: Visit) -> str:
        if visit.state in views.INSIDE:
            return f"shopper {letters.letter(visit.party)}"
        return f"the shopper who left at {write.time(visit.left)}" if visit.left else "a shopper"

    return who


def _state(desk: Desk, letters: Letters, log: GateLog) -> dict[str, Any]:
    return {"state_now": shop_now(desk), "actions": ACTIONS}


def _tasks(desk: Desk, letters: Letters, log: GateLog) -> dict[str, Any]:
    checks = views.open_checks(documents(desk, "check", Check, state="open", limit=LISTED_MAX))
    bills = views.held(_held(desk), letters.letter, desk.plan.policies.charge_threshold)
    missing = money.missing(desk, new_alarms(desk))
    return {"checks": checks, "bills": bills, "missing": missing, "tasks_count": len(checks) + len(bills) + len(missing)}


def _carts(desk: Desk, letters: Letters, log: GateLog) -> dict[str, Any]:
    visits = _going(desk)
    letters.keep({visit.party for visit in visits})
    return {"carts": views.carts(visits, letters.letter)}


def _gone(desk: Desk, letters: Letters, log: GateLog) -> dict[str, Any]:
    over = [visit for state in views.OVER for visit in documents(desk, "visit", Visit, state=state, limit=GONE_MAX)]
    return {"gone": views.gone([*_going(desk), *over], GONE_MAX)}


def _gates(desk: Desk, letters: Letters, log: GateLog) -> dict[str, Any]:
    return {"gates": log.last(desk.books)}


def _alarms(desk: Desk, letters: Letters, log: GateLog) -> dict[str, Any]:
    who = who_in(desk, letters)
    groups = alarms.groups(new_alarms(desk), who)
    seen = documents(desk, "alarm", Warning, state="seen", limit=SEEN_MAX)
    return {
        "groups": groups, "alarms_count": sum(group.count for group in groups),
        "seen": [(alarms.kind_of(each.name), alarms.item(each, who)) for each in seen],
    }  # fmt: skip


def _going(desk: Desk) -> list[Visit]:
    """Every visit that is not over."""
    found = [documents(desk, "visit", Visit, state=state, limit=LISTED_MAX) for state in (*views.INSIDE, *views.LEAVING)]
    return [visit for visits in found for visit in visits]


def _held(desk: Desk) -> list[Bill]:
    """Held bills that wait for a confirmation, and not for a reviewer, an age check or a payment."""
    elsewhere = {visit.visit for visit in _going(desk) if visit.waits_for not in ("", "a confirmation")}
    bills = documents(desk, "bill", Bill, state="held", limit=LISTED_MAX)
    return [bill for bill in bills if bill.receipt.visit not in elsewhere]


_Shown = Callable[[Desk, Letters, GateLog], dict[str, Any]]
#: Panels in the order in which the whole page reads them: carts give out letters, and free those of who left.
_SHOWN: Final[Mapping[Panel, _Shown]] = MappingProxyType(
    {"state": _state, "carts": _carts, "tasks": _tasks, "gone": _gone, "gates": _gates, "alarms": _alarms}
)
