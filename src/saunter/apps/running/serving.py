"""The pages of a running shop, served until somebody stops it; then the shop finishes what it does and saves its state."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import APIRouter, Request, Response

from saunter.adapters.payments import webhook_outcome
from saunter.apps.running.opening import OpenShop
from saunter.web.app import create_app
from saunter.web.settings import Settings as PageSettings

#: How long open pages may take to go away when the shop stops (s).
GOODBYE_S: Final = 2
#: What whoever runs the shop reads after a fault.
BROKE: Final = (
    "the shop broke by the fault above and ends; start it again: nothing is lost, "
    "and it goes on without the input that broke it, if one did\n"
)
#: Where the payment provider tells what became of a command.
WEBHOOKS: Final = "/hooks/payments"


def serve(
    shop: OpenShop,
    pages: PageSettings,
    host: str,
    port: int,
    ready: Callable[[], None],
    over: Callable[[], bool],
    webhook_secret: str = "",
) -> bool:
    """Runs the shop and its pages until it is interrupted or `over`; False when the shop's loop broke. `ready` is called once
    pages can be opened."""
    app = create_app(shop.desk, pages)
    if webhook_secret:
        app.include_router(webhooks(shop, webhook_secret))
    server = Announcing(
        uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=GOODBYE_S), ready
    )
    trade = Trade(shop, over, server)
    shop.dispatcher.start()
    trade.start()
    try:
        server.run()
    finally:
        shop.runner.stopping.set()
        trade.join()
    return not trade.broke


class Trade(threading.Thread):
    """The shop's loop beside its pages: when it ends, so do they."""

    def __init__(self, shop: OpenShop, over: Callable[[], bool], server: uvicorn.Server) -> None:
        super().__init__(name="shop")
        self._shop, self._over, self._server = shop, over, server
        self.broke = False

    def run(self) -> None:
        """Turns until it is stopped, is over, or breaks."""
        try:
            self._shop.runner.run(self._over)
        except BaseException as error:  # noqa: BLE001 - the outermost loop: whatever it was, pages must not go on as if it ran
            self.broke = True
            traceback.print_exception(error, file=sys.stderr)
            sys.stderr.write(BROKE)
        finally:
            self._server.should_exit = True


class Announcing(uvicorn.Server):
    """A server that says when its pages can be opened."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Opens the pages."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if not self.should_exit:
            self._ready()


def webhooks(shop: OpenShop, secret: str) -> APIRouter:
    """The one address that a payment provider calls. What is not signed by it is refused.

    A plain route, past the door of the pages (`web.access`): a provider is none of its roles, and its signature is its key.
    The shield before the pages still looks at the body.
    """

    async def told(request: Request) -> Response:
        try:
            outcome = webhook_outcome(await request.body(), dict(request.headers), secret.encode())
        except ValueError:
            return Response(status_code=400)
        shop.runner.tell_outcome(outcome)
        return Response(status_code=204)

    router = APIRouter()
    router.add_route(WEBHOOKS, told, methods=["POST"], include_in_schema=False)
    return router


__all__ = ["WEBHOOKS", "serve"]
