"""One idea less: a room is given or understood less, the others stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from the_counter import Counter, counter

from saunter.apps.accuracy.ideas import (
    Ideas,
    alone,
    certain,
    idea_names,
    ideas_without,
    on_one_plate,
    pipeline_with,
    switches_of,
    with_one_candidate,
)
from saunter.attribution import EVERYTHING, Switches
from saunter.base.errors import InputProblems
from saunter.base.time import SECOND
from saunter.pipeline import Pipeline
from saunter.records import (
    AnyRecord,
    Candidate,
    Change,
    Continuation,
    Envelope,
    Interaction,
    PeopleFrame,
    Receipt,
    Share,
    ShelfStep,
    Span,
    TrackNamed,
    TracksMet,
)

PLACE = Envelope(store="counter", stream="x", sequence=0, happened=0, arrived=0)
LIKELY = Candidate(action="taken", changes=(Change(sku="soup", quantity=1),), probability=0.7)
OTHER = Candidate(action="touched", changes=(), probability=0.3)


def interaction() -> Interaction:
    spans = (Span(joins=(), total_g=-400.0, candidates=(LIKELY, OTHER)), Span(joins=("i:1",), total_g=-1.0, candidates=(OTHER,)))
    return Interaction(
        envelope=PLACE, shelf="board", plates=("c",), total_g=-400.0, sd_g=1.0, centre_m=0.2, extent_m=0.1, started=0,
        settled=1, spans=spans,
    )  # fmt: skip


def bills(ideas: Ideas, script: Counter) -> Mapping[str, dict[str, int]]:
    shop = pipeline_with(Pipeline(counter(), switches=switches_of(ideas)), ideas)
    said = [record for reading in script.readings() for record in shop.step(reading)]
    return {r.party: {line.sku: line.quantity for line in r.lines} for r in said if isinstance(r, Receipt)}


def test_names_are_typed_with_hyphens_and_every_unknown_one_is_told() -> None:
    assert "reach-window" in idea_names()
    assert ideas_without(["who-is-who", "spread"]).without == ("spread", "who-is-who")
    assert ideas_without([]) == Ideas()
    with pytest.raises(InputProblems, match="magic") as told:
        ideas_without(["magic", "spread", "luck"])
    assert len(told.value.problems) == 2


def test_without_spread_all_of_a_step_counts_as_on_the_plate_that_felt_most() -> None:
    step = ShelfStep(
        envelope=PLACE, shelf="board", plates=("b", "c"), delta_g=(-100.0, -300.0), sd_g=(3.0, 4.0), started=0, settled=1
    )
    found = on_one_plate(step)
    assert found == msgspec.structs.replace(step, plates=("c",), delta_g=(-400.0,), sd_g=(5.0,))
    nothing_in_all = msgspec.structs.replace(step, delta_g=(-100.0, 100.0))
    assert on_one_plate(nothing_in_all) is nothing_in_all


def test_without_joint_products_the_likeliest_is_certain_and_without_joins_a_movement_stands_alone() -> None:
    found = with_one_candidate(interaction())
    assert isinstance(found, Interaction)
    assert [[(c.action, c.probability) for c in span.candidates] for span in found.spans] == [
        [("taken", 1.0)],
        [("touched", 1.0)],
    ]
    single = alone(interaction())
    assert isinstance(single, Interaction)
    assert single.spans == interaction().spans[:1]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (((("p1", 0.4), ("p2", 0.3)), (("t1", 0.2),)), ((("p1", 1.0),), ())),
        (((("p1", 0.2),), (("t1", 0.3), ("t2", 0.4))), ((), (("t2", 1.0),))),
        (((), ()), ((), ())),
    ],
)
def test_without_who_is_who_the_likeliest_name_is_certain(named: tuple, expected: tuple) -> None:  # type: ignore[type-arg]
    def record(names: tuple, continues: tuple) -> TrackNamed:  # type: ignore[type-arg]
        shares = tuple(Share(party=party, probability=p) for party, p in names)
        return TrackNamed(
            envelope=PLACE, track="t9", names=shares, continues=tuple(Continuation(track=t, probability=p) for t, p in continues)
        )

    assert certain(record(*named)) == record(*expected)


def test_without_who_is_who_nobody_was_ever_swapped() -> None:
    assert certain(TracksMet(envelope=PLACE, one="t1", other="t2", distance_m=0.1, swap_probability=0.4)) is None


def test_a_shop_with_all_its_ideas_is_the_shop_itself() -> None:
    shop = Pipeline(counter())
    rooms = dict(vars(shop))
    assert vars(pipeline_with(shop, Ideas())) == rooms


@pytest.mark.parametrize("name", [name for name in idea_names() if name != "review"])
def test_a_plain_take_is_billed_without_any_one_idea(name: str) -> None:
    script = Counter(seconds=14.0).reaches("p1", 5, 7, "c").changes(6, c=-402)
    assert bills(ideas_without([name]), script) == {"p1": {"soup": 1}}


def test_only_the_ideas_of_the_belief_itself_need_its_switches() -> None:
    assert switches_of(Ideas(spread=False, joins=False, review=False)) == EVERYTHING
    assert switches_of(ideas_without(["joint-worlds"])) == Switches(worlds=1)
    assert switches_of(ideas_without(["moving-planogram"])) == Switches(strays=False)


def test_without_a_moving_planogram_what_lies_astray_is_not_known_there() -> None:
    """p1 leaves a packet of tea among the oats, of which two weigh nearly as much; p2 takes it from there."""
    script = Counter(seconds=26.0).reaches("p1", 3, 5, "d").changes(4, d=-113).reaches("p1", 8, 10, "a").changes(9, a=113)
    script = script.reaches("p2", 14, 16, "a").changes(15, a=-113)
    assert bills(Ideas(), script)["p2"] == {"tea": 1}
    assert bills(ideas_without(["moving-planogram"]), script)["p2"] == {"oats": 2}


def test_without_joint_worlds_nobody_is_in_doubt_however_near_two_hands_were() -> None:
    script = Counter(seconds=14.0).reaches("p1", 5, 7, "c").reaches("p2", 5, 7, "c").changes(6, c=-402)
    assert sum(map(len, bills(Ideas(), script).values())) == 0
    assert sum(map(len, bills(ideas_without(["joint-worlds"]), script).values())) == 1


def test_without_reach_windows_attribution_sees_one_frame_a_second() -> None:
    class Room:
        def __init__(self) -> None:
            self.seen: list[AnyRecord] = []

        def receive(self, record: AnyRecord) -> None:
            self.seen.append(record)

    shop, room = Pipeline(counter()), Room()
    shop.attribution = room  # type: ignore[assignment]
    pipeline_with(shop, Ideas(reach_window=False))
    for tenth in range(35):
        place = msgspec.structs.replace(PLACE, happened=tenth * SECOND // 10)
        shop.attribution.receive(PeopleFrame(envelope=place, people=()))
    assert [record.happened // SECOND for record in room.seen] == [0, 1, 2, 3]
