"""docs/recording.md is enough to write a recording: its program is run as it stands, its examples and tables are compared."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest

from saunter.base.limits import BLOCK_SAMPLES_MAX, MESSAGE_BYTES_MAX, PEOPLE_MAX, PLATES_MAX
from saunter.journal import FORMAT, PLAN_FILES, open_recording
from saunter.journal.schemas import decode
from saunter.plan.parse import parse_plan
from saunter.records import (
    JOINTS,
    AnyRecord,
    Envelope,
    GatePass,
    Joint,
    PeopleFrame,
    Person,
    Reading,
    Tick,
    TrueAction,
    TrueLine,
    TrueReceipt,
    Truth,
    WeightBlock,
)

DOCUMENT = (Path(__file__).parents[2] / "docs" / "recording.md").read_text()
START = 1_700_000_000_000_000_000
MS = 1_000_000
BLOCKED = """
import sys
class NoSaunter:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("saunter", "msgspec", "numpy"):
            raise ImportError(f"{name} is not there")
sys.meta_path.insert(0, NoSaunter())
"""


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("foreign")
    (program,) = code_blocks("python")
    (folder / "write.py").write_text(BLOCKED + program)
    command = [sys.executable, "-W", "error", "write.py", "shop.mcap"]
    subprocess.run(command, check=True, cwd=folder, timeout=60)
    return (folder / "shop.mcap").read_bytes()


def envelope(stream: str, sequence: int, happened: int, arrived: int) -> Envelope:
    return Envelope(store="corner", stream=stream, sequence=sequence, happened=happened, arrived=arrived)


def tick(step: int) -> Tick:
    return Tick(envelope=envelope("ticks", step, START + step * 100 * MS, START + step * 100 * MS))


def block(sequence: int) -> WeightBlock:
    first = START + sequence * 100 * MS
    times = np.array([first + sample * 1_000 * MS // 60 for sample in range(6)], dtype=np.int64)
    grams = np.full((6, 2), 1500.0, dtype=np.float32)
    grams[:, 0] = (400.0 if sequence < 10 else 300.0) + 0.25 * (np.arange(6) % 2)
    grams[5, 1] = np.nan
    return WeightBlock(envelope("weights/g1", sequence, first, first + 100 * MS), ("s1p1", "s1p2"), 60.0, times, grams)


def frame(step: int) -> PeopleFrame:
    now = START + step * 100 * MS
    wrist = Joint(0.6, 1.5, 1.1, 0.03, 0.9) if 8 <= step <= 11 else Joint(0.8, 1.0, 0.9)
    person = Person(track="7", joints={"head": Joint(0.8, 0.9, 1.7), "right_wrist": wrist})
    return PeopleFrame(envelope=envelope("people", step, now, now + 50 * MS), people=(person,))


def gate_pass(sequence: int, direction: str, at: int) -> GatePass:
    return GatePass(envelope=envelope("gates", sequence, at, at), gate="door", direction=direction, party="p1", track="7")


def expected() -> list[AnyRecord]:
    end = START + 2_000 * MS
    records: list[AnyRecord] = [gate_pass(0, "in", START)]
    for step in range(20):
        records += [block(step - 1)] if step else []
        records += [tick(step), frame(step)]
    action = envelope("truth/actions", 0, START + 1_000 * MS, end)
    receipt = envelope("truth/receipts", 0, end, end)
    records += [
        gate_pass(1, "out", end),
        TrueAction(envelope=action, party="p1", action="take", sku="tea", gtin="", quantity=1, plates=("s1p1",)),
        TrueReceipt(envelope=receipt, visit="v1", party="p1", lines=(TrueLine(sku="tea", quantity=1),)),
    ]
    return records + [tick(step) for step in range(20, 60)]


def plain(record: AnyRecord) -> object:
    if not isinstance(record, WeightBlock):
        return record
    return (record.envelope, record.plates, record.rate_hz, record.times.tolist(), record.grams.shape, record.grams.tobytes())


def test_a_program_with_nothing_but_the_mcap_package_writes_a_recording_that_reads_back_record_by_record(written: bytes) -> None:
    recording = open_recording(io.BytesIO(written))
    assert [plain(record) for record in recording.records()] == [plain(record) for record in expected()]
    assert (recording.store, recording.format, recording.source) == ("corner", 1, "example of docs/recording.md")
    assert recording.problems == ()
    assert recording.complete


def test_the_plan_inside_the_example_is_a_sound_plan_and_its_plates_are_those_of_the_weights(written: bytes) -> None:
    recording = open_recording(io.BytesIO(written))
    assert tuple(recording.plan_texts) == PLAN_FILES
    plan = parse_plan(recording.plan_texts)
    assert plan.store == "corner"
    assert tuple(plan.plates) == ("s1p1", "s1p2")
    assert [(facing.sku, facing.plates) for facing in plan.facings] == [("tea", ("s1p1",)), ("rice", ("s1p2",))]


def test_every_json_example_of_the_page_is_a_record_of_the_kind_above_it() -> None:
    examples = [decode(text.encode()) for text in code_blocks("json")]
    assert [type(example).__name__ for example in examples] == re.findall(r"^### (\w+)\n.*?^```json", DOCUMENT, re.M | re.S)
    for text, example in zip(code_blocks("json"), examples, strict=True):
        assert msgspec.json.decode(msgspec.json.encode(example)).keys() == json.loads(text).keys()


@pytest.mark.parametrize("kind", [Envelope, *get_args(Reading), Person, Joint, *get_args(Truth), TrueLine])
def test_every_field_of_a_reading_and_of_the_truth_is_explained(kind: type) -> None:
    names = kind.__slots__ if kind is WeightBlock else kind.__struct_fields__
    for name in set(names) - {"envelope"}:
        assert re.search(rf"[`.\[ ]{name}[`,\]]", DOCUMENT), f"docs/recording.md does not explain `{name}` of {kind.__name__}"


def test_the_joints_and_limits_of_the_page_are_those_of_the_program() -> None:
    assert all(f"`{joint}`" in DOCUMENT for joint in JOINTS)
    assert f'`format`: `"{FORMAT}"`' in DOCUMENT
    assert f"at most {PEOPLE_MAX}" in DOCUMENT
    assert f"`samples`, at most {BLOCK_SAMPLES_MAX:,}" in DOCUMENT
    assert f"1 to {PLATES_MAX:,}" in DOCUMENT
    assert f"larger than {MESSAGE_BYTES_MAX // 2**20} MiB" in DOCUMENT
