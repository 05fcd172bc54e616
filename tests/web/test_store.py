"""The store's pages: what staff see and say, by role, with letters on the floor and no name anywhere."""

from __future__ import annotations

import msgspec
import pytest
from tests.web.the_desk import ROLES, PretendDesk, client, corner_shop, events_of, form_token
from tests.web.the_morning import NOON, envelope

from saunter.base.time import SECOND
from saunter.ports.desk import FloorNow, Live
from saunter.ports.documents import Bill, Body, Check, Moment, Visit
from saunter.records import (
    AgeChecked,
    AlarmSeen,
    AnyRecord,
    BillConfirmed,
    EntryDecided,
    Interaction,
    StoreCommand,
)
from saunter.web.marks import colour, letters
from saunter.web.store import views
from saunter.web.store.gates import GateLog
from saunter.web.store.letters import Letters
from saunter.web.store.panels import ACTIONS
from saunter.web.store.why import moments_behind

READERS = ("staff", "manager", "engineer")
CHECK, RECEIPT = "approvals/asked:0", "ledger/receipts:3"


def press(desk: PretendDesk, role: str, place: str, **form: object) -> int:
    """Sends a form as somebody; the status."""
    browser = client(desk, role)
    token = form_token(browser, "/staff/sign-in")
    return browser.post(place, data={"csrf": token, **form}).status_code


def told(desk: PretendDesk) -> list[AnyRecord]:
    """What the shop was told, without envelopes."""
    nothing = envelope("web/x", 0)
    return [msgspec.structs.replace(record, envelope=nothing) for record in desk.told]  # type: ignore[type-var]


@pytest.mark.parametrize("role", ["anyone", "shopper", *ROLES])
@pytest.mark.parametrize("place", ["/store", "/store/panels/carts", "/store/visits/visit-p3", "/api/store/events"])
def test_staff_managers_and_engineers_see_the_store(place: str, role: str) -> None:
    status = client(PretendDesk(), role).get(place).status_code
    nobody = 401 if place.startswith("/api") else 303
    assert status == (200 if role in READERS else 403 if role == "reviewer" else nobody)


FORMS = [
    ("/store/commands", {"action": "close", "sure": "yes"}, ("manager",)),
    ("/store/checks", {"check": CHECK, "approved": "yes"}, ("staff", "manager")),
    ("/store/bills", {"visit": "visit-p6", "receipt": RECEIPT}, ("staff", "manager")),
    ("/store/alarms", {"name": "plate-silent", "subject": "g2s3p4"}, ("staff", "manager")),
]


@pytest.mark.parametrize("role", ["anyone", "shopper", *ROLES])
@pytest.mark.parametrize(("place", "form", "roles"), FORMS)
def test_only_those_who_may_tell_the_shop_something(place: str, form: dict[str, str], roles: tuple[str, ...], role: str) -> None:
    desk = PretendDesk()
    status = press(desk, role, place, **form)
    assert status == (303 if role in roles or role in ("anyone", "shopper") else 403)
    assert len(desk.told) == (1 if role in roles else 0)


@pytest.mark.parametrize(("place", "form", "roles"), FORMS)
def test_without_the_pages_token_the_shop_is_told_nothing(place: str, form: dict[str, str], roles: tuple[str, ...]) -> None:
    desk = PretendDesk()
    assert client(desk, "manager").post(place, data=form).status_code == 403
    assert desk.told == []


# -- open, close, modes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_a_manager_who_is_sure_opens_closes_and_changes_the_mode(action: str) -> None:
    desk = PretendDesk()
    assert press(desk, "manager", "/store/commands", action=action, sure="yes") == 303
    assert told(desk) == [StoreCommand(envelope=envelope("web/x", 0), action=action, by="staff-manager")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "form", [{"action": "close"}, {"action": "close", "sure": "no"}, {"action": "explode", "sure": "yes"}, {}]
)
def test_who_is_not_sure_changes_nothing(form: dict[str, str]) -> None:
    desk = PretendDesk()
    assert press(desk, "manager", "/store/commands", **form) == 422
    assert desk.told == []


@pytest.mark.parametrize("role", READERS)
def test_state_and_mode_are_always_visible_and_only_a_manager_can_change_them(role: str) -> None:
    said = client(PretendDesk(), role).get("/store").text
    assert "<strong>open</strong>" in said and ">automatic</span>" in said
    assert ('action="/store/commands"' in said) == (role == "manager")


# -- age checks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pressed", "approved"), [("yes", True), ("no", False)])
def test_an_age_check_is_told_as_it_was_pressed(pressed: str, approved: bool) -> None:
    desk = PretendDesk()
    assert press(desk, "staff", "/store/checks", check=CHECK, approved=pressed) == 303
    assert told(desk) == [AgeChecked(envelope=envelope("web/x", 0), check=CHECK, approved=approved, staff="staff-staff")]


@pytest.mark.parametrize("form", [{"check": CHECK}, {"check": CHECK, "approved": "maybe"}, {"approved": "yes"}])
def test_a_check_without_an_answer_is_refused(form: dict[str, str]) -> None:
    desk = PretendDesk()
    assert press(desk, "staff", "/store/checks", **form) == 422
    assert desk.told == []


@pytest.mark.parametrize("state", ["approved", "refused", "void", "expired"])
def test_a_check_that_is_over_cannot_be_made_again(state: str) -> None:
    desk = PretendDesk()
    found = desk.books.document("check", CHECK)
    assert found is not None
    closed = msgspec.structs.replace(msgspec.json.decode(found.body, type=Check), state=state)
    desk.put("check", CHECK, closed, state=state)
    assert press(desk, "staff", "/store/checks", check=CHECK, approved="yes") == 409
    assert press(desk, "staff", "/store/checks", check="approvals/asked:9", approved="yes") == 409
    assert desk.told == []
    assert "Old enough" not in client(desk, "staff").get("/store/panels/tasks").text


# -- bills to confirm -------------------------------------------------------------------------------------------------------


def test_a_bill_is_confirmed_without_the_lines_that_were_ticked() -> None:
    desk = PretendDesk()
    assert press(desk, "staff", "/store/bills", visit="visit-p6", receipt=RECEIPT, dropped=["batteries", "batteries"]) == 303
    assert told(desk) == [BillConfirmed(envelope=envelope("web/x", 0), receipt=RECEIPT, by="staff-staff", dropped=("batteries",))]


def test_a_bill_is_confirmed_whole_where_nothing_was_ticked() -> None:
    desk = PretendDesk()
    assert press(desk, "manager", "/store/bills", visit="visit-p6", receipt=RECEIPT) == 303
    assert told(desk) == [BillConfirmed(envelope=envelope("web/x", 0), receipt=RECEIPT, by="staff-manager")]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"visit": "visit-p6", "receipt": RECEIPT, "dropped": "caviar"}, 422),
        ({"visit": "visit-p6", "receipt": "ledger/receipts:2"}, 409),
        ({"visit": "visit-p3", "receipt": "ledger/receipts:0"}, 409),
        ({"visit": "visit-p99", "receipt": RECEIPT}, 409),
        ({"visit": "visit-p6"}, 422),
    ],
)
def test_a_bill_that_does_not_wait_or_a_line_that_is_not_on_it_changes_nothing(form: dict[str, str], status: int) -> None:
    desk = PretendDesk()
    assert press(desk, "staff", "/store/bills", **form) == status
    assert desk.told == []


def test_a_bill_that_waits_for_a_reviewer_is_not_put_before_staff() -> None:
    desk = PretendDesk()
    assert "Bill to confirm" in client(desk, "staff").get("/store/panels/tasks").text
    found = desk.books.document("visit", "visit-p6")
    assert found is not None
    waits = msgspec.structs.replace(msgspec.json.decode(found.body, type=Visit), waits_for="a reviewer")
    desk.put("visit", "visit-p6", waits, owner="p6", state=waits.state, at=waits.entered)
    assert "Bill to confirm" not in client(desk, "staff").get("/store/panels/tasks").text


def test_a_doubtful_line_of_a_bill_is_named() -> None:
    desk = PretendDesk()
    found = desk.books.document("bill", "visit-p6")
    assert found is not None
    bill = msgspec.json.decode(found.body, type=Bill)
    sure, unsure = bill.receipt.lines[0], msgspec.structs.replace(bill.receipt.lines[0], sku="gum", probability=0.4)
    doubtful = msgspec.structs.replace(bill, receipt=msgspec.structs.replace(bill.receipt, lines=(sure, unsure)))
    assert views.held([doubtful], lambda party: "A", 0.7)[0].doubtful == ("gum",)


# -- alarms and gates -------------------------------------------------------------------------------------------------------


def test_an_alarm_is_seen_by_a_manager_and_says_what_to_do() -> None:
    desk = PretendDesk()
    assert "check its cable and power" in client(desk, "staff").get("/store/panels/alarms").text
    assert press(desk, "manager", "/store/alarms", name="plate-silent", subject="g2s3p4") == 303
    assert told(desk) == [AlarmSeen(envelope=envelope("web/x", 0), name="plate-silent", subject="g2s3p4", by="staff-manager")]
    assert press(desk, "manager", "/store/alarms", name="plate-silent", subject="g9") == 409


def test_the_gates_last_decisions_are_told_newest_first_with_the_reason() -> None:
    desk = PretendDesk()
    for number, (outcome, reason) in enumerate((("admitted", ""), ("denied", "code expired"))):
        at = NOON - (2 - number) * 60 * SECOND
        where = envelope("entry/decisions", number, at)
        desk.books.append([EntryDecided(envelope=where, gate="door", party="p1", outcome=outcome, reason=reason)])  # type: ignore[arg-type]
    said = client(desk, "staff").get("/store/panels/gates").text
    assert said.index("kept shut: code expired") < said.index("let in")


def test_what_the_provider_said_takes_the_place_of_asking_it() -> None:
    desk = PretendDesk()
    told_at_gates = (("p1", "authorising"), ("p2", "authorising"), ("p1", "admitted"), ("p1", "denied"))
    for number, (party, outcome) in enumerate(told_at_gates):
        where = envelope("entry/decisions", number, NOON + number * SECOND)
        desk.books.append([EntryDecided(envelope=where, gate="door", party=party, outcome=outcome)])  # type: ignore[arg-type]
    found = GateLog().last(desk.books)
    assert [(each.party, each.kind) for each in found] == [("p1", "denied"), ("p1", "admitted"), ("p2", "authorising")]


# -- the floor --------------------------------------------------------------------------------------------------------------


def test_the_floor_has_letters_instead_of_parties_and_says_where_people_are() -> None:
    kept = Letters()
    bodies = (
        Body("p1", 1.0, 0.4, ((1.2, 0.9, 1.1),)),
        Body("p2", 3.0, 2.6),
        Body("p1", 1.1, 4.2),
        Body("STAFF", 5, 1),
        Body("", 4.6, 4.2),
    )
    found = views.floor_now(
        FloorNow(at=NOON, bodies=bodies, plates={"g1s1p1": "moving"}), kept.letter, views.places(corner_shop())
    )
    assert [(dot.letter, dot.colour, dot.who, dot.near, dot.hands) for dot in found.people] == [
        ("A", 1, "shopper", "at gate door", ((1.2, 0.9),)),
        ("B", 2, "shopper", "at fixture g5", ()),
        ("A", 1, "shopper", "at fixture g1", ()),
        ("S", 0, "staff", found.people[3].near, ()),
        ("?", 0, "not known yet", "in the aisle", ()),
    ]
    assert found.plates == {"g1s1p1": "moving"}


def test_letters_are_the_same_on_every_screen_and_free_again_after_the_visit() -> None:
    kept = Letters()
    assert [kept.letter(party) for party in ("x", "y", "x", "z")] == ["A", "B", "A", "C"]
    kept.keep({"x", "z"})
    assert [kept.letter(party) for party in ("z", "new", "newer")] == ["C", "B", "D"]


def test_after_z_come_two_letters_and_colours_repeat() -> None:
    assert [letters(number) for number in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]
    assert [colour(mark) for mark in ("A", "H", "I", "AA", "?", "", "S")] == [1, 8, 1, 1, 0, 0, 3]


def test_the_live_stream_has_no_party_and_says_which_panels_changed() -> None:
    desk = PretendDesk()
    body = msgspec.json.encode(FloorNow(at=NOON, bodies=(Body("party-zq", 1.0, 1.0),)))
    desk.changes = [
        Live(topic="floor", kind="FloorNow", body=body),
        Live(topic="visits", kind="visit", body=b'{"party":"party-zq"}'),
        Live(topic="shop", kind="shop", body=b"{}"),
    ]
    said = client(desk, "staff").get("/api/store/events").text
    assert "party-zq" not in said
    assert [name for name, _ in events_of(said)] == ["floor", "changed", "changed"]
    assert [data for name, data in events_of(said) if name == "changed"] == [["carts", "gone", "tasks"], ["state"]]


# -- visits -----------------------------------------------------------------------------------------------------------------


def test_carts_show_who_is_inside_the_longest_first_and_what_is_still_checked() -> None:
    said = client(PretendDesk(), "staff").get("/store/panels/carts").text
    assert said.index("Corner Loaf") < said.index("Voltaire Energy")
    assert (
        "1 checking" in said
        and "2 people" in said
        and "€4.00" in said
        and "3 pieces" in said
        and "1 piece " in " ".join(said.split())
    )


def test_a_visit_tells_its_receipt_why_and_its_payment() -> None:
    said = client(PretendDesk(), "engineer").get("/store/visits/visit-p5").text
    assert "Kestrel Cola 33 cl disputed" in said and "refunded by reviewer" in said
    assert "€4.45" in said and "captured" in said
    assert said.count("data-playhead") == 2  # one moment behind each of the two lines


def test_a_visit_that_is_still_going_on_has_no_receipt_yet() -> None:
    said = client(PretendDesk(), "staff").get("/store/visits/visit-p1").text
    assert "A visit" in said and "Receipt, and why" not in said


@pytest.mark.parametrize("place", ["/store/visits/nobody", "/store/visits/a/b", "/store/panels/secrets"])
def test_what_is_not_there_is_said_kindly(place: str) -> None:
    assert client(PretendDesk(), "staff").get(place).status_code in (404, 422)


@pytest.mark.parametrize("panel", ["state", "tasks", "carts", "gone", "gates", "alarms"])
def test_every_panel_of_an_empty_shop_can_be_shown(panel: str) -> None:
    desk = PretendDesk(empty=True)
    full = PretendDesk()
    desk.personal = full.personal
    assert client(desk, "manager").get(f"/store/panels/{panel}").status_code == 200


def test_the_walk_from_a_line_to_its_moments_goes_through_records_and_ends() -> None:
    desk = PretendDesk()
    because = ("shelves/interactions:1", "somewhere/between:0", "shelves/interactions:0")
    between = Interaction(
        envelope=envelope("somewhere/between", 0, NOON, because),
        shelf="g1s1", plates=(), total_g=0.0, sd_g=0.0, centre_m=0.0, extent_m=0.0, started=0, settled=0, spans=(),
    )  # fmt: skip
    desk.books.append([between])
    found = moments_behind(desk.books, ("somewhere/between:0", "nowhere:1", "shelves/interactions:1"))
    assert [moment.interaction for moment in found] == ["shelves/interactions:0", "shelves/interactions:1"]
    assert all(isinstance(moment, Moment) for moment in found)
