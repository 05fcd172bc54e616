"""What a reviewer sees of a question: letters instead of parties, and nothing that the machine already believes.

Nothing here holds a party, a visit or an account: a reviewer judges a movement, not a person. The belief's probabilities are
left out as well, so that an answer is evidence of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal

import msgspec

from saunter.base.ids import NOBODY, RESERVED_PARTIES, STAFF, UNREGISTERED
from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.ports.documents import Asked, Body, Moment
from saunter.records import Choice, Question
from saunter.web.floor import meant_on
from saunter.web.words import counted

#: Why a question is asked, in words for the reviewer.
PURPOSES: Final = {
    "doubt": "a receipt waits for this",
    "audit": "random check of a settled receipt",
    "dispute": "a shopper disputes a line",
}
#: How the shop calls people in a choice's text when it cannot know the letters of the picture.
_CALLED: Final = re.compile(r"^(the shopper this receipt is for|shopper [A-Z]+)\b")
#: Labels in a picture that are no letters of shoppers.
_MARKS: Final = {STAFF: "staff", UNREGISTERED: "?", NOBODY: "", "": ""}
#: The belief's sentence about several people within reach names them.
_HANDS: Final = re.compile(r"the hands of (.+) were all near")
_LETTER: Final = re.compile(r"[A-Z]{1,2}")


class Key(msgspec.Struct, frozen=True):
    """A key to press and what it says. `letter` is the person of the picture whom it speaks of, if any."""

    key: int
    text: str
    letter: str = ""
    kind: Literal["choice", "none of these", "cannot tell"] = "choice"


class Good(msgspec.Struct, frozen=True):
    """A product that is meant to lie on the plates in question, and what one piece weighs in words."""

    name: str
    weight: str
    plates: str


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A moment for the replay, seconds from its beginning. `frames` are (at_s, bodies as [letter, x, y, hands])."""

    duration_s: float
    started_s: float
    settled_s: float
    payer: str
    frames: tuple[tuple[float, tuple[Body, ...]], ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of a question as the page shows it."""

    moment: Moment
    replay: Replay
    change: str
    goods: tuple[Good, ...]
    doubts: tuple[str, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A question on the queue. `left_s` seconds until it is due, `taken`: somebody else is looking, `mine`: the asker is."""

    id: str
    purpose: str
    place: str
    left_s: int
    again: bool = False
    taken: bool = False
    mine: bool = False


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a reviewer: the first rows, and how many there are in all."""

    rows: tuple[Row, ...]
    waiting: int
    free: int


def first_id(question: Question) -> str:
    """The id that answers name: the first one's, also when a question is put a second time."""
    return question.again or question.id


def may_see(asked: Asked, reviewer: str) -> bool:
    """Whether a question is still open and may go to this reviewer: who could not tell is not asked again."""
    return asked.state == "open" and reviewer not in asked.question.not_to and reviewer not in asked.by


def in_order(asked: Sequence[Asked]) -> list[Asked]:
    """Doubts before audits and disputes (somebody waits for the receipt), then what is due first; ties by id."""
    return sorted(asked, key=lambda each: (each.question.purpose != "doubt", each.question.deadline, each.question.id))


def queue(asked: Sequence[Asked], holders: Mapping[str, str], reviewer: str, now: int, most: int) -> Queue:
    """The queue of one reviewer at `now` (ns UTC of the shop)."""
    waiting = [each for each in in_order(asked) if may_see(each, reviewer)]
    rows = tuple(_row(each, holders.get(first_id(each.question), ""), reviewer, now) for each in waiting)
    return Queue(rows=rows[:most], waiting=len(rows), free=sum(not row.taken for row in rows))


def _row(asked: Asked, holder: str, reviewer: str, now: int) -> Row:
    question = asked.question
    looks = len(question.looks)
    place = f"shelf {question.shelf}" if question.shelf else counted("moment", looks) if looks else "the floor"
    return Row(
        id=first_id(question), purpose=question.purpose, place=place, left_s=left_s(question, now),
        again=bool(question.again), taken=bool(holder) and holder != reviewer, mine=holder == reviewer,
    )  # fmt: skip


def left_s(question: Question, now: int) -> int:
    """Whole seconds of the shop's clock until a question is due; 0 once it is."""
    return max(0, int(to_seconds(question.deadline - now)))


def keys(question: Question, letters: Mapping[str, str]) -> tuple[Key, ...]:
    """Keys 1 to n for the choices, the next one for "none of these" where a doubt is asked, and 0 for "cannot tell"."""
    choices = tuple(
        Key(number, called(choice, letters), letters.get(choice.party, "")) for number, choice in enumerate(question.choices, 1)
    )
    none = (Key(len(choices) + 1, "none of these", kind="none of these"),) if question.purpose == "doubt" else ()
    return (*choices, *none, Key(0, "cannot tell", kind="cannot tell"))


def called(choice: Choice, letters: Mapping[str, str]) -> str:
    """A choice in words, its person called by the letter in the picture. The question's own words know no pictures, so
    their letters would mean somebody else."""
    letter = letters.get(choice.party, "")
    who = f"person {letter}" if letter else "somebody who is not in the picture"
    named = choice.party and choice.party not in RESERVED_PARTIES
    text = _CALLED.sub(who, choice.text) if named else choice.text
    return text[:1].upper() + text[1:]


def said(key: Key) -> tuple[Literal["choice", "none of these", "cannot tell"], int]:
    """What a key says, as a Verdict writes it: the answer and the number of the choice."""
    return key.kind, key.key if key.kind == "choice" else 0


def seen(moment: Moment, question: Question, plan: Plan) -> Seen:
    """A moment without parties."""
    letters = moment.letters
    last = max(
        [sketch.at_s for sketch in moment.sketches]
        + [trace.times_s[-1] for trace in moment.traces if trace.times_s]
        + [to_seconds(moment.settled - moment.began), 1.0]
    )
    replay = Replay(
        duration_s=round(last, 3),
        started_s=to_seconds(max(moment.started - moment.began, 0)),
        settled_s=to_seconds(max(moment.settled - moment.began, 0)),
        payer=letters.get(question.party, ""),
        frames=tuple((sketch.at_s, tuple(_body(body, letters) for body in sketch.bodies)) for sketch in moment.sketches),
    )
    parties = {*letters, *moment.shares, question.party, question.visit, *(choice.party for choice in question.choices)}
    doubts = tuple(without_parties(doubt, letters, parties) for doubt in moment.doubts)
    return Seen(moment=moment, replay=replay, change=change(moment.grams), goods=goods(moment.plates, plan), doubts=doubts)


def _body(body: Body, letters: Mapping[str, str]) -> Body:
    return msgspec.structs.replace(body, label=mark(body.label, letters))


def mark(label: str, letters: Mapping[str, str]) -> str:
    """What stands on a body in the picture: a letter, "staff", or "?" for whom nobody knows; never a party."""
    known = letters.get(label, _MARKS.get(label))
    return known if known is not None else label if _LETTER.fullmatch(label) else "?"


def without_parties(text: str, letters: Mapping[str, str], parties: Collection[str]) -> str:
    """A sentence with letters where it named parties, "somebody" where a party has none. The longest name goes first."""
    text = _HANDS.sub(lambda found: _hands(found[1], letters), text)
    for party in sorted({*parties} - {"", *RESERVED_PARTIES}, key=len, reverse=True):
        who = f"person {letters[party]}" if party in letters else "somebody"
        text = re.sub(rf"(?<![\w-]){re.escape(party)}(?![\w-])", who, text)
    return text


def _hands(names: str, letters: Mapping[str, str]) -> str:
    """The parties whose hands were near, known to the picture or not, as the belief's one sentence lists them."""
    called = [f"person {letters[name]}" if name in letters else "somebody" for name in names.split(" and ")]
    return f"the hands of {' and '.join(called)} were all near"


def change(grams: float) -> str:
    """What the plates felt in all, in words."""
    if abs(grams) < 0.5:
        return "In all, the weight did not change."
    return f"The plates got {abs(grams):.0f} g {'lighter' if grams < 0 else 'heavier'}."


def goods(plates: Sequence[str], plan: Plan) -> tuple[Good, ...]:
    """What is meant to lie on these plates, with the weight of a piece, in the plates' order."""
    found: dict[str, list[str]] = {}
    for plate in plates:
        for sku in meant_on(plan, plate):
            found.setdefault(sku, []).append(plate)
    return tuple(Good(plan.products[sku].name, _weight(plan, sku), ", ".join(on)) for sku, on in found.items())


def _weight(plan: Plan, sku: str) -> str:
    mean_g = plan.products[sku].weight.mean_g
    return "weight not known yet" if mean_g is None else f"{mean_g:.0f} g"


def data(replay: Replay) -> str:
    """A replay as JSON that may stand inside a page: no character of it can end the element that holds it."""
    return msgspec.json.encode(replay).decode().replace("<", "\\u003c").replace("&", "\\u0026")
