"""The benches of a running shop on the command line: kills, time to receipt, phones."""

from __future__ import annotations

from typing import Annotated

import typer

from saunter.apps.machine import this_machine
from saunter.apps.options import AsJson
from saunter.apps.output import bad_input_exits, count_of, say, say_json, warn

_Seed = Annotated[int, typer.Option(metavar="N", help="Seed of the pretend world.")]


def register(app: typer.Typer) -> None:
    """Add the commands below `saunter bench`."""
    app.command(name="crash")(crash)
    app.command(name="receipt")(receipt)
    app.command(name="web")(web)


def crash(
    kills: Annotated[int, typer.Option(min=1, max=100_000, help="How often the shop is killed.")] = 50,
    visits: Annotated[int, typer.Option(min=1, max=1000, help="Parties in each run of the pretend world.")] = 20,
    seed: _Seed = 1,
    as_json: AsJson = False,
) -> None:
    """A shop is killed again and again while it trades; in the end every line and cent must be as if it had not been.

    Example: saunter bench crash --kills 50 --json

    It is killed with SIGKILL at named points around every commit and every call to the payment provider, and at random moments;
    the provider fails, delays, answers twice and forgets to answer. Exit status 1 when anything is lost, doubled, changed, unpaid
    or does not agree with the provider's own ledger.
    """
    from saunter.apps.crash_bench import crash_bench

    with bad_input_exits():
        found = crash_bench(kills, visits, seed, warn)
    if as_json:
        say_json({**found.document(), "seed": seed, "machine": this_machine()})
    else:
        say(f"{count_of(found.kills, 'kill')} in {count_of(found.runs, 'run')}, {count_of(found.visits, 'visit')} compared")
        say(f"  lost {found.lost}, doubled {found.doubled}, changed {found.changed}, unpaid {found.unpaid}")
        say(f"  {count_of(found.unbalanced_minor_units, 'minor unit')} off the provider's own ledger")
        for point, times in found.by_point.most_common():
            say(f"  {times:5} at {point}")
    if found.lost or found.doubled or found.changed or found.unpaid or found.unbalanced_minor_units:
        raise typer.Exit(1)


def receipt(
    visits: Annotated[int, typer.Option(min=1, max=10_000, help="Parties that come in and leave.")] = 20,
    speed: Annotated[float, typer.Option(min=0.1, max=100.0, help="How many times as fast as the wall clock.")] = 1.0,
    seed: _Seed = 1,
    as_json: AsJson = False,
) -> None:
    """From walking out to the receipt on the phone, on the wall clock, with pretend reviewers and staff in the loop.

    Example: saunter bench receipt --visits 20 --json

    Twenty visits take about six minutes. Only --speed 1 gives the figure that counts: faster, people answer faster as well.
    Exit status 1 when a receipt is never sent, or nobody got one.
    """
    from saunter.apps.receipt_bench import receipt_bench, result_lines

    with bad_input_exits():
        result = receipt_bench(visits, speed, seed, warn)
    if as_json:
        say_json(result)
    else:
        for row in result_lines(result):
            say(row)
    if result.unsent or not result.visits:
        raise typer.Exit(1)


def web(
    clients: Annotated[int, typer.Option(min=1, max=100_000, help="Phones that follow a cart.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1.0, max=86_400.0, help="How long carts change.")] = 30.0,
    every: Annotated[float, typer.Option(min=0.1, max=3600.0, help="Seconds from one change of a cart to its next.")] = 20.0,
    seed: _Seed = 1,
    as_json: AsJson = False,
) -> None:
    """So many phones follow their carts while a shop trades: how late changes come, how much memory a phone takes.

    Example: saunter bench web --clients 1000 --seconds 30 --json

    The shop and its pages are one process, the phones another; both are on this machine and share its cores. Exit status 1 when
    a phone was turned away or hung up on, or a change never came.
    """
    from saunter.apps.web_bench import Load, result_lines, web_bench

    with bad_input_exits():
        result = web_bench(Load(clients, seconds, every, seed), warn)
    if as_json:
        say_json(result)
    else:
        for row in result_lines(result):
            say(row)
    if result.updates_lost or result.live_at_end < result.clients:
        raise typer.Exit(1)
