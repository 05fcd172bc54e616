"""The CSV folder: a file of weights per channel, and the clocks, channels and blocks that come of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saunter.adapters.datasets.nanostore import import_nanostore
from saunter.base.errors import InputProblems
from saunter.base.time import MILLISECOND, SECOND
from saunter.records import GatePass, Tick, WeightBlock


def test_a_folder_becomes_blocks_of_twelve_samples_per_gondola_in_order_of_arrival(shop: Any, make: Any) -> None:
    shop.csv()
    imported = shop.load()
    records = list(imported.records)
    blocks = make.of(records, "weights/g1")
    assert [len(block.times) for block in blocks] == [12, 12, 6]
    assert [block.envelope.sequence for block in blocks] == [0, 1, 2]
    assert blocks[0].plates == ("g1s1p1", "g1s1p2", "g1s1p3", "g1s2p1", "g1s2p2", "g1s2p3")
    assert blocks[0].grams[0].tolist() == [101.0, 102.0, 103.0, 201.0, 202.0, 203.0]
    assert blocks[0].rate_hz == 50.0
    assert blocks[1].envelope.happened == make.start + 12 * 20 * MILLISECOND == int(blocks[1].times[0])
    assert blocks[1].envelope.arrived == make.start + 23 * 20 * MILLISECOND == int(blocks[1].times[-1])
    arrivals = [record.envelope.arrived for record in records]
    assert arrivals == sorted(arrivals)
    assert all(record.envelope.happened <= record.envelope.arrived for record in records)


def test_the_packed_recording_and_the_unpacked_one_are_the_same(shop: Any, make: Any) -> None:
    shop.csv()
    unpacked = [(block.id, block.times.tolist(), block.grams.tolist()) for block in blocks_in(shop.load())]
    shop.pack()
    packed = [(block.id, block.times.tolist(), block.grams.tolist()) for block in blocks_in(shop.load())]
    assert packed == unpacked != []


def blocks_in(imported: Any) -> list[WeightBlock]:
    return [record for record in imported.records if isinstance(record, WeightBlock)]


def test_the_declared_party_walks_in_with_the_first_sample_and_out_with_the_last(shop: Any, make: Any) -> None:
    shop.csv()
    imported = shop.load(party="p7")
    records = list(imported.records)
    passes = [(place, record) for place, record in enumerate(records) if isinstance(record, GatePass)]
    ended = make.start + 29 * 20 * MILLISECOND
    assert [(gate.direction, gate.party, gate.gate, gate.happened) for _, gate in passes] == [
        ("in", "p7", "declared", make.start),
        ("out", "p7", "declared", ended),
    ]
    assert passes[0][0] == 0
    assert all(isinstance(record, Tick) for record in records[passes[1][0] + 1 :])
    assert "--party: p7 is declared present from the first sample to the last; there are no gates" in make.said(imported)


def test_ticks_stand_on_a_grid_of_tenths_of_a_second_until_three_seconds_after_the_end(shop: Any, make: Any) -> None:
    shop.geometry()
    shop.channel(1, 1, 1, make.readings(30, 100.0, start=make.start + 30 * MILLISECOND))
    shop.products_csv("Tea,1,1,1,50,1,x")
    ticks = [record.happened for record in shop.load().records if isinstance(record, Tick)]
    ended = make.start + 30 * MILLISECOND + 29 * 20 * MILLISECOND
    assert ticks == list(range(make.start + 100 * MILLISECOND, ticks[-1] + 1, 100 * MILLISECOND))
    assert ended + 3 * SECOND <= ticks[-1] < ended + 3 * SECOND + 100 * MILLISECOND


def test_channels_without_a_plate_are_dropped_and_named_and_constant_ones_counted(shop: Any, make: Any) -> None:
    shop.csv()
    shop.channel(1, 1, 4, [(when, 6067.42) for when, _ in make.readings(30, 0.0)])
    shop.channel(2, 9, 1, make.readings(30, 5.0))
    imported = shop.load()
    assert (
        "weights: 2 channels belong to no plate of the geometry and were dropped, 1 of them constant: g1s1 p4, g2s9 p1"
        in make.said(imported)
    )
    assert {plate for block in blocks_in(imported) for plate in block.plates} == set(imported.plan.plates)


def test_plates_without_a_channel_stay_in_the_plan_and_are_named(shop: Any, make: Any) -> None:
    shop.csv()
    for plate in (1, 2, 3):
        (shop.folder / "weights" / f"gondola_2_shelf_2_plate_{plate}.csv").unlink()
    imported = shop.load()
    assert "weights: 3 plates of the geometry have no channel; the plan keeps them: g2s2 p1 2 3" in make.said(imported)
    assert "g2s2p1" in imported.plan.plates
    assert make.of(imported.records, "weights/g2")[0].plates == ("g2s1p1", "g2s1p2", "g2s1p3")


def test_a_real_plate_that_repeats_one_value_is_named_but_kept(shop: Any, make: Any) -> None:
    shop.csv()
    shop.channel(1, 2, 2, [(when, 6067.42) for when, _ in make.readings(30, 0.0)])
    imported = shop.load()
    assert "weights: 1 real plates repeat one value throughout (frozen?), kept as they are: g1s2 p2" in make.said(imported)
    assert "g1s2p2" in blocks_in(imported)[0].plates


def test_each_gondola_keeps_its_own_clock_with_its_step_back_and_its_length(shop: Any, make: Any) -> None:
    shop.csv()
    late = make.readings(14, 100.0, start=make.start + 110 * MILLISECOND)
    late = [(when - 25 * MILLISECOND if index > 5 else when, grams) for index, (when, grams) in enumerate(late)]
    for shelf in (1, 2):
        for plate in (1, 2, 3):
            shop.channel(2, shelf, plate, late)
    imported = shop.load()
    said = make.said(imported)
    assert "weights: gondolas start apart, each keeps its own clock (ms after the first): g1 0.0, g2 110.0" in said
    assert "weights: gondolas differ in samples: g1 30, g2 14" in said
    assert "weights: the clock of g2 does not advance 1 time (at most 5.0 ms back), times kept" in said
    times = np.concatenate([block.times for block in make.of(imported.records, "weights/g2")])
    assert times.tolist() == [when for when, _ in late]


def test_no_block_spans_a_hole_so_nothing_in_it_is_late(shop: Any, make: Any) -> None:
    shop.geometry()
    rows = make.readings(5, 100.0) + make.readings(5, 90.0, start=make.start + 7 * SECOND)
    shop.channel(1, 1, 1, rows)
    shop.products_csv("Tea,1,1,1,50,1,x")
    imported = shop.load()
    blocks = blocks_in(imported)
    assert [len(block.times) for block in blocks] == [5, 5]
    assert all(block.envelope.arrived - block.envelope.happened < SECOND for block in blocks)
    assert "weights: g1 has 1 holes longer than half a second, the longest 6920 ms" in make.said(imported)


def test_a_clock_set_back_by_ten_seconds_gives_blocks_sorted_by_time(shop: Any, make: Any) -> None:
    shop.geometry()
    rows = make.readings(12, 100.0, start=make.start + 10 * SECOND) + make.readings(12, 90.0)
    shop.channel(1, 1, 1, rows)
    shop.products_csv("Tea,1,1,1,50,1,x")
    blocks = blocks_in(shop.load())
    assert [block.grams[0, 0] for block in blocks] == [90.0, 100.0]
    assert [block.envelope.happened for block in blocks] == [make.start, make.start + 10 * SECOND]


def test_times_are_read_to_the_nanosecond_not_through_a_float(shop: Any) -> None:
    shop.geometry()
    shop.channel(1, 1, 1, ["1580250245.2161767,1.0", "1580250245.232843412,1.25", "1580250246,1.0"])
    shop.products_csv("Tea,1,1,1,50,1,x")
    times = [when for block in blocks_in(shop.load()) for when in block.times.tolist()]
    assert times == [1580250245216176700, 1580250245232843412, 1580250246000000000]


def test_damaged_lines_are_named_one_by_one_and_leave_a_hole_in_their_channel_only(shop: Any, make: Any) -> None:
    shop.csv()
    lines = [f"{when / SECOND:.6f},{grams}" for when, grams in make.readings(30, 101.0)]
    lines[3], lines[9] = "rubbish", "1583056800.18"
    shop.channel(1, 1, 1, lines)
    imported = shop.load()
    said = make.said(imported)
    assert "gondola_1_shelf_1_plate_1.csv:4: not `epoch_seconds,grams`, lost: 'rubbish'" in said
    assert "gondola_1_shelf_1_plate_1.csv:10: not `epoch_seconds,grams`, lost: '1583056800.18'" in said
    assert (
        "gondola_1_shelf_1_plate_1.csv: differs in times from its gondola: 0 of its 28 samples lost, 2 left without value" in said
    )
    grams = np.concatenate([block.grams for block in make.of(imported.records, "weights/g1")])
    assert np.argwhere(np.isnan(grams)).tolist() == [[3, 0], [9, 0]]


def test_a_channel_with_a_lost_line_keeps_its_values_in_place_when_the_clock_steps_back(shop: Any, make: Any) -> None:
    shop.geometry()
    shop.products_csv("Tea,1,1,1,50,1,x")
    clock = [when - 25 * MILLISECOND if index == 4 else when for index, (when, _) in enumerate(make.readings(8, 0.0))]
    for plate in (1, 2):
        shop.channel(1, 1, plate, list(zip(clock, range(8), strict=True)))
    shop.channel(1, 1, 3, [row for row in zip(clock, range(8), strict=True) if row[1] != 6])
    grams = blocks_in(shop.load())[0].grams
    assert grams[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert grams[:, 2].tolist()[:6] == [0, 1, 2, 3, 4, 5]
    assert np.isnan(grams[6, 2])
    assert grams[7, 2] == 7


def test_values_that_are_no_number_stay_as_no_value_and_are_counted(shop: Any, make: Any) -> None:
    shop.csv()
    rows = [
        f"{when / SECOND:.6f},{'nan' if index == 2 else '1e300' if index == 5 else grams}"
        for index, (when, grams) in enumerate(make.readings(30, 1.0))
    ]
    shop.channel(1, 1, 1, rows)
    imported = shop.load()
    assert "gondola_1_shelf_1_plate_1.csv: 2 samples are not finite numbers of grams, kept as no value" in make.said(imported)
    assert np.isnan(blocks_in(imported)[0].grams[[2, 5], 0]).all()


def test_a_truncated_archive_keeps_what_is_whole_and_says_where_it_ends(shop: Any, make: Any) -> None:
    shop.csv()
    for shelf in (1, 2):
        for plate in (1, 2, 3):
            dice = np.random.Generator(np.random.PCG64(plate))
            shop.channel(
                2,
                shelf,
                plate,
                [(when, float(grams)) for (when, _), grams in zip(make.readings(900, 0.0), dice.normal(size=900), strict=True)],
            )
    shop.pack()
    path = shop.folder / "weights.tar.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    imported = shop.load()
    assert any("cut off or damaged" in line for line in make.said(imported))
    assert make.of(imported.records, "weights/g1")


def test_other_files_and_repeated_channels_in_an_archive_are_ignored_aloud(shop: Any, make: Any, bundle_of: Any) -> None:
    shop.csv()
    rows = b"1583056800.00,1.0\n1583056800.02,1.25\n"
    name = "gondola_1_shelf_1_plate_1.csv"
    for path in (shop.folder / "weights").iterdir():
        path.unlink()
    (shop.folder / "weights.tar.gz").write_bytes(bundle_of({"README.txt": b"x", f"a/{name}": rows, f"b/{name}": rows}))
    said = make.said(shop.load())
    assert "README.txt: not a channel file (gondola_G_shelf_S_plate_P.csv), ignored" in said
    assert f"b/{name}: this channel was read already, the second file was ignored" in said


def test_without_people_a_party_must_be_declared_and_the_error_names_the_option(shop: Any) -> None:
    shop.csv()
    with pytest.raises(InputProblems, match="--party ID"):
        shop.load(party=None)


@pytest.mark.parametrize("party", ["", "STAFF", "NOBODY", "two words", ".x"])
def test_a_party_needs_a_name_of_its_own(shop: Any, party: str) -> None:
    shop.csv()
    with pytest.raises(InputProblems, match="cannot name a party"):
        shop.load(party=party)


def test_all_that_is_wrong_with_a_folder_is_said_at_once(shop: Any) -> None:
    shop.geometry()
    shop.channel(1, 1, 1, [])
    with pytest.raises(InputProblems) as caught:
        shop.load(party=None)
    assert [problem.what for problem in caught.value.problems] == [
        "products.csv is missing",
        "nothing here says who was in the shop",
    ]


def test_a_folder_without_weights_or_with_both_layouts_is_refused_in_words(shop: Any, make: Any) -> None:
    shop.geometry()
    with pytest.raises(InputProblems, match="no plate weights here"):
        shop.load()
    shop.csv()
    shop.documents("plate_data.json", [make.weights(1, make.start)])
    with pytest.raises(InputProblems, match="holds both"):
        shop.load()
    with pytest.raises(InputProblems, match="no such folder"):
        import_nanostore(shop.root / "absent", party="p1")


def test_weights_without_a_single_usable_line_are_refused_with_every_lost_line(shop: Any) -> None:
    shop.geometry()
    shop.channel(1, 1, 1, ["a,b", "c"])
    shop.products_csv("Tea,1,1,1,50,1,x")
    with pytest.raises(InputProblems) as caught:
        shop.load()
    places = [(problem.where, problem.line) for problem in caught.value.problems]
    assert ("gondola_1_shelf_1_plate_1.csv", 1) in places
    assert ("gondola_1_shelf_1_plate_1.csv", 2) in places
    assert caught.value.problems[-1].what == "no usable weights"
