"""Why a gate stays shut: the rules of coming in, as functions of a key and of how the shop stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from saunter.base.cards import refuse_card_numbers
from saunter.base.ids import RESERVED_PARTIES, is_name
from saunter.entry.keys import Key
from saunter.entry.table import State
from saunter.plan.types import Plan
from saunter.records import CardPresented, Denial, GatePass, KeyIssued, StoreState

#: The only states of the store in which anybody is let in.
LETS_IN: Final = frozenset[StoreState]({"open", "degraded"})
#: Hexadecimal digits of a SHA-256.
HASH_DIGITS: Final = 64
#: What is wrong with the moment or the place and not with the key: the same code may be shown again.
PASSING: Final = frozenset[Denial]({"wrong gate", "shop closed", "shop full"})


class Standing(NamedTuple):
    """How the shop stands when a key is shown: its state, and how many places are taken, reserved ones too."""

    state: StoreState
    taken: int


def refusal(key: Key, gate: str, standing: Standing, plan: Plan) -> Denial | Literal[""]:
    """Why a key that nobody used yet is not accepted at a gate; empty: it is."""
    if gate in plan.gates and plan.gates[gate].kind == "out":
        return "wrong gate"
    if standing.state not in LETS_IN:
        return "shop closed"
    if "run the shop" not in key.purposes:
        return "no consent"
    if key.people > plan.policies.key_people_max:
        return "too many people"
    if standing.taken + key.people > plan.policies.capacity:
        return "shop full"
    return ""


def shown_again(key: Key) -> Denial | Literal[""]:
    """What a key is told that was shown before; empty: it is passed over, for scanners read twice."""
    if key.state is State.AUTHORISING:
        return ""
    if key.state is State.EXPIRED:
        return "code expired"
    if key.state is State.DENIED:
        return key.denial
    return "already inside" if key.is_card and key.state is not State.USED else "code used"


def stranger(key: Key | None, record: GatePass) -> str:
    """What is wrong with a pass inwards, and what to do, in words for staff; empty: its key was for it.

    `key` is that of the pass's party, None where it never had one.
    """
    who = f"{record.people} {'person' if record.people == 1 else 'people'} came in at {record.gate}"
    if key is None:
        return f"{who} without a key: welcome them at the gate and help them to one, or let them pay at a staffed till"
    if key.state not in (State.ADMITTED, State.INSIDE):
        why = f"{key.state} ({key.denial})" if key.denial else key.state
        return f"{who} as {key.party}, whose key is {why}: ask them to come back to the gate, or let them pay at a staffed till"
    if key.passed + record.people > key.people:
        came = key.passed + record.people
        return f"{who} as {key.party}, {came} in all on a key for {key.people}: ask who pays for those who came along"
    return ""


def faults(record: KeyIssued | CardPresented) -> list[str]:
    """Everything that is wrong with a new key in itself."""
    found = []
    if not is_name(record.party) or record.party in RESERVED_PARTIES:
        found.append(f"{record.party!r} is not the id of a party")
    if record.people < 1:
        found.append(f"a key lets in at least one, not {record.people}")
    if not record.method:
        found.append("it has no payment method")
    if isinstance(record, KeyIssued) and not is_hash(record.code_hash):
        found.append("its code_hash is not a SHA-256 in lower-case hexadecimal digits; never send the code itself")
    return found + _cards({"method": record.method, "party": record.party, "notice": record.notice})


def is_hash(text: str) -> bool:
    """Whether a text is a SHA-256 as the shop writes them."""
    return len(text) == HASH_DIGITS and set(text) <= set("0123456789abcdef")


def _cards(fields: Mapping[str, str]) -> list[str]:
    try:
        refuse_card_numbers(fields)
    except ValueError as error:
        return [str(error)]
    return []
