"""The recording of a real shop, plates only, one declared party: exactly the two true items, however it is fed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from tests.pipeline.playing import Played, causes, digest, through

from saunter.adapters.datasets.nanostore import import_nanostore
from saunter.base.randomness import generator
from saunter.base.time import MILLISECOND, SECOND, to_seconds
from saunter.plan import Plan, Product, Weight
from saunter.records import (
    Alarm,
    AnyRecord,
    Attribution,
    Envelope,
    PeopleFrame,
    Receipt,
    ShelfStep,
    Tick,
    TrueAction,
    TrueReceipt,
    WeightBlock,
)

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SAUNTER_DATA") or ROOT / ".." / "shared" / "data")
CASE = DATA / "nanostore" / "cps-test-01"
FORMATS = DATA / "nanostore" / "formats"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """The real shop: its plan, every reading by arrival, and what is true of it."""

    plan: Plan
    records: tuple[AnyRecord, ...]
    actions: tuple[TrueAction, ...]
    bill: dict[str, int]


def imported(folder: Path, party: str | None) -> Case:
    shop = import_nanostore(folder, store=DATA / "nanostore" / "store", party=party)
    records = tuple(shop.records)
    actions = tuple(truth for truth in shop.truth if isinstance(truth, TrueAction))
    bills = [truth for truth in shop.truth if isinstance(truth, TrueReceipt)]
    return Case(shop.plan, records, actions, {line.sku: line.quantity for bill in bills for line in bill.lines})


@pytest.fixture(scope="module")
def case() -> Case:
    if not (CASE / "weights.tar.gz").is_file():
        pytest.skip("nanostore/cps-test-01/weights.tar.gz is not in SAUNTER_DATA")
    return imported(CASE, "p1")


@pytest.fixture(scope="module")
def said(case: Case) -> Played:
    return through(case.plan, case.records)


def found(said: Played) -> list[Attribution]:
    """What the shop thinks was more than a touch, in order of time."""
    events = [event for event in said.attributions.values() if event.candidates[0].action != "touched"]
    return sorted(events, key=lambda event: event.happened)


def test_the_bill_is_the_two_true_items_and_nothing_else(case: Case, said: Played) -> None:
    assert len(case.bill) == 2 and set(case.bill.values()) == {1}
    assert said.bills == {"p1": case.bill}
    assert [decision.sku for receipt in said.receipts for decision in receipt.dropped if decision.probability > 0.2] == []
    assert said.stamped == [receipt.id for receipt in said.receipts]


def test_both_events_are_within_a_second_of_the_truth_and_no_other_is_above_touched(case: Case, said: Played) -> None:
    events = found(said)
    assert len(events) == len(case.actions) == 2
    for event, action in zip(events, sorted(case.actions, key=lambda action: action.happened), strict=True):
        assert abs(to_seconds(event.happened - action.happened)) <= 1.0
        assert event.candidates[0].action == "taken"
        assert [(change.sku, change.quantity) for change in event.candidates[0].changes] == [(action.sku, action.quantity)]
        assert set(action.plates) & set(event.plates)
        assert (event.shares[0].party, event.shares[0].probability > 0.95) == ("p1", True)


def test_the_reasons_of_both_lines_end_at_what_the_shelves_felt(said: Played) -> None:
    known: dict[str, AnyRecord] = {record.id: record for record in said.said}
    (receipt,) = said.receipts
    for line in receipt.lines:
        ends = [known[cause] for cause in causes(known, line.because) if not known[cause].envelope.because]
        assert ends and all(isinstance(end, ShelfStep) for end in ends)


def test_the_shelf_without_sensors_is_named_and_no_other_alarm_disturbs(case: Case, said: Played) -> None:
    last = max(record.envelope.arrived for record in case.records if isinstance(record, WeightBlock))
    alarms = {(alarm.name, alarm.subject) for alarm in said.alarms if alarm.happened <= last}
    assert alarms == {("plate-silent", f"g3s6p{number}") for number in range(1, 13)}


# -- catalogues lie ----------------------------------------------------------------------------------------------------


def misweighed(product: Product, factor: float) -> Product:
    if product.weight.mean_g is None:
        return product
    return replace(product, weight=Weight(product.weight.mean_g * factor, product.weight.sd_g))


@pytest.mark.parametrize("seed", range(12))
def test_catalogue_weights_up_to_seven_percent_off_change_nothing(case: Case, seed: int) -> None:
    dice = generator(seed, "catalogue")
    products = {sku: misweighed(product, dice.uniform(0.93, 1.07)) for sku, product in case.plan.products.items()}
    told = through(replace(case.plan, products=products), case.records)
    assert told.bills == {"p1": case.bill}
    assert len(found(told)) == 2


@pytest.mark.parametrize("factor", [0.93, 1.07])
def test_a_whole_catalogue_that_is_off_one_way_changes_nothing(case: Case, factor: float) -> None:
    products = {sku: misweighed(product, factor) for sku, product in case.plan.products.items()}
    assert through(replace(case.plan, products=products), case.records).bills == {"p1": case.bill}


# -- fed differently ---------------------------------------------------------------------------------------------------


def chopped(records: Sequence[AnyRecord], samples: int) -> list[AnyRecord]:
    """The same recording with every controller sending so many samples in one block."""
    streams: dict[str, list[WeightBlock]] = {}
    for record in records:
        if isinstance(record, WeightBlock):
            streams.setdefault(record.envelope.stream, []).append(record)
    others = [record for record in records if not isinstance(record, WeightBlock)]
    blocks = [block for stream, parts in streams.items() for block in reblocked(stream, parts, samples)]
    return sorted([*others, *blocks], key=lambda record: (record.envelope.arrived, record.envelope.stream))


def reblocked(stream: str, parts: Sequence[WeightBlock], samples: int) -> Iterator[WeightBlock]:
    times = np.concatenate([part.times for part in parts])
    grams = np.concatenate([part.grams for part in parts])
    for number, first in enumerate(range(0, len(times), samples)):
        moment, values = times[first : first + samples], grams[first : first + samples]
        envelope = Envelope(
            store=parts[0].envelope.store, stream=stream, sequence=number, happened=int(moment[0]), arrived=int(moment.max())
        )
        yield WeightBlock(envelope, parts[0].plates, parts[0].rate_hz, moment, values)


def shuffled(records: Iterable[AnyRecord], seed: int, late_ns: int) -> list[AnyRecord]:
    """The same recording with every reading but the clock's ticks up to so much later."""
    dice = random.Random(seed)
    late = [
        (record.envelope.arrived + (0 if isinstance(record, Tick) else dice.randrange(late_ns)), number, record)
        for number, record in enumerate(records)
    ]
    return [record for _, _, record in sorted(late, key=lambda item: item[:2])]


@pytest.mark.parametrize("samples", [1, 5, 31, 60])
def test_blocks_of_any_length_give_the_same_to_the_last_byte(case: Case, said: Played, samples: int) -> None:
    told = through(case.plan, chopped(case.records, samples))
    assert len(told.readings) != len(said.readings)
    assert digest(told.said) == digest(said.said)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_readings_shuffled_by_up_to_four_tenths_of_a_second_give_the_same_to_the_last_byte(
    case: Case, said: Played, seed: int
) -> None:
    records = shuffled(case.records, seed, 400 * MILLISECOND)
    assert records != list(case.records)
    assert digest(through(case.plan, records).said) == digest(said.said)


def test_what_comes_much_later_than_the_window_changes_no_bill_silently(case: Case) -> None:
    """A shop whose clock is ahead of all readings by an hour hears nothing that it can use, and says so."""
    instant = max(record.envelope.arrived for record in case.records) + 3600 * SECOND
    early = Tick(envelope=Envelope(store=case.plan.store, stream="clock", sequence=0, happened=instant, arrived=instant))
    told = through(case.plan, [early, *case.records])
    assert told.bills == {}
    assert any(alarm.name == "late-readings" for alarm in told.of(Alarm))


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from tests.pipeline.playing import digest, through
from tests.pipeline.test_cps_test_01 import CASE, imported
case = imported(CASE, "p1")
print(digest(through(case.plan, case.records).said))
"""


def test_three_hash_seeds_give_the_same_to_the_last_byte(said: Played) -> None:
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", PROGRAM, str(ROOT), str(ROOT / "src")]
        outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout.strip() == digest(said.said), f"PYTHONHASHSEED={seed}"


# -- the export layout -------------------------------------------------------------------------------------------------


def test_the_samples_of_the_export_layout_run_from_end_to_end(tmp_path: Path) -> None:
    if not (FORMATS / "plate_data.sample.jsonl").is_file():
        pytest.skip("nanostore/formats/plate_data.sample.jsonl is not in SAUNTER_DATA")
    sample = imported(FORMATS, None)
    people = {person.party for record in sample.records if isinstance(record, PeopleFrame) for person in record.people}
    told = through(sample.plan, sample.records)
    assert len(people) == 1
    assert told.bills == {party: {} for party in people}
    assert [type(receipt) for receipt in told.receipts] == [Receipt]
    assert [alarm.name for alarm in told.of(Alarm) if alarm.name not in ("plate-frozen", "plate-silent")] == []
