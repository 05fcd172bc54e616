"""One morning in the corner shop, as its documents tell it at noon: parties p1 and p2 inside, p3 to p6 settled or waiting."""

from __future__ import annotations

import math

import msgspec

from saunter.base.time import MINUTE, SECOND, parse_iso
from saunter.plan import Plan
from saunter.ports.books import Document
from saunter.ports.documents import (
    Asked,
    Bill,
    Body,
    Candidate,
    CartItem,
    Check,
    Counted,
    Dispute,
    Moment,
    Money,
    Shop,
    Sketch,
    Trace,
    Visit,
    Warning,
)
from saunter.records import (
    AgeCheckAsked,
    Change,
    Choice,
    Correction,
    CorrectionLine,
    Decision,
    Envelope,
    Look,
    PaymentChanged,
    Question,
    Receipt,
    ReceiptLine,
)

NOON = parse_iso("2026-11-21T12:00:00Z")


def envelope(stream: str, sequence: int, at: int = NOON, because: tuple[str, ...] = ()) -> Envelope:
    return Envelope(store="corner", stream=stream, sequence=sequence, happened=at, arrived=at, because=because)


def line(plan: Plan, sku: str, quantity: int, probability: float, because: tuple[str, ...]) -> ReceiptLine:
    """A line with its tax inside the price, rounded half up."""
    product = plan.products[sku]
    total = product.price.minor * quantity
    tax = total * 23 // 123 if product.tax_code == "standard" else 0
    return ReceiptLine(
        sku=sku, gtin=product.gtin, name=product.name, quantity=quantity, unit_price_minor=product.price.minor,
        net_minor=total - tax, tax_code=product.tax_code, tax_rate="0.23" if tax else "0", tax_minor=tax, total_minor=total,
        probability=probability, because=because,
    )  # fmt: skip


def receipt(number: int, visit: str, party: str, lines: tuple[ReceiptLine, ...], dropped: tuple[Decision, ...] = ()) -> Receipt:
    return Receipt(
        envelope=envelope("ledger/receipts", number), visit=visit, party=party, currency="EUR", lines=lines,
        net_minor=sum(each.net_minor for each in lines), tax_minor=sum(each.tax_minor for each in lines),
        total_minor=sum(each.total_minor for each in lines), dropped=dropped,
    )  # fmt: skip


def trace(plate: str, grams: float, noise: float) -> Trace:
    """A plate that loses `grams` after three seconds, with a hand pressing on it meanwhile."""
    times = tuple(round(step * 0.1, 1) for step in range(81))
    press = [60.0 * math.exp(-(((at - 3.0) / 0.35) ** 2)) for at in times]
    levels = [(-grams if at > 3.2 else 0.0) + noise * math.sin(at * 9.0) + push for at, push in zip(times, press, strict=True)]
    return Trace(plate=plate, times_s=times, grams=tuple(round(level, 1) for level in levels))


def sketches(two: bool) -> tuple[Sketch, ...]:
    """A walks to the shelf and reaches; B stands by."""
    found = []
    for step in range(41):
        at = step * 0.2
        x, y = 2.4 - 1.1 * min(1.0, at / 2.5), 2.4 + 1.3 * min(1.0, at / 2.5)
        hands = ((x - 0.2, y + 0.5, 1.1),) if 2.4 < at < 3.8 else ()
        bodies = [Body("A", round(x, 2), round(y, 2), hands)]
        if two:
            bodies.append(Body("B", 2.1, round(3.6 + 0.1 * math.sin(at), 2), ()))
        found.append(Sketch(round(at, 1), tuple(bodies)))
    return tuple(found)


def moment(plan: Plan, key: str, sku: str, at: int, *, own: str, other: str, doubtful: bool) -> Moment:
    product = plan.products[sku]
    facing = next(each for each in plan.facings if each.sku == sku)
    plates = facing.plates[:2]
    grams = product.weight.mean_g or 100.0
    return Moment(
        interaction=key, shelf=plan.plates[plates[0]].shelf, plates=plates, began=at - 3 * SECOND, started=at,
        settled=at + SECOND, grams=-grams, traces=tuple(trace(plate, grams / len(plates), 1.5) for plate in plates),
        sketches=sketches(doubtful),
        candidates=(
            Candidate(text=f"1 x {product.name} taken", probability=0.78 if doubtful else 0.994),
            Candidate(text="only touched", probability=0.22 if doubtful else 0.006),
        ),
        shares={own: 0.62, other: 0.35, "NOBODY": 0.03} if doubtful else {own: 0.985, "NOBODY": 0.015},
        letters={own: "A", other: "B"} if doubtful else {own: "A"},
        doubts=("two people were in reach at the same time",) if doubtful else (),
    )  # fmt: skip


def documents_of_the_morning(plan: Plan) -> list[Document]:
    """Everything the books hold at noon."""
    return [
        *_shop(plan), *_inside(plan), *_settled(plan), *_moments(plan), *_questions(), *_checks(), *_alarms(plan), *_payments(),
    ]  # fmt: skip


def doc(kind: str, key: str, content: msgspec.Struct, owner: str = "", state: str = "", at: int = NOON) -> Document:
    return Document(kind=kind, key=key, body=msgspec.json.encode(content), owner=owner, state=state, at=at)


def _shop(plan: Plan) -> list[Document]:
    shop = Shop(store=plan.store, name=plan.name, state="open", mode="automatic", inside=3, now=NOON, opened=NOON - 240 * MINUTE)
    counted = Counted(
        visits=412, entered=431, questions=9, audits=3, touches=21, audited=3, audits_right=3, disputes=4, refunded_minor=415,
        sales_minor=318_240, waits_s=tuple(round(0.9 + 0.011 * (number % 97) + (14.0 if number % 83 == 0 else 0), 2)
                                          for number in range(412)),
        baskets={"1": 121, "2": 104, "3": 77, "4": 48, "5": 31, "6": 16, "8": 9, "12": 6},
        hours={"8": 61, "9": 97, "10": 104, "11": 132, "12": 18},
    )  # fmt: skip
    return [doc("shop", plan.store, shop, state="open"), doc("figures", plan.store, counted)]


def item(plan: Plan, sku: str, quantity: int, checking: int, probability: float) -> CartItem:
    product = plan.products[sku]
    return CartItem(
        sku=sku, name=product.name, quantity=quantity, checking=checking, unit_price_minor=product.price.minor,
        probability=probability,
    )  # fmt: skip


def _inside(plan: Plan) -> list[Document]:
    first = Visit(
        visit="visit-p1", party="p1", state="shopping", gate="door", entered=NOON - 4 * MINUTE, currency="EUR", total_minor=500,
        items=(item(plan, "bread", 1, 0, 0.995), item(plan, "choc-dark", 0, 1, 0.62), item(plan, "apple", 2, 1, 0.9)),
    )  # fmt: skip
    second = Visit(
        visit="visit-p2", party="p2", state="shopping", people=2, gate="door", entered=NOON - 2 * MINUTE, currency="EUR",
        items=(item(plan, "energy", 1, 0, 0.97),), total_minor=175, waits_for="an age check",
    )  # fmt: skip
    return [doc("visit", each.visit, each, each.party, each.state, each.entered) for each in (first, second)]


def _settled(plan: Plan) -> list[Document]:
    interactions = tuple(f"shelves/interactions:{number}" for number in range(8))
    dropped = Decision(
        sku="gum", quantity=1, probability=0.55, action="drop", because=interactions[3:4], reason="not sure enough to charge"
    )
    third = receipt(0, "visit-p3", "p3", (
        line(plan, "milk", 1, 0.998, interactions[0:1]), line(plan, "coffee", 1, 0.991, interactions[1:2]),
        line(plan, "choc-dark", 2, 0.94, interactions[2:3]),
    ), (dropped,))  # fmt: skip
    fourth = receipt(1, "visit-p4", "p4", (line(plan, "water", 2, 0.999, interactions[4:5]),))
    fifth = receipt(2, "visit-p5", "p5", (
        line(plan, "cola", 2, 0.97, interactions[5:6]), line(plan, "sandwich", 1, 0.96, interactions[6:7]),
    ))  # fmt: skip
    sixth = receipt(3, "visit-p6", "p6", (line(plan, "batteries", 1, 0.93, interactions[7:8]),))
    given = CorrectionLine(sku="cola", name=plan.products["cola"].name, quantity=1, net_minor=98, tax_minor=22, total_minor=120)
    correction = Correction(
        envelope=envelope("ledger/corrections", 0), visit="visit-p5", party="p5", receipt=fifth.id, currency="EUR",
        lines=(given,),
        net_minor=98, tax_minor=22, total_minor=120, reason="a reviewer saw one bottle go back",
    )  # fmt: skip
    disputes = (
        Dispute(dispute="web/disputes:0", sku="cola", quantity=1, outcome="refunded", by="reviewer", raised=NOON, settled=NOON),
        Dispute(dispute="web/disputes:1", sku="sandwich", quantity=1, outcome="asked", raised=NOON),
    )
    found: list[Document] = []
    for number, (made, state, helped) in enumerate(
        ((third, "sent", True), (fourth, "sent", False), (fifth, "sent", False), (sixth, "held", False))
    ):
        at = NOON - (60 - 10 * number) * MINUTE
        mine = made is fifth
        bill = Bill(
            receipt=made, state=state, at=at, sent=at + 2 * SECOND if state == "sent" else 0, helped=helped, dropped=made.dropped,
            names={"gum": plan.products["gum"].name}, corrections=(correction,) if mine else (),
            disputes=disputes if mine else (), due_minor=made.total_minor - (120 if mine else 0),
            payment="captured" if state == "sent" else "authorised", disputable_until=at + 30 * 24 * 60 * MINUTE,
        )  # fmt: skip
        visit = Visit(
            visit=made.visit, party=made.party, state="settled" if state == "sent" else "settling", gate="door",
            entered=at - 5 * MINUTE, left=at - SECOND, settled=at if state == "sent" else 0, receipt=made.id,
            total_minor=made.total_minor, currency="EUR", helped=helped, payment=bill.payment,
            waits_for="" if state == "sent" else "a confirmation",
        )  # fmt: skip
        found += [doc("visit", visit.visit, visit, visit.party, visit.state, visit.entered)]
        found += [doc("bill", made.visit, bill, made.party, state, at)]
    return found


def _moments(plan: Plan) -> list[Document]:
    goods = ("milk", "coffee", "choc-dark", "gum", "water", "cola", "sandwich", "batteries")
    parties = ("p3", "p3", "p3", "p3", "p4", "p5", "p5", "p6")
    found = []
    for number, (sku, party) in enumerate(zip(goods, parties, strict=True)):
        key, at = f"shelves/interactions:{number}", NOON - (64 - 3 * number) * MINUTE
        made = moment(plan, key, sku, at, own=party, other="p2", doubtful=number in (2, 3, 5))
        found.append(doc("moment", key, made, party, at=at))
    return found


def question(number: int, purpose: str, sku: str, name: str, moments: tuple[str, ...], deadline: int) -> Asked:
    taken = Change(sku=sku, quantity=1)
    asked = Question(
        envelope=envelope("review/questions", number), purpose="audit" if purpose == "audit" else "doubt", visit="visit-p6",
        interaction="" if purpose == "audit" else moments[0], shelf="" if purpose == "audit" else "g1s1",
        plates=("g1s1p1", "g1s1p2"), started=NOON - 43 * MINUTE, settled=NOON - 43 * MINUTE + SECOND,
        text="Who took what here?" if purpose != "audit" else "Is this receipt right?", deadline=deadline, party="p6",
        choices=(
            Choice(party="p6", action="taken", changes=(taken,), probability=0.62, text=f"A took 1 x {name}"),
            Choice(party="p2", action="taken", changes=(taken,), probability=0.3, text=f"B took 1 x {name}"),
            Choice(party="p6", action="nothing", changes=(), probability=0.08, text="nothing was taken"),
        ) if purpose != "audit" else (
            Choice(party="p6", action="right", changes=(), probability=0.97, text="the receipt is right"),
            Choice(party="p6", action="too much", changes=(), probability=0.02, text="it holds something too much"),
        ),
        looks=tuple(Look(interaction=each, shelf="g1s1", plates=("g1s1p1",), started=NOON, settled=NOON) for each in moments)
        if purpose == "audit" else (), loss_removed=120.0,
    )  # fmt: skip
    return Asked(question=asked, state="open", moments=moments, asked=NOON - 20 * SECOND)


def _questions() -> list[Document]:
    asked = (
        question(0, "doubt", "choc-dark", "Saltmill Dark Chocolate 100 g", ("shelves/interactions:2",), NOON + 25 * SECOND),
        question(1, "doubt", "cola", "Kestrel Cola 33 cl", ("shelves/interactions:5",), NOON + 40 * SECOND),
        question(2, "audit", "", "", ("shelves/interactions:0", "shelves/interactions:1"), NOON + 600 * SECOND),
    )
    return [doc("question", each.question.id, each, state=each.state, at=each.asked) for each in asked]


def _checks() -> list[Document]:
    asked = AgeCheckAsked(
        envelope=envelope("approvals/asked", 0, NOON - 30 * SECOND), visit="visit-p2", party="p2", sku="energy",
        name="Voltaire Energy 25 cl", minimum=16, probability=0.97,
    )  # fmt: skip
    return [doc("check", asked.id, Check(asked=asked, state="open"), "p2", "open", NOON - 30 * SECOND)]


def _alarms(plan: Plan) -> list[Document]:
    alarms = (
        Warning(
            name="plate-silent", subject="g2s3p4", first=NOON - 6 * MINUTE, last=NOON - MINUTE, times=4,
            text="plate g2s3p4 says nothing: check its cable and power; what lies on it is not charged until it is back",
        ),
        Warning(
            name="unregistered-person", subject="door", first=NOON - 2 * MINUTE, last=NOON - 2 * MINUTE,
            text="somebody came in behind a shopper at the door: greet them and ask them to show a code",
        ),
    )  # fmt: skip
    return [doc("alarm", f"{each.name} {each.subject}", each, state=each.state, at=each.last) for each in alarms]


def _payments() -> list[Document]:
    found = []
    for number, (party, state, held, taken) in enumerate(
        (("p1", "authorised", 5000, 0), ("p3", "captured", 5000, 995), ("p5", "captured", 5000, 565))
    ):
        changed = PaymentChanged(
            envelope=envelope("payments/changes", number), payment=f"pay-{party}", party=party, state=state, currency="EUR",
            authorised_minor=held, captured_minor=taken, refunded_minor=120 if party == "p5" else 0, reference=f"ref-{party}",
        )  # fmt: skip
        found.append(doc("payment", changed.payment, Money(payment=changed, at=NOON), party, state))
    return found
