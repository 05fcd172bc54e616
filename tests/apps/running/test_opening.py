"""A shop is opened over its data folder, trades with a provider beside it, shows its pages, and is closed in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from tests.apps.running.the_counter import BEGINS, World, world
from tests.pipeline.the_stall import stall

from saunter.adapters.storage import open_books, open_personal
from saunter.apps.running.clocks import TurnClock
from saunter.apps.running.opening import (
    OpenShop,
    Settings,
    only_one,
    open_shop,
    opens,
    pretend_token_of,
    running,
    secret,
    token_of,
)
from saunter.apps.running.serving import WEBHOOKS, serve, webhooks
from saunter.base.errors import InputProblems, Refused
from saunter.base.time import SECOND
from saunter.ports.books import Method
from saunter.records import Correction, Receipt, StoreChanged, StoreCommand
from saunter.simulation.table import START_NS
from saunter.web.settings import Settings as PageSettings

TURN = SECOND // 2


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(folder / "data", turn=TURN, snapshot_every=10 * SECOND, **more)


def test_two_processes_never_run_one_shop(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(InputProblems, match="another process runs this shop"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = secret(tmp_path, "webhooks")
    assert secret(tmp_path, "webhooks") == made
    assert secret(tmp_path, "other") != made
    assert (tmp_path / "secrets" / "webhooks").stat().st_mode & 0o077 == 0
    assert len(made) >= 20


def test_a_method_that_is_known_pays_with_its_token_and_pretend_ones_with_their_name(tmp_path: Path) -> None:
    personal = open_personal(str(tmp_path / "personal.db"))
    personal.keep_method(Method(method="pm-1", subject="s1", token="tok_abc", last_four="4242"))
    names = ("pm-1", "pm-p7", "pm-p7-declined")
    assert [pretend_token_of(personal, name) for name in names] == ["tok_abc", "tok_pm-p7", "tok_declined"]
    assert [token_of(personal, name) for name in names] == ["tok_abc", "", ""]
    personal.close()


def test_books_without_their_log_of_inputs_are_no_shop_to_trade_on(tmp_path: Path) -> None:
    wanted = settings(tmp_path)
    wanted.data.mkdir()
    books = open_books(str(wanted.data / "books.db"), stall().store)
    with books.writing() as writing:
        writing.heard(7)
    books.close()
    refused = pytest.raises(InputProblems, match="the books here know more than the log of inputs")
    with refused, open_shop(stall(), World([]), TurnClock(BEGINS), wanted):
        pass


@pytest.mark.slow
def test_a_shop_trades_with_the_provider_beside_it_and_goes_on_where_it_was(tmp_path: Path) -> None:
    source, clock = World(world()[1:]), TurnClock(BEGINS, 30.0)
    with open_shop(stall(), source, clock, settings(tmp_path)) as shop:
        opens(shop, "m1")
        with running(shop):
            while not shop.books.documents("bill"):
                shop.runner.stopping.wait(0.05)
        assert shop.runner.state.shop.opening.state in ("open", "degraded")
    with open_shop(stall(), source, TurnClock(shop.runner.state.now), settings(tmp_path)) as shop:
        shop.dispatcher.start()
        shop.runner.run(lambda: bool(list(shop.books.records(kinds=("Correction",)))) and not shop.books.outgoing(2**62))
        totals = [record for _, record in shop.books.records(kinds=("Receipt", "Correction"))]
        assert [type(each) for each in totals] == [Receipt, Correction]
        moved = httpx.get(f"{shop.provider}/ledger").json()["movements"]
    assert [(each["action"], each["amount_minor"]) for each in moved if each["action"] != "authorise"] == [
        ("capture", 240), ("refund", 120)
    ]  # fmt: skip


@pytest.mark.slow
def test_pages_tell_the_shop_and_hear_what_it_says_to_it(tmp_path: Path) -> None:
    async def page(shop: Any) -> list[Any]:
        desk = shop.desk
        follows = desk.follow(["shop"])
        command = StoreCommand(envelope=desk.envelope("web/staff"), action="open", by="m1")
        said = await desk.tell(command, 10.0)
        live = await asyncio.wait_for(anext(follows), 10)
        with pytest.raises(Refused):
            await desk.tell(StoreCommand(envelope=desk.envelope("web/staff"), action="open", by="m1"), 10.0)
        await follows.aclose()
        return [said, live]

    with open_shop(stall(), World([]), TurnClock(START_NS, 20.0), settings(tmp_path)) as shop:
        with running(shop):
            said, live = asyncio.run(page(shop))
        assert any(isinstance(each, StoreChanged) and each.state == "opening" for each in said)
        assert (live.topic, live.kind) == ("shop", "shop")
        assert shop.desk.status()["inputs that wait"] == "0"
        assert shop.desk.now() >= START_NS
        assert asyncio.run(shop.desk.tell(StoreCommand(envelope=shop.desk.envelope("x"), action="close"), 0.01)) == []


@pytest.mark.slow
def test_pages_are_served_until_it_is_over_and_a_broken_loop_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ready: list[bool] = []
    with open_shop(stall(), World([]), TurnClock(START_NS, 20.0), settings(tmp_path)) as shop:
        assert serve(shop, PageSettings(), "127.0.0.1", 0, lambda: ready.append(True), lambda: shop.runner.turns > 3, "secret")
    assert ready == [True]
    with open_shop(stall(), World([]), TurnClock(START_NS + 60 * SECOND, 20.0), settings(tmp_path)) as shop:

        def breaks(over: object) -> None:
            raise OSError("the disk is full")

        monkeypatch.setattr(shop.runner, "run", breaks)
        assert not serve(shop, PageSettings(), "127.0.0.1", 0, lambda: None, lambda: False)
    assert "the disk is full" in capsys.readouterr().err


def test_a_webhook_without_the_providers_signature_is_refused() -> None:
    app = FastAPI()
    app.include_router(webhooks(cast(OpenShop, None), "a secret"))

    async def posted(**headers: str) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
            return (await client.post(WEBHOOKS, content=b"{}", headers=headers)).status_code

    assert asyncio.run(posted()) == 400
    assert asyncio.run(posted(**{"saunter-signature": "t=1,v1=00"})) == 400
