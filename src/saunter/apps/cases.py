"""Labelled real cases re-enacted: the plan of their day, a recording or an export folder for each, and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from saunter.apps.output import json_bytes, written_whole
from saunter.apps.recording_files import write_recording
from saunter.base.errors import InputProblems, Problem
from saunter.plan import Plan, plan_texts
from saunter.simulation import Case, Story, case_story, parse_cases, plan_with_labels, simulate

RECORDING: Final = ".mcap"
TRUTH: Final = ".truth.json"


@dataclass(frozen=True)
class Played:
    """A case ready to be written: the plan given to the shop (its official planogram), the story, and remarks on its labels."""

    case: Case
    plan: Plan
    story: Story
    remarks: tuple[Problem, ...]


class _Line(msgspec.Struct, frozen=True):
    sku: str
    gtin: str
    quantity: int
    name: str


class _Receipt(msgspec.Struct, frozen=True):
    visit: str
    party: str
    lines: tuple[_Line, ...]


class _Truth(msgspec.Struct, frozen=True):
    """The form that `replay --truth` reads."""

    receipts: tuple[_Receipt, ...]


def cases_of(file: Path, wanted: Sequence[str]) -> tuple[Case, ...]:
    """The cases of a file, or those of these names; raises InputProblems with every mistake in it."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputProblems([Problem(str(file), 0, f"this is no text: {error}", "cases are UTF-8 JSON")]) from None
    cases = parse_cases(text, str(file))
    names = {case.name for case in cases}
    unknown = [name for name in wanted if name not in names]
    if unknown:
        remedy = f"choose from {', '.join(sorted(names))}"
        raise InputProblems([Problem(str(file), 0, f"there is no case {name}", remedy) for name in unknown])
    return tuple(case for case in cases if not wanted or case.name in wanted)


def store_of(file: Path, store: Path | None, data: Path) -> Path:
    """The folder with geometry, products and planograms: the one given, else beside the cases, else in the data."""
    from saunter.adapters.datasets.nanostore import find_store

    beside = file.parent / "store"
    return find_store(file.parent, store or (beside if beside.is_dir() else None), data)


def played_cases(cases: Sequence[Case], store: Path, noise: str) -> Iterator[Played]:
    """Every case in the shop of its day. Products that labels name and the day's catalogue lacks are added to it."""
    from saunter.adapters.datasets.nanostore import day_of, plan_of_day

    plans: dict[str, tuple[Plan, tuple[Problem, ...]]] = {}
    for case in cases:
        day = day_of(case.name)
        if day not in plans:
            plans[day] = plan_with_labels(plan_of_day(store, day)[0], [each for each in cases if day_of(each.name) == day])
        plan, learned = plans[day]
        story, remarks = case_story(case, plan, noise)
        yield Played(case, plan, story, (*(each for each in learned if each.where == case.name), *remarks))


def write_case(played: Played, seed: int, recording: Path | None, export: Path | None) -> int:
    """Write a recording, an export folder, or both, each with its truth beside it; returns how many records there were."""
    count = 0
    if recording is not None:
        source = f"simulated: {played.story.title}"
        records = simulate(played.plan, played.story, seed)
        count = write_recording(recording, records, played.plan.store, plan_texts(played.plan), source)
        _write_truth(recording.with_name(recording.name.removesuffix(RECORDING) + TRUTH), played)
    if export is not None:
        from saunter.adapters.datasets.nanostore import write_export

        exported = write_export(export, played.plan, simulate(played.plan, played.story, seed))
        count = exported.weights + exported.people + sum(exported.left_out.values())
        _write_truth(export.with_name(export.name + TRUTH), played)
    return count


def _write_truth(path: Path, played: Played) -> None:
    with written_whole(path) as stream:
        stream.write(json_bytes(_truth_of(played)))


def _truth_of(played: Played) -> _Truth:
    products = played.plan.products
    return _Truth(
        tuple(
            _Receipt(
                visit=f"visit-{party}",
                party=party,
                lines=tuple(_Line(sku, products[sku].gtin, quantity, products[sku].name) for sku, quantity in lines.items()),
            )
            for party, lines in played.story.true_receipts.items()
        )
    )
