"""Alarms and missing money on the store's page: in words, together by kind, with what to do, until somebody has seen to them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from tests.web.the_desk import PretendDesk, client, corner_shop, form_token
from tests.web.the_morning import NOON, envelope

from saunter.base.time import MINUTE
from saunter.payment.alarms import ALARMS
from saunter.pipeline.engine import Pipeline
from saunter.pipeline.trading import HEARD_BY
from saunter.ports.documents import Bill, Money, Visit, Warning
from saunter.records import AlarmSeen, PaymentChanged, TrackLeft
from saunter.web.store import alarms
from saunter.web.store.alarms import KINDS, MONEY
from saunter.web.store.constants import ALARMS_PAGE, ALARMS_SHOWN_MAX

SOURCE = Path(__file__).parents[2] / "src" / "saunter"
CROSSED = "gate-contradicts-track"


def raised(
    desk: PretendDesk, name: str, subject: str, at: int = NOON, text: str = "look", state: str = "new", times: int = 1
) -> Warning:
    warning = Warning(name=name, subject=subject, text=text, first=at - MINUTE, last=at, times=times, state=state)
    desk.put("alarm", f"{name} {subject}", warning, state=state, at=at)
    return warning


def panel(desk: PretendDesk, role: str = "staff", name: str = "alarms") -> str:
    return " ".join(client(desk, role).get(f"/store/panels/{name}").text.split())


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def press(desk: PretendDesk, role: str, **form: object) -> int:
    browser = client(desk, role)
    return browser.post("/store/alarms", data={"csrf": form_token(browser, "/staff/sign-in"), **form}).status_code


def seen(desk: PretendDesk) -> list[tuple[str, str, str]]:
    return sorted((each.name, each.subject, each.by) for each in desk.told if isinstance(each, AlarmSeen))


def test_every_alarm_that_the_shop_can_raise_has_words_and_no_other_has() -> None:
    said = "".join(path.read_text() for path in SOURCE.rglob("*.py") if path.parent.name != "store")
    names = set(re.findall(r"_alarm\(\s*\"([a-z-]+)\"", said)) | set(ALARMS) | {"plate-silent", "plate-frozen"}
    names |= set(re.findall(r"^(?:STRANGER|REFUSAL|ABANDONED|BILL_REFUSED|LEFT_OUT): Final = \"([a-z-]+)\"", said, re.MULTILINE))
    names |= {f"{room}-refused" for rooms in HEARD_BY.values() for room in rooms} | {"review-refused"}
    assert {"unregistered-person", "guard-refused", "bill-refused", "visit-abandoned", "input-left-out", CROSSED} <= names
    assert set(KINDS) == names


def test_an_alarm_that_nobody_wrote_words_for_is_still_told() -> None:
    desk = PretendDesk()
    raised(desk, "moon-fell_down", "x", text="it lies in aisle 3")
    assert "Moon fell down" in panel(desk) and "it lies in aisle 3" in panel(desk)


def test_alarms_of_one_kind_are_one_line_with_their_number_the_newest_kind_first() -> None:
    desk = PretendDesk()
    for number in range(ALARMS_SHOWN_MAX + 3):
        raised(desk, CROSSED, f"t{number}", NOON + number, text=f"moment {number} of it")
    said = panel(desk)
    assert said.index("mixed up") < said.index("A plate says nothing")
    assert said.count("<summary>") == 3 and f'<span class="badge warn">{ALARMS_SHOWN_MAX + 3}</span>' in said
    shown = re.findall(r"moment (\d+) of it", said)
    assert shown == [str(number) for number in reversed(range(3, ALARMS_SHOWN_MAX + 3))]
    assert "and 3 older ones" in said
    assert 'data-count="11"' in said  # these nine, the plate and the person at the door


def test_two_shoppers_mixed_up_are_called_as_the_page_calls_them_with_links_and_no_ids() -> None:
    desk = PretendDesk()
    left = TrackLeft(envelope=envelope("tracking", 0), track="t341", party="p3", probability=1.0)
    shop = Pipeline(corner_shop())
    shop.attribution.party_of = lambda track: "p1"  # type: ignore[method-assign]
    ((alarm),) = shop._contradiction(left)
    raised(desk, alarm.name, alarm.subject, text=alarm.text)
    said = panel(desk)
    assert '<a href="/store/visits/visit-p3">the shopper who left at 10:59</a>' in said
    assert '<a href="/store/visits/visit-p1">shopper A</a>' in said
    assert "compare the lines" in words(said)
    assert "t341" not in words(said) and not re.search(r"\bp[13]\b", words(said))


def test_people_in_any_other_alarm_are_called_so_too_and_what_is_nobody_stays_as_it_is() -> None:
    desk = PretendDesk()
    raised(desk, "unregistered-person", "x", text="1 person came in at g-1 as p1, whose key is used: ask them back")
    assert "1 person came in at g-1 as shopper A, whose key is used" in words(panel(desk)).replace(" ,", ",")


def test_staff_see_to_a_whole_kind_as_the_page_showed_it_and_what_came_since_stays() -> None:
    desk = PretendDesk()
    for number in range(3):
        raised(desk, CROSSED, f"t{number}", NOON + number)
    raised(desk, CROSSED, "gone", NOON, state="seen")
    assert press(desk, "staff", name=CROSSED, until=f"t{NOON + 1}") == 303
    assert seen(desk) == [(CROSSED, "t0", "staff-staff"), (CROSSED, "t1", "staff-staff")]


@pytest.mark.parametrize("form", [{"name": CROSSED, "until": f"t{NOON}"}, {"name": CROSSED, "subject": "t1"}, {"name": CROSSED}])
def test_what_nobody_needs_to_see_to_any_more_is_said(form: dict[str, object]) -> None:
    desk = PretendDesk()
    raised(desk, CROSSED, "t1", NOON, state="seen")
    raised(desk, CROSSED, "t2", NOON + 1)
    assert press(desk, "manager", **form) == 409
    assert desk.told == []


def test_what_was_dealt_with_is_out_of_the_way_and_can_still_be_read() -> None:
    desk = PretendDesk()
    raised(desk, CROSSED, "t1", text="it was so", state="seen")
    said = panel(desk)
    assert said.index("Dealt with") < said.index("it was so") and "mixed up" not in said[: said.index("Dealt with")]


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.only_manager])
def test_alarms_about_money_are_settled_by_a_manager_alone(name: str) -> None:
    desk = PretendDesk()
    raised(desk, name, "x")
    assert press(desk, "staff", name=name, subject="x") == 403
    assert desk.told == []
    assert press(desk, "manager", name=name, subject="x") == 303
    assert seen(desk) == [(name, "x", "staff-manager")]
    where = "tasks" if name in MONEY else "alarms"
    assert "A manager says when this is settled" in panel(desk, "staff", where)
    assert "<form" not in panel(desk, "engineer")


def test_all_alarms_are_listed_page_by_page_none_twice_also_when_many_came_at_once() -> None:
    desk = PretendDesk()
    for number in range(ALARMS_PAGE + 20):
        raised(desk, "late-readings", f"w/{number} é", NOON, text=f"number {number}.")
    browser, place, found = client(desk, "engineer"), "/store/alarms", list[str]()
    for _ in range(3):
        said = browser.get(place).text
        found += re.findall(r"number (\d+)\.", said)
        older = re.search(r'href="([^"]*)">Older', said)
        if older is None:
            break
        place = older[1].replace("&amp;", "&")
    assert sorted(map(int, found)) == list(range(ALARMS_PAGE + 20))
    assert "There are no older ones" in browser.get("/store/alarms?at=t1&key=a").text
    assert client(PretendDesk(empty=True), "anyone").get("/store/alarms").status_code == 303


# -- money that did not come ------------------------------------------------------------------------------------------------


def declined(desk: PretendDesk, party: str, state: str, **sums: int) -> None:
    """The provider declined something of a party's payment."""
    subject = f"pay-{party}"
    changed = PaymentChanged(
        envelope=envelope("payments/changes", 9), payment=subject, party=party, state=state, currency="EUR", reference="r",
        **{"captured_minor": 0, "refunded_minor": 0} | sums
    )  # fmt: skip
    desk.put("payment", subject, Money(payment=changed, at=NOON), owner=party, state=state)
    raised(desk, "payment-failed", subject, text="capture 9.95 EUR (corner/pay-p3/capture/1) was declined.")


@pytest.mark.parametrize(
    ("party", "state", "sums", "amount", "what"),
    [
        ("p3", "capture failed", {"authorised_minor": 5000}, "€9.95", "was not paid"),
        ("p5", "refund failed", {"authorised_minor": 5000, "captured_minor": 565}, "€1.20", "could not be given back"),
        ("p4", "release failed", {"authorised_minor": 5000}, "€50.00", "is still held"),
    ],
)
def test_what_a_provider_declined_is_something_to_do_with_its_sum_and_its_visit(
    party: str, state: str, sums: dict[str, int], amount: str, what: str
) -> None:
    desk = PretendDesk()
    declined(desk, party, state, **sums)
    said = panel(desk, "manager", "tasks")
    assert f"{amount} {what}" in said and f'href="/store/visits/visit-{party}"' in said
    assert "It is settled" in said and "It is settled" not in panel(desk, "staff", "tasks")
    assert "The provider declined" not in panel(desk)  # not told a second time among the alarms
    assert what in words(client(desk, "staff").get(f"/store/visits/visit-{party}").text)
    raised(desk, "payment-failed", f"pay-{party}", state="seen")
    assert what not in panel(desk, "manager", "tasks")


def test_a_receipt_whose_party_gave_no_way_to_pay_is_found_by_its_receipt() -> None:
    desk = PretendDesk()
    bill = msgspec.json.decode(desk.books.kept["bill", "visit-p4"].body, type=Bill)
    desk.books.append([bill.receipt])
    raised(desk, "payment-uncollected", bill.receipt.id)
    said = panel(desk, "manager", "tasks")
    assert "could not be collected" in said and 'href="/store/visits/visit-p4"' in said and "€2.20" not in said.split("could")[1]


def test_a_sum_that_the_books_know_nothing_of_is_told_all_the_same() -> None:
    desk = PretendDesk()
    raised(desk, "payment-uncollected", "pay-of-nobody/more")
    assert "A sum could not be collected" in panel(desk, "manager", "tasks")


def test_a_shopper_whose_payment_failed_is_told_so_kindly() -> None:
    desk = PretendDesk()
    bill = msgspec.json.decode(desk.books.kept["bill", "visit-p3"].body, type=Bill)
    desk.put("bill", "visit-p3", msgspec.structs.replace(bill, payment="capture failed"), owner="p3", state="sent", at=bill.at)
    phone = client(desk, "shopper")
    assert "not paid yet: please speak to the staff" in phone.get("/me/receipts/visit-p3").text
    assert "noch nicht bezahlt" in phone.get("/me/receipts/visit-p3?language=de").text


def test_words_for_a_pattern_that_no_longer_fits_are_the_alarms_own() -> None:
    found = alarms.item(Warning(name=CROSSED, subject="t", text="quite another text", first=0, last=0), lambda party: None)
    assert [piece.text for piece in found.pieces] == ["quite another text"]


@pytest.mark.parametrize("offset", range(0, 40 * 100_000_000, 100_000_000))
def test_an_instant_is_never_taken_for_a_card_number(offset: int) -> None:
    """One in ten numbers of nineteen digits has a card's check digit; every alarm can be dealt with all the same."""
    desk = PretendDesk()
    raised(desk, CROSSED, "s1", at=NOON + offset)
    assert f'value="t{NOON + offset}"' in panel(desk)
    assert press(desk, "staff", name=CROSSED, until=f"t{NOON + offset}") == 303
    assert client(desk, "staff").get(f"/store/alarms?at=t{NOON + offset}&key=s1").status_code == 200


def test_what_is_spelled_otherwise_is_refused() -> None:
    assert press(PretendDesk(), "staff", name=CROSSED, until="soon") == 422


def test_a_visit_without_a_bill_is_listed_and_its_alarm_leads_to_it() -> None:
    desk = PretendDesk()
    for state, name in (("unbilled", "visit-party-abcdef"), ("abandoned", "visit-party-ghijkl")):
        visit = Visit(visit=name, party=name.removeprefix("visit-"), state=state, entered=NOON, currency="EUR")
        desk.put("visit", name, visit, owner=visit.party, state=state, at=NOON)
    listed = panel(desk, name="gone")
    assert all(f'href="/store/visits/{name}"' in listed for name in ("visit-party-abcdef", "visit-party-ghijkl"))
    assert "nothing charged" in listed
    raised(desk, "bill-refused", "visit-party-abcdef", text="visit-party-abcdef gets no bill", at=NOON)
    assert 'href="/store/visits/visit-party-abcdef"' in panel(desk, "manager")
