"""`saunter tour`: a pretend shop, a story played in it, and the receipts beside the truth."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from saunter.apps.bills import true_bills
from saunter.apps.explaining import percent
from saunter.apps.output import bad_input_exits, say, visible, warn_problems
from saunter.apps.recording_files import write_recording
from saunter.apps.replay_command import explanation_lines, replay_recording, scored_replay
from saunter.apps.replaying import Replayed
from saunter.apps.scoring import Bill, Score, VisitScore
from saunter.apps.shop import opened
from saunter.apps.stories import DEMO, played, shop_of, story_of
from saunter.apps.tables import alarm_lines, open_visit_lines, saving_text, score_lines
from saunter.base.money import Money
from saunter.records import Receipt, ReceiptLine

_WIDTH: Final = 110


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="tour")(tour_command)


def tour_command(
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the pretend world; else the story's own.")] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Leave out the reasons.")] = False,
) -> None:
    """A pretend shop in which a few people shop at once: their receipts, why, and what they really took.

    Example: saunter tour --seed 7
    """
    with bad_input_exits(), tempfile.TemporaryDirectory(prefix="saunter-tour-") as folder:
        story = story_of(DEMO)
        texts = shop_of(story, None)
        plan, records = played(texts, story, story.seed if seed is None else seed)
        file = Path(folder) / "demo.mcap"
        write_recording(file, records, plan.store, texts, f"simulated: {story.title}")
        with opened(file) as recording:
            replayed = replay_recording(recording, plan, "the shop at work")
            warn_problems((*recording.problems, *replayed.problems))
        scored = scored_replay(replayed, None, DEMO)
    say(f"{story.title}: a story in {plan.name}, a made-up shop. Its scales, trackers and gates are simulated;")
    say("the receipts below are made from their readings alone.")
    say()
    _show(replayed, true_bills(replayed.truth), scored)
    if not brief:
        for row in explanation_lines(replayed, plan):
            say(row)
    for row in (*alarm_lines(replayed.alarms), *score_lines(scored)):
        say(row)
    say(f"{replayed.shop_s:.0f} s of shop time, {replayed.real_time_factor:.0f} times faster than real time.")
    say("Make the recording yourself: saunter simulate demo -o demo.mcap; then: saunter replay demo.mcap --truth --explain")


def _show(replayed: Replayed, truth: Sequence[Bill], scored: Score) -> None:
    """A table for each visit: what was charged beside what was really taken."""
    console = Console(file=sys.stdout, width=_WIDTH if not sys.stdout.isatty() else None)
    judged = {visit.visit: visit for visit in scored.visits}
    true = {bill.party: bill for bill in truth}
    for receipt in replayed.receipts:
        console.print(_table(receipt, true.get(receipt.party), _verdict(receipt, judged.get(receipt.visit))))
    for row in open_visit_lines(replayed.open_visits):
        say(row)
    charged = {receipt.party for receipt in replayed.receipts}
    for bill in truth:
        if bill.party not in charged:
            took = ", ".join(f"{item.quantity} x {item.name or item.sku}" for item in bill.items) or "nothing"
            say(f"{bill.party} got no receipt, and really took: {took}")
    console.print()


def _verdict(receipt: Receipt, visit: VisitScore | None) -> str:
    """How right a receipt is, in a few words."""
    if visit is not None and visit.exact:
        return "exact"
    only_doubt = visit is not None and visit.wrong == 0 and receipt.dropped
    return "right but for what was in doubt and not charged" if only_doubt else "not as it was"


def _table(receipt: Receipt, bill: Bill | None, verdict: str) -> Table:
    table = Table(
        title=_text(f"{receipt.party}: {Money(receipt.total_minor, receipt.currency)}, {verdict}"),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        width=_WIDTH - 20,
    )
    for heading in ("charged", "sure", "amount", "really taken"):
        table.add_column(heading, justify="right" if heading in ("sure", "amount") else "left")
    left = {item.sku: item for item in bill.items} if bill else {}
    for line in receipt.lines:
        item = left.pop(line.sku, None)
        table.add_row(*map(_text, (*_charged(line, receipt.currency), f"{item.quantity} x {item.name}" if item else "-")))
        if line.saving_minor:
            table.add_row(_text(f"  {saving_text(line, receipt.currency)}"), "", "", "")
    for item in left.values():
        table.add_row("-", "", "", _text(f"{item.quantity} x {item.name}"))
    if not receipt.lines and not left:
        table.add_row("nothing", "", "", "nothing")
    return table


def _charged(line: ReceiptLine, currency: str) -> tuple[str, str, str]:
    return f"{line.quantity} x {line.name}", percent(line.probability), str(Money(line.total_minor, currency))


def _text(words: str) -> Text:
    return Text(visible(words))
