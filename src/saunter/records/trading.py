"""The shop itself: open or closed, and in which mode it settles."""

from __future__ import annotations

from typing import Literal

from saunter.records.envelope import Record

StoreState = Literal["closed", "opening", "open", "degraded", "closing"]
StoreMode = Literal["shadow", "assisted", "automatic"]


class StoreCommand(Record, frozen=True, kw_only=True):
    """Somebody tells the shop to open, to close, or to change its mode. An input. `by` is an opaque id of staff."""

    action: Literal["open", "close", "shadow", "assisted", "automatic"]
    by: str = ""


class StoreChanged(Record, frozen=True, kw_only=True):
    """The shop entered a state of the store table, or another mode; `reason` says why, in words for staff."""

    state: StoreState
    mode: StoreMode
    reason: str = ""


class BillConfirmed(Record, frozen=True, kw_only=True):
    """Assisted mode: a person looked at a receipt that waits, and lets it go or drops lines of it. An input.

    `receipt` is the id of the settlement whose receipt waits, which is also the id of its preview. `dropped` are the products
    that are not to be charged.
    """

    receipt: str
    by: str = ""
    dropped: tuple[str, ...] = ()


class AlarmSeen(Record, frozen=True, kw_only=True):
    """A member of staff has seen an alarm and takes care of it: it is shown as seen until it is raised again. An input.

    `name` and `subject` are the alarm's, `by` an opaque id of staff.
    """

    name: str
    subject: str
    by: str = ""
