"""Questions as the shop really words them: one doubt between two shoppers, its second look, an audit of two moments."""

from __future__ import annotations

import msgspec
from tests.web.the_desk import PretendDesk
from tests.web.the_morning import NOON, doc, envelope, moment

from saunter.base.time import SECOND
from saunter.ports.documents import Asked
from saunter.records import Change, Choice, Look, Question

PARTY, OTHER = "guest-kqzv", "guest-wmxa"
DOUBT, AUDIT = "settlement/questions:7", "review/questions:8"
NAMES = (PARTY, OTHER, "visit-secret")


def chosen(party: str, action: str, text: str, quantity: int = 1) -> Choice:
    changes = (Change(sku="cola", quantity=quantity),) if quantity else ()
    return Choice(party=party, action=action, changes=changes, probability=0.3, text=text)  # type: ignore[arg-type]


def doubt(*, at: int = NOON, again: str = "", not_to: tuple[str, ...] = (), sequence: int = 7, left_s: int = 30) -> Question:
    """A doubt whose own words call the other shopper B, and the picture calls the one whom the receipt is for B."""
    stream = "review/questions" if again else "settlement/questions"
    return Question(
        envelope=envelope(stream, sequence, at), purpose="doubt", visit="visit-secret", party=PARTY, again=again, not_to=not_to,
        interaction="shelves/interactions:70", shelf="g1s1", plates=("g1s1p1", "g1s1p2"), started=at, settled=at + SECOND,
        text="What happened at shelf g1s1?", deadline=at + left_s * SECOND,
        choices=(
            chosen(PARTY, "taken", "the shopper this receipt is for took 1 Kestrel Cola 33 cl"),
            chosen(OTHER, "taken", "shopper B took 1 Kestrel Cola 33 cl"),
            chosen("guest-gone", "taken", "shopper C took 1 Kestrel Cola 33 cl"),
            chosen("NOBODY", "nothing", "nothing was taken or put back", 0),
        ),
    )  # fmt: skip


def audit(at: int = NOON) -> Question:
    looks = tuple(
        Look(interaction=f"shelves/interactions:{number}", shelf="g1s1", plates=("g1s1p1",), started=at, settled=at + SECOND)
        for number in (70, 71)
    )
    return Question(
        envelope=envelope("review/questions", 8, at), purpose="audit", visit="visit-secret", party=PARTY, interaction="",
        shelf="", plates=(), started=at, settled=at + SECOND, looks=looks, deadline=at + 86_400 * SECOND,
        text="Did the shopper keep exactly this: 1 Kestrel Cola 33 cl?",
        choices=(chosen("", "right", "exactly this", 0), chosen("", "too much", "something on the receipt was not taken", 0)),
    )  # fmt: skip


def put(desk: PretendDesk, question: Question, **changed: object) -> Asked:
    """Puts a question on the desk's queue."""
    names = tuple(look.interaction for look in question.looks) or (question.interaction,)
    asked = msgspec.structs.replace(Asked(question=question, state="open", moments=names, asked=question.happened), **changed)
    desk.books.put([doc("question", question.id, asked, state=asked.state, at=question.happened)])
    return asked


def review_desk(**given: bool) -> PretendDesk:
    """An empty shop but for one doubt and one audit."""
    desk = PretendDesk(**given)
    for each in desk.books.documents("question"):
        desk.books.put([msgspec.structs.replace(each, state="answered")])
    for number, sku in ((70, "cola"), (71, "water")):
        made = moment(desk.plan, f"shelves/interactions:{number}", sku, NOON, own=PARTY, other=OTHER, doubtful=True)
        made = msgspec.structs.replace(
            made, letters={PARTY: "B", OTHER: "A"}, doubts=(f"the hands of {PARTY} and {OTHER} and guest-gone were all near",)
        )
        desk.books.put([doc("moment", made.interaction, made, at=NOON)])
    put(desk, doubt())
    put(desk, audit())
    return desk
