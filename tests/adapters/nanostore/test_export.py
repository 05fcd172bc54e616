"""Exports written and read again: nothing but what the layout cannot hold is lost on the way."""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saunter.adapters.datasets.nanostore import import_nanostore, write_export
from saunter.base.errors import InputProblems
from saunter.base.money import Money
from saunter.base.time import MILLISECOND, SECOND
from saunter.plan import Plan, Weight, plan_differences
from saunter.records import AnyRecord, Envelope, Joint, PeopleFrame, Person, Tick, WeightBlock

DATA = Path(os.environ.get("SAUNTER_DATA") or Path(__file__).parents[3] / ".." / "shared" / "data")
FORMATS = DATA / "nanostore" / "formats"

JOINTS = {
    "head": Joint(1.0, -0.5, 1.65, 0.0, 0.75),
    "neck": Joint(1.0, -0.5, 1.5, 0.0, 0.5),
    "left_wrist": Joint(0.0, 0.25, 1.0, 0.0, 0.5),
    "right_wrist": Joint(0.9, 0.2, 1.1, 0.0, 0.875),
}


@pytest.fixture
def small(shop: Any, make: Any) -> tuple[Any, Plan]:
    """A shop of two gondolas, two shelves and three plates, and its plan as the importer makes it."""
    shop.export([make.weights(1, make.start)], [make.people(make.start, make.person("1"))])
    return shop, shop.load(party=None).plan


def block(gondola: int, last: int, grams: np.ndarray[Any, Any], plates: tuple[str, ...]) -> WeightBlock:
    times = np.array([last - round(n * SECOND / 60) for n in range(len(grams) - 1, -1, -1)], dtype=np.int64)
    envelope = Envelope(store="s", stream=f"weights/g{gondola}", sequence=0, happened=int(times[0]), arrived=last)
    return WeightBlock(envelope, plates, 60.0, times, grams.astype(np.float32))


def frame(when: int, *people: Person) -> PeopleFrame:
    return PeopleFrame(envelope=Envelope(store="s", stream="people", sequence=0, happened=when, arrived=when), people=people)


def documents(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def again(small: tuple[Any, Plan], tmp_path: Path, *records: AnyRecord) -> tuple[Plan, list[AnyRecord]]:
    shop, plan = small
    write_export(tmp_path / "out", plan, records)
    imported = import_nanostore(tmp_path / "out", shop.store)
    return imported.plan, list(imported.records)


PLATES = ("g1s1p1", "g1s1p2", "g1s1p3", "g1s2p1", "g1s2p2", "g1s2p3")


def test_weights_people_and_plan_come_back_as_they_were(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    grams = np.arange(72, dtype=np.float32).reshape(12, 6) * np.float32(0.241)
    written = block(1, make.start, grams, PLATES)
    person = Person(track="-77", joints=JOINTS, party="-77")
    plan, records = again(small, tmp_path, written, frame(make.start + 1000, person), frame(make.start + 90_000_000))
    (read,) = (record for record in records if isinstance(record, WeightBlock))
    assert (read.plates, read.rate_hz, read.times.tolist()) == (PLATES, 60.0, written.times.tolist())
    assert np.array_equal(read.grams, grams)
    first, second = (record for record in records if isinstance(record, PeopleFrame))
    assert (first.happened, second.happened, second.people) == (make.start + 1000, make.start + 90_000_000, ())
    ((seen,),) = [first.people]
    assert (seen.track, seen.party, list(seen.joints)) == ("-77", "-77", ["head", "neck", "left_wrist", "right_wrist"])
    for name, joint in JOINTS.items():
        got = seen.joints[name]
        assert (got.x_m, got.y_m, got.z_m, got.score) == pytest.approx((joint.x_m, joint.y_m, joint.z_m, joint.score), abs=1e-6)
    assert plan_differences(plan, small[1]) == ()


def test_a_document_of_weights_has_nothing_at_shelf_and_plate_nought(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    write_export(tmp_path, small[1], [block(2, make.start, np.ones((12, 1)), ("g2s2p3",))])
    (document,) = documents(tmp_path, "plate_data.json")
    about = document["document"]["plate_data"]
    values = np.frombuffer(base64.b64decode(about["values"]["data"]), dtype="<f4").reshape(about["values"]["shape"])
    assert values.shape == (12, 3, 4)
    assert np.isnan(values[:, 0, :]).all() and np.isnan(values[:, :, 0]).all()
    assert (values[:, 2, 3] == 1).all() and np.isfinite(values).sum() == 12
    assert (about["freq_samp"], document["gondola_id"]) == (60.0, 2)


def test_documents_have_the_fields_of_the_live_formats(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    if not (FORMATS / "plate_data.sample.jsonl").is_file():
        pytest.skip("nanostore/formats/plate_data.sample.jsonl is not in SAUNTER_DATA")
    names = [f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")]
    sides = dict.fromkeys(names, JOINTS["neck"])
    person = Person(track="7", joints=JOINTS | sides, party="7")
    write_export(tmp_path, small[1], [block(1, make.start, np.ones((12, 6)), PLATES), frame(make.start, person)])
    for stem in ("plate_data", "full_targets", "planogram", "products"):
        sample = json.loads((FORMATS / f"{stem}.sample.jsonl").read_text().splitlines()[0])
        (document, *_) = documents(tmp_path, f"{stem}.json")
        assert set(paths(document)) == {path for path in paths(sample) if not is_picture(path)}, stem


def is_picture(path: str) -> bool:
    """What only a camera could say, an address of an image, and places that are noughts left out."""
    return ".detection_metadata[" in path or path.endswith("thumbnail") or "global_coordinates.transform.translation" in path


def paths(value: Any, here: str = "") -> Iterator[str]:
    """Every field of a document, lists seen through their first entry."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("detection_metadata", "translation"):
                yield from paths(inner, f"{here}.{name}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from paths(value[0], f"{here}[]")
    else:
        yield here


def test_what_the_layout_has_no_place_for_is_counted(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    tick = Tick(envelope=Envelope(store="s", stream="ticks", sequence=0, happened=make.start, arrived=make.start))
    exported = write_export(tmp_path, small[1], [tick, tick, frame(make.start)])
    assert (exported.weights, exported.people, dict(exported.left_out)) == (0, 1, {"Tick": 2})


def test_a_person_without_a_party_is_known_by_the_track(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    write_export(tmp_path, small[1], [frame(make.start, Person(track="t9", joints=JOINTS))])
    (document,) = documents(tmp_path, "full_targets.json")
    assert document["document"]["targets"]["targets"][0]["target_id"] == {"id": "t9"}


def test_a_hidden_wrist_is_left_out_and_hands_repeat_the_others(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    joints = {name: joint for name, joint in JOINTS.items() if name != "left_wrist"}
    _, records = again(
        small, tmp_path, block(1, make.start, np.ones((12, 6)), PLATES), frame(make.start, Person(track="7", joints=joints))
    )
    (read,) = (record for record in records if isinstance(record, PeopleFrame))
    assert list(read.people[0].joints) == ["head", "neck", "right_wrist"]
    (document,) = documents(tmp_path / "out", "full_targets.json")
    assert len(document["document"]["targets"]["targets"][0]["hands"]) == 1


def test_a_joint_at_the_very_origin_is_still_seen(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    person = Person(track="7", joints={"head": Joint(0.0, 0.0, 0.0, 0.0, 0.5)})
    _, records = again(small, tmp_path, block(1, make.start, np.ones((12, 6)), PLATES), frame(make.start, person))
    (read,) = (record for record in records if isinstance(record, PeopleFrame))
    assert read.people[0].joints == {"head": Joint(0.0, 0.0, 0.0, 0.0, 0.5)}


def test_prices_in_cents_and_unknown_weights_survive(small: tuple[Any, Plan], tmp_path: Path, make: Any) -> None:
    shop, plan = small
    tea = replace(plan.products["012345678905"], price=Money(149, "USD"), weight=Weight())
    changed = replace(plan, products=plan.products | {tea.sku: tea})
    seen = frame(make.start, Person(track="7", joints=JOINTS))
    write_export(tmp_path / "out", changed, [block(1, make.start, np.ones((12, 6)), PLATES), seen])
    assert import_nanostore(tmp_path / "out", shop.store).plan.products[tea.sku] == tea


def test_a_shop_whose_plates_have_other_names_is_refused_in_words(small: tuple[Any, Plan], tmp_path: Path) -> None:
    plan = small[1]
    renamed = replace(plan, plates={plate.replace("g1s1p1", "left-board"): facts for plate, facts in plan.plates.items()})
    with pytest.raises(InputProblems, match=r"1 plates are not named g<gondola>s<shelf>p<plate>, such as left-board"):
        write_export(tmp_path, renamed, [])


@settings(max_examples=20)
@given(
    blocks=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 14)), min_size=1, max_size=8, unique_by=lambda b: b[0]),
    seed=st.integers(0, 99),
)
def test_any_run_of_blocks_comes_back_to_the_millisecond(
    blocks: list[tuple[int, int]], seed: int, make: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("shop")
    shop = make.shop(root)
    shop.export([make.weights(1, make.start)], [make.people(make.start, make.person("1"))])
    plan = shop.load(party=None).plan
    dice = np.random.default_rng(seed)
    written = [
        block(
            1, make.start + n * 240 * MILLISECOND + int(dice.integers(0, SECOND // 1000)), dice.normal(0, 500, (size, 6)), PLATES
        )
        for n, size in sorted(blocks)
    ]
    seen = frame(make.start, Person(track="7", joints=JOINTS))
    write_export(root / "out", plan, [*written, seen])
    read = [record for record in import_nanostore(root / "out", shop.store).records if isinstance(record, WeightBlock)]
    assert [(a.grams.tolist(), a.plates) for a in written] == [(b.grams.tolist(), b.plates) for b in read]
    assert all(
        math.isclose(a.times[0], b.times[0], rel_tol=0, abs_tol=MILLISECOND / 2 + 2) for a, b in zip(written, read, strict=True)
    )
