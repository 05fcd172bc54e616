"""Alarms as staff read them: those of one kind together, in words, with what to do, and with links in place of opaque ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from saunter.ports.documents import Visit, Warning
from saunter.web.store.constants import ALARMS_SHOWN_MAX


class Kind(NamedTuple):
    """What an alarm of one name is about, and what to do. `only_manager`: it is about money, a manager says that it is settled.

    `pattern` reads the alarm's own text, `sentence` says it to people; without them the text is said as it is.
    """

    title: str
    do: str
    only_manager: bool = False
    pattern: str = ""
    sentence: str = ""


_BY_HAND: Final = "Open the visit, compare its lines with its moments, and settle it with the shopper by hand."
_TELL: Final = "Nothing to do on the floor. If it keeps coming, tell whoever looks after the system."

#: Every alarm that the shop can raise, by its name; a test looks for others in the source.
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "unregistered-person": Kind(
            "Somebody came in without a valid code",
            "Greet them at the gate: help them to a code, or let them pay at a staffed till.",
        ),
        "visit-abandoned": Kind(
            "Somebody was lost from sight",
            "See whether somebody needs help, or whether a gate or the tracker missed them. Nothing is charged, what was held is "
            "let go; whoever is seen to leave after all still gets a receipt.",
        ),
        "gate-contradicts-track": Kind(
            "Two shoppers may have been mixed up",
            "Open both visits and compare the lines. Whoever was charged for the other's goods gets the money back once they "
            "dispute the line; what nobody was charged for stays uncharged.",
            pattern=r"(?P<one>\S+) left with track \S+, which was taken for (?P<other>[^\s:]+):.*",
            sentence="The gate says that {one} left; the room took them for {other}.",
        ),
        "plate-silent": Kind("A plate says nothing", "Check cable and power. What is taken from it meanwhile is not charged."),
        "plate-frozen": Kind(
            "A plate is stuck", "Lift the goods and put them back. Until it moves again its goods are not charged."
        ),
        "plate-unknown": Kind("A plate is not in the plan", "Add it to store.toml, or take it out of the channel."),
        "late-readings": Kind("Readings come too late", "Check network and clocks of the sensors; late ones are left out."),
        "reading-refused": Kind("A reading could not be used", _TELL),
        "input-left-out": Kind(
            "Something the shop was told broke the program",
            "It was left out, and the shop goes on. Send the text below and the data folder's inputs.db to an engineer.",
        ),
        "turn-refused": Kind("The shop lost a moment", _TELL),
        "cart-refused": Kind("A cart could not be decided", _BY_HAND, only_manager=True),
        "question-expired": Kind(
            "A question was not answered in time", "See that enough reviewers look. What was in doubt was not charged."
        ),
        "verdict-refused": Kind("An answer came too late or did not fit", "Nothing to do: the bill went its way without it."),
        "evidence-refused": Kind("An answer could not be used", "Nothing to do: the bill went its way without it."),
        "bill-refused": Kind("A bill could not be made", _BY_HAND, only_manager=True),
        "guard-refused": Kind(
            "The guard held something back", "Nothing was sent. Look at the visit before anything is charged by hand.",
            only_manager=True,
        ),
        "correction-refused": Kind("Money could not be given back", _BY_HAND, only_manager=True),
        "payment-failed": Kind("The provider declined", "Settle it with the provider or with the shopper.", only_manager=True),
        "payment-uncollected": Kind(
            "A receipt could not be collected", "Ask the shopper for another way to pay.", only_manager=True
        ),
        "payment-unknown": Kind(
            "A payment's outcome is not known", "It is asked again and again. See whether the provider can be reached.",
            only_manager=True,
        ),
        "payment-contradiction": Kind(
            "The provider contradicts the books", "Nothing was changed by it. Compare the provider's ledger with the books.",
            only_manager=True,
        ),
        "entry-refused": Kind("The gate's room refused a record", _TELL),
        "consent-refused": Kind("The consent room refused a record", _TELL),
        "payment-refused": Kind("The payment room refused a record", _BY_HAND, only_manager=True),
        "settlement-refused": Kind("The settlement room refused a record", _BY_HAND, only_manager=True),
        "opening-refused": Kind("The opening room refused a record", _TELL),
        "approvals-refused": Kind("The approvals room refused a record", _BY_HAND),
        "disputes-refused": Kind("A dispute could not be taken", _BY_HAND),
        "review-refused": Kind("A question could not be put", _TELL),
    }
)  # fmt: skip
#: Money that did not come or did not go back: shown as something to do until a manager says that it is settled.
MONEY: Final = ("payment-failed", "payment-uncollected")
#: What may be an opaque id in an alarm's text.
_ID: Final = re.compile(r"(?:visit-)?party-[a-z]+(?:-\d+)?|[A-Za-z][\w./-]*\d[\w./-]*\w|[A-Za-z]\d+")


class Piece(msgspec.Struct, frozen=True):
    """A piece of a sentence; `visit` is what it links to, if anything."""

    text: str
    visit: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm in words."""

    warning: Warning
    pieces: tuple[Piece, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """All new alarms of one name, the newest first: `items` in words, and how many `more` there are."""

    name: str
    kind: Kind
    items: tuple[Item, ...]
    more: int
    last: int

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.items) + self.more


#: Finds the visit of a party, or of that name, and says how the party is called on this page.
Who = Callable[[str], tuple[Visit, str] | None]


def kind_of(name: str) -> Kind:
    """What an alarm is about; one that nobody wrote words for is called by its own name."""
    return KINDS.get(name) or Kind(name.replace("-", " ").replace("_", " ").capitalize(), _TELL)


def groups(found: Sequence[Warning], who: Who) -> tuple[Group, ...]:
    """New alarms by name, the group with the newest first. Those about money that is missing are told elsewhere."""
    by_name: dict[str, list[Warning]] = {}
    for each in sorted(found, key=lambda each: (-each.last, each.name, each.subject)):
        if each.name not in MONEY:
            by_name.setdefault(each.name, []).append(each)
    return tuple(
        Group(
            name=name, kind=kind_of(name), items=tuple(item(each, who) for each in alarms[:ALARMS_SHOWN_MAX]),
            more=max(0, len(alarms) - ALARMS_SHOWN_MAX), last=alarms[0].last,
        )
        for name, alarms in by_name.items()
    )  # fmt: skip


def item(warning: Warning, who: Who) -> Item:
    """An alarm in words: its own text, with people where it has ids."""
    kind = kind_of(warning.name)
    match = re.fullmatch(kind.pattern, warning.text, re.DOTALL) if kind.pattern else None
    text = kind.sentence.format(**match.groupdict()) if match else warning.text
    return Item(warning=warning, pieces=tuple(_pieces(text, who)))


def _pieces(text: str, who: Who) -> list[Piece]:
    found, at = list[Piece](), 0
    for match in _ID.finditer(text):
        known = who(match[0])
        if known is not None:
            visit, called = known
            found += [Piece(text[at : match.start()]), Piece(called, visit.visit)]
            at = match.end()
    return [piece for piece in (*found, Piece(text[at:])) if piece.text]
