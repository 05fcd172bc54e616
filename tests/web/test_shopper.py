"""A shopper's phone, from the first visit to being erased."""

from __future__ import annotations

import hashlib
import re

import msgspec
import pytest
from tests.web.the_desk import SHOPPER, WALL_S, PretendDesk, client, events_of, form_token
from tests.web.the_morning import NOON, envelope

from saunter.base.time import HOUR, MILLISECOND, MINUTE
from saunter.ports.desk import Live
from saunter.ports.documents import Bill, Dispute, Visit
from saunter.records import ConsentChanged, DisputeChanged, DisputeRaised, KeyIssued, PersonErased
from saunter.web.security import DEVICE, fingerprint
from saunter.web.settings import Settings
from saunter.web.shopper.codes import fresh_code, hash_of
from saunter.web.shopper.views import RECEIPT_FIRST, how_sure, now_of, paper_of


def post(browser, place: str, at: str = "/me", **fields: object):
    return browser.post(place, data={"csrf": form_token(browser, at)} | fields)


def test_a_new_phone_agrees_adds_a_method_and_gets_a_code() -> None:
    desk = PretendDesk(empty=True)
    browser = client(desk)
    first = browser.get("/me")
    assert re.findall(r"<input type=.checkbox.*?>", first.text) and " checked>" not in first.text
    assert "Agree and go on" in first.text and DEVICE not in first.headers.get("Set-Cookie", "")
    assert post(browser, "/me/consent", purpose=["run", "review"], notice="1").headers["Location"] == "/me"
    assert "How would you like to pay?" in browser.get("/me").text
    assert post(browser, "/me/payment", token="tok-abc", last_four="4242", brand="card").headers["Location"] == "/me"
    assert "Your entry code" in browser.get("/me").text
    code = browser.post("/api/me/codes", json={"people": 2}, headers={"X-CSRF-Token": form_token(browser)}).json()

    consent, key = desk.told
    (shopper,) = desk.personal.shoppers.values()
    assert isinstance(consent, ConsentChanged) and isinstance(key, KeyIssued)
    assert (consent.subject, consent.purposes, consent.notice, consent.language) == (
        shopper.subject, ("run the shop", "review"), "1", "en",
    )  # fmt: skip
    assert key.code_hash == hashlib.sha256(code["code"].replace("-", "").lower().encode()).hexdigest()
    assert (key.people, key.purposes, key.notice) == (2, ("run the shop", "review"), "1")
    assert key.expires == desk.now() + desk.plan.policies.code_lifetime_ms * MILLISECOND
    assert desk.personal.subject_of(key.party) == shopper.subject
    kept = desk.personal.method(key.method)
    assert kept is not None and kept.last_four == "4242"
    assert shopper.device_hash == fingerprint(browser.cookies[DEVICE]) and browser.cookies[DEVICE] not in str(
        desk.personal.shoppers
    )
    journal = msgspec.json.encode(desk.books.journal).decode()
    assert shopper.subject not in msgspec.json.encode(key).decode()
    assert "tok-abc" not in journal and code["code"] not in journal and "4242" not in journal


def test_without_running_the_shop_a_plain_page_and_nothing_kept() -> None:
    desk = PretendDesk(empty=True)
    browser = client(desk)
    said = post(browser, "/me/consent", purpose=["review", "training"], notice="1")
    assert said.status_code == 200 and "staffed till" in said.text
    assert desk.told == [] and desk.personal.shoppers == {} and DEVICE not in browser.cookies


def test_an_older_notice_is_not_agreed_to_by_accident() -> None:
    desk = PretendDesk(empty=True)
    assert post(client(desk), "/me/consent", purpose=["run"], notice="0").headers["Location"] == "/me"
    assert desk.told == []


def test_withdrawing_takes_the_code_away_at_once_and_can_be_taken_back() -> None:
    desk = PretendDesk()
    phone = client(desk, "shopper")
    post(phone, "/me/consent", "/me/privacy", purpose=["analytics"], notice="1")
    assert desk.told[-1].purposes == ("analytics",)
    assert "staffed till" in phone.get("/me").text
    refused = phone.post("/api/me/codes", json={}, headers={"X-CSRF-Token": form_token(phone)})
    assert refused.status_code == 409
    post(phone, "/me/consent", "/me/privacy", purpose=["run"], notice="1")
    assert phone.post("/api/me/codes", json={}, headers={"X-CSRF-Token": form_token(phone)}).status_code == 200
    assert [agreement.purposes for agreement in desk.personal.agreements(SHOPPER.subject)][:2] == [
        ("run the shop",),
        ("analytics",),
    ]
    assert "Earlier choices" in phone.get("/me/privacy").text


@pytest.mark.parametrize("fields", [{"last_four": "424"}, {"last_four": "42424"}, {"token": "1234"}, {"last_four": "٤٢٤٢"}, {}])
def test_only_a_token_and_four_digits_are_a_payment_method(fields: dict[str, str]) -> None:
    desk = PretendDesk()
    before = len(desk.personal.kept_methods)
    data = ({"token": "tok-abc", "last_four": "4242"} | fields) if fields else {}
    assert post(client(desk, "shopper"), "/me/payment", **data).status_code == 422
    assert len(desk.personal.kept_methods) == before


def test_every_code_is_new_readable_in_any_spelling_and_of_a_fresh_party() -> None:
    codes = [fresh_code() for _ in range(50)]
    assert len({hash_of(code) for code in codes}) == 50
    assert all(hash_of(code) == hash_of(f" {code.lower().replace('-', ' ')}\n") for code in codes)
    desk = PretendDesk()
    phone = client(desk, "shopper")
    headers = {"X-CSRF-Token": form_token(phone)}
    answers = [phone.post("/api/me/codes", json={"people": 1}, headers=headers).json() for _ in range(3)]
    assert len({key.party for key in desk.told}) == 3
    assert all(answer["picture"].startswith("<svg") and answer["seconds"] == 300 for answer in answers)
    assert phone.post("/api/me/codes", json={"people": 7}, headers=headers).status_code == 422


def test_a_phone_that_lies_open_draws_codes_all_day_and_keeps_its_receipts() -> None:
    """A code every few minutes for days: what was used stays the shopper's, what may still let in too, the rest is forgotten."""
    desk = PretendDesk()
    phone = client(desk, "shopper")
    headers = {"X-CSRF-Token": form_token(phone)}
    visits = [party for party in desk.personal.parties(SHOPPER.subject) if desk.books.documents("visit", owner=party, limit=1)]
    assert visits
    for number in range(30):
        desk.personal.link(f"unused-{number}", SHOPPER.subject, desk.now() - 3 * HOUR + number)
    desk.personal.link("just-now", SHOPPER.subject, desk.now() - 1)
    for _ in range(3):
        assert phone.post("/api/me/codes", json={"people": 1}, headers=headers).status_code == 200
    left = desk.personal.parties(SHOPPER.subject)
    assert set(visits) <= set(left) and "just-now" in left
    assert not [party for party in left if party.startswith("unused")]


def test_the_cart_shows_doubt_kindly() -> None:
    text = client(PretendDesk(), "shopper").get("/me").text
    assert "Corner Loaf" in text and "1 more, checking" in text
    assert "In doubt it is not charged." in text
    assert "€4.00" in text and "visit-p2" not in text


def test_a_change_of_ones_own_visit_brings_the_page_anew_and_others_bring_nothing() -> None:
    desk = PretendDesk()
    desk.changes = [Live(topic=f"party/{party}", kind="visit", body=b"{}") for party in ("p1", "p2", "p4")]
    ((name, said),) = events_of(client(desk, "shopper").get("/me/live").text)
    assert name == "now" and said["stage"] == "inside" and "Corner Loaf" in said["html"]


def put_visit(desk: PretendDesk, **changed: object) -> Visit:
    found = desk.books.document("visit", "visit-p1")
    assert found is not None
    visit = msgspec.structs.replace(msgspec.json.decode(found.body, type=Visit), **changed)
    desk.put("visit", visit.visit, visit, owner="p1", state=visit.state, at=visit.entered)
    return visit


@pytest.mark.parametrize(
    ("state", "waits", "words"),
    [
        ("expected", "", "You are in"), ("shopping", "an age check", "one thing in your bag is for adults only"),
        ("leaving", "", "adding up your receipt"), ("settling", "a reviewer", "A person is looking at one doubtful moment"),
        ("settling", "a confirmation", "A person confirms"), ("settling", "the payment", "on its way"),
        ("abandoned", "", "lost sight of you"), ("settled", "", "There is nothing to pay"),
    ],
)  # fmt: skip
def test_every_state_of_a_visit_has_its_words(state: str, waits: str, words: str) -> None:
    desk = PretendDesk()
    put_visit(desk, state=state, waits_for=waits, settled=NOON if state == "settled" else 0)
    assert words in client(desk, "shopper").get("/me").text


def test_a_receipt_comes_first_for_a_while_and_then_the_next_code() -> None:
    desk = PretendDesk()
    desk.personal.links = {"p3": (SHOPPER.subject, 1)}
    desk.at = NOON - 60 * MINUTE + RECEIPT_FIRST
    assert now_of(desk, SHOPPER).stage == "receipt"
    assert "€9.95" in client(desk, "shopper").get("/me").text
    assert "Your entry code" in client(desk, "shopper").get("/me?next=code").text
    desk.at += 1
    assert now_of(desk, SHOPPER).stage == "code"


def test_erasing_needs_the_word_and_then_nothing_knows_the_shopper() -> None:
    desk = PretendDesk()
    phone = client(desk, "shopper")
    assert post(phone, "/me/erase", "/me/privacy", word="yes").status_code == 422
    assert desk.told == [] and desk.personal.shopper(SHOPPER.subject)
    gone = post(phone, "/me/erase", "/me/privacy", word="erase ")
    assert "You are erased" in gone.text and "My data" not in gone.text
    assert desk.told == [PersonErased(envelope=desk.told[0].envelope, subject=SHOPPER.subject)]
    assert desk.personal.shopper(SHOPPER.subject) is None and desk.personal.parties(SHOPPER.subject) == []
    assert any(cookie.startswith(f'{DEVICE}="";') and "Max-Age=0" in cookie for cookie in gone.headers.get_list("Set-Cookie"))
    assert client(desk, "shopper").get("/me/receipts/visit-p3").status_code == 303
    assert desk.books.document("bill", "visit-p3") is not None


def test_erasing_that_the_shop_refuses_erases_nothing() -> None:
    desk = PretendDesk()
    desk.refuses["PersonErased"] = "not now"
    assert post(client(desk, "shopper"), "/me/erase", "/me/privacy", word="ERASE").status_code == 409
    assert desk.personal.shopper(SHOPPER.subject) is not None


def test_what_the_shop_has_not_answered_is_not_said_to_be_done() -> None:
    desk = PretendDesk()
    desk.silent = {"PersonErased", "ConsentChanged", "KeyIssued", "DisputeRaised"}
    phone = client(desk, "shopper")
    before = desk.personal.agreements(SHOPPER.subject), desk.personal.parties(SHOPPER.subject)
    assert post(phone, "/me/consent", "/me/privacy", purpose=["run"], notice="1").status_code == 503
    gone = post(phone, "/me/erase", "/me/privacy", word="ERASE")
    assert gone.status_code == 503 and "has not answered yet" in gone.text and gone.headers["Retry-After"] == "5"
    assert phone.post("/api/me/codes", json={}, headers={"X-CSRF-Token": form_token(phone)}).status_code == 503
    assert dispute(desk).status_code == 503
    assert (desk.personal.agreements(SHOPPER.subject), desk.personal.parties(SHOPPER.subject)) == before
    assert desk.personal.shopper(SHOPPER.subject) is not None and desk.told == []


@pytest.mark.parametrize("how", ["silent", "refused"])
def test_a_new_phone_whose_agreement_the_shop_did_not_take_is_not_known_afterwards(how: str) -> None:
    desk = PretendDesk(empty=True)
    desk.silent, desk.refuses = ({"ConsentChanged"}, {}) if how == "silent" else (set(), {"ConsentChanged": "not now"})
    browser = client(desk)
    said = post(browser, "/me/consent", purpose=["run"], notice="1")
    assert said.status_code == (503 if how == "silent" else 409)
    assert desk.personal.shoppers == {} and desk.personal.agreed == [] and DEVICE not in browser.cookies


def test_a_code_that_the_shop_refuses_is_not_shown_and_is_nobodys_visit() -> None:
    desk = PretendDesk()
    desk.refuses["KeyIssued"] = "50000 keys are known, that is all the shop keeps"
    before, phone = desk.personal.parties(SHOPPER.subject), client(desk, "shopper")
    refused = phone.post("/api/me/codes", json={}, headers={"X-CSRF-Token": form_token(phone)})
    assert refused.status_code == 409 and "that is all the shop keeps" in refused.json()["detail"]
    assert desk.personal.parties(SHOPPER.subject) == before


@pytest.mark.parametrize("tail", ["", ".json", ".eml.html", "/lines/milk"])
def test_a_receipt_is_its_owners_alone(tail: str) -> None:
    desk = PretendDesk()
    assert client(desk, "shopper").get(f"/me/receipts/visit-p3{tail}").status_code == 200
    assert client(desk, "other").get(f"/me/receipts/visit-p3{tail}").status_code == 404
    assert client(desk, "shopper").get(f"/me/receipts/visit-p4{tail}").status_code == 404
    assert client(desk, "shopper").get(f"/me/receipts/visit-p6{tail}").status_code == 404
    assert client(desk, "shopper").get(f"/me/receipts/visit-none{tail}").status_code == 404
    assert client(desk).get(f"/me/receipts/visit-p3{tail}").status_code == 303
    assert client(desk, "manager").get(f"/me/receipts/visit-p3{tail}").status_code == 303


def test_a_receipt_claims_a_persons_look_only_where_there_was_one() -> None:
    desk = PretendDesk()
    visit = msgspec.json.decode(desk.books.kept["visit", "visit-p5"].body, type=Visit)
    bill = msgspec.json.decode(desk.books.kept["bill", "visit-p5"].body, type=Bill)
    asked = next(dispute for dispute in bill.disputes if dispute.outcome == "asked")
    refunded = msgspec.structs.replace(asked, outcome="refunded")
    said = {
        "before": (True, ()), "a dispute waits": (False, (asked,)), "the rule said yes": (False, (with_by(refunded, "rule"),)),
        "a reviewer said yes": (False, (with_by(refunded, "reviewer"),)), "drawn at random": (False, ()),
    }  # fmt: skip
    found = {}
    for name, (helped, disputes) in said.items():
        desk.put("visit", "visit-p5", msgspec.structs.replace(visit, helped=helped), owner="p5", state="settled")
        desk.put("bill", "visit-p5", msgspec.structs.replace(bill, helped=True, disputes=disputes), owner="p5", state="sent")
        found[name] = paper_of(desk, SHOPPER, "visit-p5").helped
    assert found == {
        "before": "helped", "a dispute waits": "alone", "the rule said yes": "checked", "a reviewer said yes": "helped_later",
        "drawn at random": "checked",
    }  # fmt: skip


def with_by(dispute: Dispute, by: str) -> Dispute:
    """The dispute as somebody settled it."""
    return msgspec.structs.replace(dispute, by=by)


def test_a_code_of_a_shop_that_lives_faster_is_said_to_hold_as_long_as_it_does_on_the_wall() -> None:
    lasts = {}
    for speed in (1.0, 4.0):
        browser = client(PretendDesk(), "shopper", Settings(wall_s=lambda: WALL_S, speed=speed))
        lasts[speed] = browser.post("/api/me/codes", json={}, headers={"X-CSRF-Token": form_token(browser)}).json()["seconds"]
    assert lasts[4.0] == lasts[1.0] / 4


def test_a_receipt_that_waits_for_somebody_is_not_shown_yet() -> None:
    desk = PretendDesk()
    desk.personal.link("p6", SHOPPER.subject, NOON)
    assert client(desk, "shopper").get("/me/receipts/visit-p6").status_code == 404
    assert "visit-p6" not in client(desk, "shopper").get("/me/receipts").text


def test_the_receipt_says_what_was_charged_given_back_dropped_and_who_looked() -> None:
    phone = client(PretendDesk(), "shopper")
    helped, disputed = phone.get("/me/receipts/visit-p3").text, phone.get("/me/receipts/visit-p5").text
    assert "€9.95" in helped and "1 × Tansy Gum" in helped and "A person helped with this receipt" in helped
    assert "Given back: 1 × Kestrel Cola 33 cl" in disputed and "€4.45" in disputed
    assert "Somebody is looking into 1 × Garden Row Egg Sandwich" in disputed
    assert "afterwards a person looked" in disputed
    assert "€4.45" in phone.get("/me/receipts").text
    assert phone.get("/me/receipts/visit-p5.json").json() == {
        "receipt": "ledger/receipts:2", "visit": "visit-p5", "store": "corner",
        "sent": "2026-11-21T11:20:02.000Z", "currency": "EUR",
        "lines": [
            {"sku": "cola", "gtin": "02900000100077", "name": "Kestrel Cola 33 cl", "quantity": 2, "unit_price_minor": 120,
             "tax_rate": "0.23", "tax_minor": 44, "total_minor": 240, "probability": 0.97},
            {"sku": "sandwich", "gtin": "02900000102941", "name": "Garden Row Egg Sandwich", "quantity": 1,
             "unit_price_minor": 325, "tax_rate": "0", "tax_minor": 0, "total_minor": 325, "probability": 0.96},
        ],
        "net_minor": 521, "tax_minor": 44, "total_minor": 565,
        "given_back": [{"sku": "cola", "quantity": 1, "total_minor": 120, "reason": "a reviewer saw one bottle go back"}],
        "due_minor": 445, "due": "4.45", "helped": False, "payment": "captured",
    }  # fmt: skip


def test_the_mail_is_one_file_that_is_saved_and_needs_nothing_else() -> None:
    said = client(PretendDesk(), "shopper").get("/me/receipts/visit-p3.eml.html")
    assert said.headers["Content-Disposition"] == 'attachment; filename="receipt.html"'
    assert "€9.95" in said.text and "/static/" not in said.text and "href" not in said.text and "<script" not in said.text


def test_why_goes_down_to_the_moment_and_shows_nobody_else() -> None:
    desk = PretendDesk()
    text = client(desk, "shopper").get("/me/receipts/visit-p3/lines/choc-dark").text
    assert "The shop was rather sure (94%)." in text and "two people were in reach at the same time" in text
    assert "more likely than not, 62%" in text and "somebody else" in text
    assert text.count('class="mine"') == 1 and text.count('class="somebody"') == 1
    assert ">B<" not in text and not re.search(r"(?<!visit-)\bp[1-9]\b", text)
    assert client(desk, "shopper").get("/me/receipts/visit-p3/lines/water").status_code == 404


def test_why_walks_along_because_and_says_when_moments_are_gone() -> None:
    desk = PretendDesk()
    key = desk.books.kept.pop(("moment", "shelves/interactions:0"))
    phone = client(desk, "shopper")
    assert "not kept any more" in phone.get("/me/receipts/visit-p3/lines/milk").text
    desk.books.put([msgspec.structs.replace(key, key="shelves/earlier:0")])
    because = envelope("shelves/interactions", 0, because=("shelves/interactions:0", "shelves/earlier:0"))
    desk.books.append([KeyIssued(envelope=because, party="", code_hash="", expires=0, method="")])
    assert "Moment 1" in phone.get("/me/receipts/visit-p3/lines/milk").text


@pytest.mark.parametrize(
    ("probability", "words"), [(1.0, "certain"), (0.99, "certain"), (0.9899, "very"), (0.5, "likely"), (0.0, "unlikely")]
)
def test_probabilities_have_words(probability: float, words: str) -> None:
    assert how_sure(probability) == words


def dispute(desk: PretendDesk, visit: str = "visit-p3", **fields: object):
    data = {"sku": "choc-dark", "claim": "not taken", "quantity": 2} | fields
    return post(client(desk, "shopper"), f"/me/receipts/{visit}/disputes", f"/me/receipts/{visit}", **data)


def test_a_line_is_disputed_piece_by_piece() -> None:
    desk = PretendDesk()
    said = dispute(desk)
    assert (said.status_code, said.headers["Location"]) == (303, "/me/receipts/visit-p3?said=thanks")
    assert desk.told == [
        DisputeRaised(
            envelope=desk.told[0].envelope,
            visit="visit-p3",
            receipt="ledger/receipts:0",
            sku="choc-dark",
            quantity=2,
            claim="not taken",
        )
    ]


@pytest.mark.parametrize(
    ("visit", "fields", "status"),
    [
        ("visit-p3", {"quantity": 3}, 409), ("visit-p3", {"quantity": 0}, 422), ("visit-p3", {"quantity": 10**30}, 422),
        ("visit-p3", {"sku": "water"}, 404), ("visit-p3", {"claim": "i am angry"}, 422),
        ("visit-p5", {"sku": "sandwich", "quantity": 1}, 409),
        ("visit-p5", {"sku": "cola", "quantity": 1}, 409),
    ],
)  # fmt: skip
def test_what_cannot_be_disputed_is_said_and_not_told_to_the_shop(visit: str, fields: dict[str, object], status: int) -> None:
    desk = PretendDesk()
    assert dispute(desk, visit, **fields).status_code == status
    assert desk.told == []


def test_pieces_that_were_given_back_already_cannot_be_disputed_again() -> None:
    desk = PretendDesk()
    bill, corrected = (msgspec.json.decode(desk.books.kept["bill", f"visit-p{n}"].body, type=Bill) for n in (3, 5))
    given = msgspec.structs.replace(corrected.corrections[0].lines[0], sku="choc-dark", quantity=1)
    corrections = (msgspec.structs.replace(corrected.corrections[0], lines=(given,)),)
    desk.put("bill", "visit-p3", msgspec.structs.replace(bill, corrections=corrections), owner="p3", state="sent", at=bill.at)
    assert dispute(desk, quantity=2).status_code == 409
    assert dispute(desk, quantity=1).status_code == 303


def test_disputes_end_with_their_time_and_the_shops_no_is_told_in_its_words() -> None:
    desk = PretendDesk()
    found = desk.books.document("bill", "visit-p3")
    assert found is not None
    desk.at = msgspec.json.decode(found.body, type=Bill).disputable_until
    assert "Something is wrong here" in client(desk, "shopper").get("/me/receipts/visit-p3").text
    no = DisputeChanged(
        envelope=envelope("disputes", 0),
        dispute="x",
        visit="visit-p3",
        sku="choc-dark",
        outcome="refused",
        reason="you did this before",
    )
    desk.says["DisputeRaised"] = [no]
    refused = dispute(desk)
    assert refused.status_code == 409 and "you did this before" in refused.text
    desk.at += 1
    over = client(desk, "shopper").get("/me/receipts/visit-p3").text
    assert "Something is wrong here" not in over and "The time to dispute lines is over" in over
    assert dispute(desk).status_code == 409
    assert len(desk.told) == 1
