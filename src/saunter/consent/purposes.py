"""The table of purposes: what each allows, and what happens without it. The rules are functions of what was agreed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from saunter.records import PURPOSES, Purpose


class Rule(NamedTuple):
    """What one purpose allows, and what the shop does without it: words for engineers; shoppers read theirs in `web`."""

    allows: str
    without: str


RULES: Final[Mapping[Purpose, Rule]] = MappingProxyType(
    {
        "run the shop": Rule(
            allows="weights, body points and gate passes are joined to a bill for this visit, and the bill is charged",
            without="no entry to the walk-out shop; the plain page of the staffed till instead",
        ),
        "review": Rule(
            allows="a person may look at the shelf trace and the floor sketch of a doubtful moment of this visit",
            without="entry; nobody is asked, a doubtful line is dropped, and the receipt is never audited. Who disputes a line "
            "asks for that look",
        ),
        "training": Rule(
            allows="answers and audits about this visit may teach the belief how sure it is",
            without="entry; what is said about this visit teaches nothing",
        ),
        "analytics": Rule(
            allows="this visit may be counted with others in figures about goods and hours",
            without="entry; the visit is left out of every figure that the books do not need",
        ),
    }
)


def ordered(purposes: Iterable[Purpose]) -> tuple[Purpose, ...]:
    """The purposes in the order of the table, each once."""
    agreed = frozenset(purposes)
    return tuple(purpose for purpose in PURPOSES if purpose in agreed)


def may_enter(purposes: Collection[Purpose]) -> bool:
    """Whether a walk-out shop may let the party in at all."""
    return "run the shop" in purposes


def may_be_asked(purposes: Collection[Purpose]) -> bool:
    """Whether a person may be asked about doubtful moments of the visit; if not, a doubtful line is dropped."""
    return may_enter(purposes) and "review" in purposes


def may_teach(purposes: Collection[Purpose]) -> bool:
    """Whether what is said about the visit may be learned from."""
    return may_enter(purposes) and "training" in purposes


def may_be_counted(purposes: Collection[Purpose]) -> bool:
    """Whether the visit may go into figures beside the books."""
    return may_enter(purposes) and "analytics" in purposes


def limits(purposes: Collection[Purpose]) -> tuple[str, ...]:
    """What the shop does differently for who agreed to these only, in the order of the table; empty: nothing."""
    return tuple(RULES[purpose].without for purpose in PURPOSES if purpose not in purposes)
