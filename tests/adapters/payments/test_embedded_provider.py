"""The embedded provider as a process: it fails as told, forgets nothing it answered when killed, and tells by itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.payments.provider import ROOT, SECRET, Ear, Running, command

from saunter.adapters.payments import HttpPayments, webhook_outcome
from saunter.adapters.payments.embedded.__main__ import parser
from saunter.adapters.payments.embedded.faults import FAULTS, TOKENS, Faults, parse_faults
from saunter.records import PaymentOutcome

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts providers on one ledger; whatever still runs afterwards is killed."""
    running: list[Running] = []

    def begin(*options: str, **environment: str) -> Running:
        running.append(Running(tmp_path / "ledger.sqlite", *options, **environment))
        return running[-1]

    yield begin
    for provider in running:
        provider.kill()


@pytest.fixture
def ear() -> Iterator[Ear]:
    heard = Ear()
    yield heard
    heard.close()


def look_up(client: HttpPayments, key: str) -> PaymentOutcome:
    return client.send(command("look up", key="l", about=key), "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "is_carried_out"), [("drop", True), ("lose", False), ("fail", False), ("delay", True), ("stall", False)]
)
def test_told_to_fail_it_answers_nothing_and_the_look_up_tells_the_truth(start: Start, fault: str, is_carried_out: bool) -> None:
    provider = start("--faults", f"{fault}=1", "--delay-s", "3600")
    order = command("authorise", 5000)
    with HttpPayments(provider.url, timeout_s=0.5) as client:
        assert client.send(order, "tok_x").outcome == "unknown"
    assert provider.moved() == ([("authorise", 5000)] if is_carried_out else [])


@pytest.mark.slow
def test_a_lost_answer_is_found_by_look_up_and_the_same_key_again_moves_nothing_more(start: Start) -> None:
    provider = start("--faults", "drop=0.5", "--seed", "7")
    with HttpPayments(provider.url) as client:
        order = command("authorise", 5000)
        outcomes = [client.send(order, "tok_x").outcome for _ in range(12)]
        known = [look_up(client, order.key).outcome for _ in range(12)]
    assert set(outcomes) == set(known) == {"done", "unknown"}
    assert provider.moved() == [("authorise", 5000)]


@pytest.mark.slow
def test_declines_are_drawn_by_key_and_stay_what_they_were(start: Start) -> None:
    provider = start("--faults", "decline=0.5")
    with HttpPayments(provider.url) as client:
        first = [client.send(command("authorise", 1, f"pay/{n}"), "tok_x").outcome for n in range(20)]
        again = [client.send(command("authorise", 1, f"pay/{n}"), "tok_x").outcome for n in range(20)]
    assert first == again
    assert set(first) == {"done", "declined"}
    assert first == [
        "declined" if Faults({"decline": 0.5}).strikes("decline", f"corner/pay/{n}/authorise/1") else "done" for n in range(20)
    ]


@pytest.mark.slow
def test_killed_while_it_works_it_has_everything_that_it_answered(start: Start) -> None:
    provider = start()
    answered: list[str] = []
    is_enough = threading.Event()

    def trade(place: int) -> None:
        with HttpPayments(provider.url, timeout_s=5) as client:
            for number in range(10_000):
                outcome = client.send(command("authorise", 100, f"pay/{place}-{number}"), "tok_x")
                if outcome.outcome != "done":
                    return
                answered.append(outcome.key)
                if len(answered) >= 40:
                    is_enough.set()

    threads = [threading.Thread(target=trade, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    assert is_enough.wait(30)
    provider.kill()
    for thread in threads:
        thread.join()
    ledger = start().ledger()
    keys = [movement["key"] for movement in ledger["movements"]]
    assert set(answered) <= set(keys)
    assert len(keys) == len(set(keys)) <= len(answered) + 3
    assert ledger["sums"]["authorise"] == 100 * len(keys)


@pytest.mark.slow
def test_outcomes_are_told_by_signed_webhooks(start: Start, ear: Ear) -> None:
    provider = start("--webhook", ear.url)
    with HttpPayments(provider.url) as client:
        reply = client.send(command("authorise", 5000), "tok_x")
    told = webhook_outcome(*ear.next(), SECRET.encode())
    assert (told.payment, told.key, told.action, told.outcome) == (reply.payment, reply.key, "authorise", "done")
    assert (told.amount_minor, told.reference, told.source) == (5000, reply.reference, "webhook")


@pytest.mark.slow
def test_webhooks_come_twice_late_and_out_of_order_as_told(start: Start, ear: Ear) -> None:
    keys = [f"corner/pay/{n}/authorise/1" for n in range(8)]
    faults = Faults({"late-webhook": 0.4, "twice": 0.3, "no-webhook": 0.2})
    late = [key for key in keys if faults.strikes("late-webhook", key) and not faults.strikes("no-webhook", key)]
    prompt = [key for key in keys if key not in late and not faults.strikes("no-webhook", key)]
    twice = [key for key in late + prompt if faults.strikes("twice", key)]
    assert late
    assert twice
    assert len(prompt) + len(late) < len(keys)
    assert keys.index(late[0]) < keys.index(prompt[-1])
    provider = start("--webhook", ear.url, "--faults", "late-webhook=0.4,twice=0.3,no-webhook=0.2", "--delay-s", "2")
    with HttpPayments(provider.url) as client:
        for number in range(8):
            client.send(command("authorise", 1, f"pay/{number}"), "tok_x")
    heard = [ear.next_key() for _ in range(len(late) + len(prompt) + len(twice))]
    assert sorted(heard) == sorted(late + prompt + twice)
    assert heard[: len(prompt)] == prompt


@pytest.mark.slow
def test_a_webhook_that_was_not_taken_is_sent_again_also_after_a_kill(start: Start) -> None:
    deaf = Ear(refuses=1)
    try:
        provider = start("--webhook", deaf.url)
        with HttpPayments(provider.url) as client:
            client.send(command("authorise", 5000), "tok_x")
        assert deaf.next_key() == "corner/pay/p1/authorise/1"
        provider.kill()
        start("--webhook", deaf.url)
        assert deaf.next_key() == "corner/pay/p1/authorise/1"
    finally:
        deaf.close()


@pytest.mark.slow
def test_a_provider_with_a_secret_knows_its_shop(start: Start) -> None:
    provider = start(SAUNTER_PROVIDER_SECRET="open sesame")
    with HttpPayments(provider.url) as stranger, HttpPayments(provider.url, secret="open sesame") as shop:
        assert stranger.send(command("authorise", 5000), "tok_x").reason == "the provider answered 401"
        assert shop.send(command("authorise", 5000), "tok_x").outcome == "done"
        assert look_up(stranger, "corner/pay/p1/authorise/1").outcome == "unknown"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--faults", "drop=2,explode=0.1"], ["'drop=2' needs a share from 0 to 1", "'explode' is no fault; there are decline,"]),
        (["--webhook", "http://127.0.0.1:1/"], ["webhooks are signed; set SAUNTER_WEBHOOK_SECRET"]),
    ],
)
def test_a_wrong_command_line_is_told_in_words(options: list[str], words: list[str], tmp_path: Path) -> None:
    run = [sys.executable, "-m", "saunter.adapters.payments.embedded", "--database", str(tmp_path / "l.sqlite"), *options]
    done = subprocess.run(run, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")})
    assert done.returncode == 2
    assert [word for word in words if word not in done.stderr] == []


def test_help_tells_every_fault_and_token() -> None:
    text = parser().format_help()
    assert [name for name in (*FAULTS, *TOKENS) if name not in text] == []


def test_the_document_tells_every_fault_and_token() -> None:
    page = (ROOT / "docs" / "money.md").read_text(encoding="utf-8")
    assert [name for name in (*FAULTS, *TOKENS) if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize(
    ("text", "shares"),
    [("", {}), (" , ", {}), ("drop=0.1", {"drop": 0.1}), ("drop=0, late-webhook=1", {"drop": 0.0, "late-webhook": 1.0})],
)
def test_faults_are_read_from_a_list(text: str, shares: Any) -> None:
    assert parse_faults(text) == shares


@pytest.mark.parametrize("text", ["drop", "drop=", "drop=-0.1", "drop=nan", "drop=1.1", "=1", "Drop=1"])
def test_what_is_no_list_of_faults_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no fault|needs a share"):
        parse_faults(text)


def test_faults_strike_as_often_as_told_and_always_the_same() -> None:
    faults = Faults({"drop": 0.25})
    struck = [faults.strikes("drop", f"key-{n}") for n in range(4000)]
    assert abs(sum(struck) / 4000 - 0.25) < 0.03
    assert struck == [faults.strikes("drop", f"key-{n}") for n in range(4000)]
    assert struck != [faults.strikes("drop", f"key-{n}", 1) for n in range(4000)]
    assert struck != [Faults({"drop": 0.25}, seed="1").strikes("drop", f"key-{n}") for n in range(4000)]
    assert not any(faults.strikes("twice", f"key-{n}") for n in range(100))
    assert all(Faults({"drop": 1.0}).strikes("drop", f"key-{n}") for n in range(100))
