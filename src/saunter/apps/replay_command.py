"""`saunter replay`: a recording in, receipts out, with scores, reasons and machine-readable forms on request."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from saunter.apps.bills import charged_bills, read_bills, true_bills
from saunter.apps.calibration_file import calibration_of, read_calibration
from saunter.apps.explaining import explain_open_visit, explain_receipt, explain_unbilled
from saunter.apps.open_visits import still_open, with_bills
from saunter.apps.optional_value import LEFT_OUT, with_value
from saunter.apps.options import AsJson, RecordingFile
from saunter.apps.options import Calibration as _Calibration
from saunter.apps.output import (
    DAMAGED,
    Watcher,
    bad_input_exits,
    json_bytes,
    refuse_to_replace,
    say,
    say_json,
    warn_problems,
    written_whole,
)
from saunter.apps.replaying import Replayed, Step, replay
from saunter.apps.reporting import events_of, receipts_file, replay_view
from saunter.apps.scoring import Bill, Score, name_parties, score
from saunter.apps.shop import has_ticks, opened, plan_of
from saunter.apps.tables import alarm_lines, open_visit_lines, receipt_lines, score_lines, withheld_lines
from saunter.base.calibration import IDENTITY, Calibration
from saunter.base.errors import InputProblems, Problem
from saunter.journal import Recording
from saunter.plan import Plan

_TRUTH_HELP = "Score against a file of true receipts; without FILE against the truth inside the recording."
_Truth = Annotated[str | None, typer.Option("--truth", metavar="[FILE]", help=_TRUTH_HELP, show_default=False)]
_Explain = Annotated[bool, typer.Option("--explain", help="Say why each line was charged or dropped.")]
_Receipts = Annotated[
    Path | None, typer.Option("--receipts", metavar="OUT", help="Write the receipts to a JSON file as well.", show_default=False)
]


class _ReplayCommand(typer.core.TyperCommand):
    """The command with the one option whose value may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments with a stand-in where `--truth` has no file."""
        return super().parse_args(ctx, with_value(args, "--truth", ("--receipts",)))


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="replay", cls=_ReplayCommand)(replay_command)


def replay_command(
    file: RecordingFile,
    truth: _Truth = None,
    as_json: AsJson = False,
    explain: _Explain = False,
    receipts: _Receipts = None,
    calibration: _Calibration = None,
) -> None:
    """Receipts from a recording, as the shop would have made them.

    Example: saunter replay morning.mcap --truth --explain

    Exits with 0 when all of it was read, with 1 when it is damaged (what is whole is told), with 2 when nothing can be told.
    """
    with bad_input_exits():
        given = None if truth in (None, LEFT_OUT) else read_bills(Path(str(truth)).read_bytes(), str(truth))
        applied = calibration_of(None if calibration is None else read_calibration(calibration))
        with opened(file) as recording:
            plan = plan_of(recording, str(file))
            replayed = replay_recording(recording, plan, f"replaying {file.name}", applied)
            damage = recording.problems
        scored = None if truth is None else scored_replay(replayed, given, str(truth or file))
        _write(receipts, replayed, plan)
    problems = (*damage, *replayed.problems)
    warn_problems(problems)
    if as_json:
        _tell_machines(replayed, plan, scored, problems, explain)
    else:
        _tell(replayed, plan, scored, explain)
    if damage:
        raise typer.Exit(DAMAGED)


def _write(receipts: Path | None, replayed: Replayed, plan: Plan) -> None:
    if receipts is not None:
        refuse_to_replace(receipts, b"{", "JSON file of receipts")
        with written_whole(receipts) as stream:
            stream.write(json_bytes(receipts_file(replayed, plan)))


def replay_recording(recording: Recording, plan: Plan, title: str, calibration: Calibration = IDENTITY) -> Replayed:
    """The whole recording through a fresh pipeline, progress on stderr. Problems of reading stay with the recording."""
    from saunter.pipeline import Pipeline

    ticks = has_ticks(recording)
    step: Step = Pipeline(plan, calibration).step
    replayed = Replayed()
    with Watcher(title) as watcher:
        for replayed in replay(recording.records(), step, ticks, plan.store, time.process_time):
            watcher.advance_to(replayed.readings)
    way_out = next((gate.id for gate in plan.gates.values() if gate.kind != "in"), "")
    left_open = still_open(replayed.visits, replayed.last)
    replayed.open_visits = with_bills(left_open, step, plan.store, way_out, replayed.closed_at)
    return replayed


def scored_replay(replayed: Replayed, given: tuple[Bill, ...] | None, where: str) -> Score:
    """The score against the given true bills, else against the recording's own truth; raises InputProblems without either."""
    if given is None and not replayed.truth:
        what = "this recording has no truth channels to score against"
        raise InputProblems([Problem(where, 0, what, "name a file of true receipts: --truth FILE")])
    true = true_bills(replayed.truth) if given is None else given
    parties = [*replayed.parties, *(receipt.party for receipt in replayed.receipts)]
    named, problems = name_parties(true, parties, where)
    if problems:
        raise InputProblems(problems)
    return score(charged_bills(replayed.receipts, replayed.visits), named)


def explanation_lines(replayed: Replayed, plan: Plan) -> list[str]:
    """Every receipt with its reasons, then the visits that got none, then what happened in no visit's name."""
    events = events_of(replayed)
    text = [row for receipt in replayed.receipts for row in (*explain_receipt(receipt, events, plan), "")]
    waiting = [row for visit in replayed.open_visits for row in (*explain_open_visit(visit, events, plan), "")]
    would_be = [visit.would_be for visit in replayed.open_visits if visit.would_be is not None]
    return [*text, *waiting, *explain_unbilled([*replayed.receipts, *would_be], events, plan)]


def _receipts_told(replayed: Replayed) -> list[str]:
    receipts = receipt_lines(replayed.receipts) if replayed.receipts or not replayed.open_visits else []
    return [*receipts, *open_visit_lines(replayed.open_visits)]


def _tell_machines(replayed: Replayed, plan: Plan, scored: Score | None, problems: Sequence[Problem], explain: bool) -> None:
    explanation = tuple(explanation_lines(replayed, plan)) if explain else None
    say_json(replay_view(replayed, plan, map(str, problems), scored, explanation))


def _tell(replayed: Replayed, plan: Plan, scored: Score | None, explain: bool) -> None:
    told = explanation_lines(replayed, plan) if explain else _receipts_told(replayed)
    for row in (*told, *withheld_lines(replayed.receipts, replayed.stamped), *alarm_lines(replayed.alarms)):
        say(row)
    if scored is not None:
        for row in score_lines(scored):
            say(row)
    say(f"{replayed.shop_s:.1f} s of shop time, {replayed.real_time_factor:.0f} times faster than real time")
