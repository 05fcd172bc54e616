"""What replay says to machines: every movement once, in order of time, in the words that others know."""

from __future__ import annotations

import pytest
from the_kiosk import envelope, kiosk, receipt_of, took_oats

from saunter.apps.replaying import Replayed
from saunter.apps.reporting import NOT_ATTRIBUTED, event_view, events_of, kind_of, receipt_view
from saunter.records import Candidate, Interaction, Span


def shelf_alone(sequence: int, second: float) -> Interaction:
    """A movement of which only the shelf has spoken."""
    touched = Candidate(action="touched", changes=(), probability=1.0)
    return Interaction(
        envelope=envelope("shelves/interactions", second, sequence), shelf="board", plates=("right",), total_g=3.0, sd_g=1.0,
        centre_m=0.1, extent_m=0.1, started=0, settled=1, spans=(Span(joins=(), total_g=3.0, candidates=(touched,)),),
    )  # fmt: skip


def test_events_come_in_order_of_time_and_not_of_their_names() -> None:
    late = took_oats(1, envelope=envelope("attribution", 30.0, 0))
    early = took_oats(2, envelope=envelope("attribution", 20.0, 1))
    heard = Replayed(attributions={late.interaction: late, early.interaction: early})
    assert [event.interaction for event in events_of(heard)] == ["shelves/interactions:2", "shelves/interactions:1"]


def test_a_movement_that_nobody_was_weighed_for_is_told_with_that_doubt_and_not_lost() -> None:
    heard = Replayed(
        interactions={each.id: each for each in (shelf_alone(0, 3.0), shelf_alone(1, 9.0))},
        attributions={"shelves/interactions:0": took_oats()},
    )
    attributed, alone = events_of(heard)
    assert attributed == took_oats()
    assert (alone.interaction, alone.shares, alone.doubts) == ("shelves/interactions:1", (), (NOT_ATTRIBUTED,))
    assert [(each.action, each.probability) for each in alone.candidates] == [("touched", 1.0)]


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        ({"taken": 0.6, "touched": 0.4}, "taken"), ({"touched": 0.4, "put back": 0.6}, "put back"),
        ({"passing": 0.9, "taken": 0.1}, "touched"), ({"moved": 1.0}, "moved"), ({"unknown": 1.0}, "unknown"), ({}, "unknown"),
    ],
)  # fmt: skip
def test_the_kind_of_an_event_is_that_of_its_likeliest_explanation(actions: dict[str, float], kind: str) -> None:
    candidates = tuple(Candidate(action=action, changes=(), probability=chance) for action, chance in actions.items())  # type: ignore[arg-type]
    assert kind_of(took_oats(candidates=candidates)) == kind


def test_an_event_names_products_and_writes_times_as_iso() -> None:
    view = event_view(took_oats(), kiosk())
    assert (view.at, view.started, view.settled) == (
        "2026-05-04T12:00:03.000Z", "2026-05-04T12:00:02.000Z", "2026-05-04T12:00:04.000Z",
    )  # fmt: skip
    assert (view.kind, view.plates, view.grams) == ("taken", ("left",), -99.2)
    assert [(change.sku, change.name, change.quantity) for change in view.candidates[0].changes] == [("oats", "Oat bar", 2)]


def test_amounts_are_decimal_strings_and_doubtful_pieces_stay_visible() -> None:
    view = receipt_view(receipt_of(), kiosk(), stamped=False)
    assert (view.net, view.tax, view.total, view.currency, view.stamped) == ("3.72", "0.26", "3.98", "EUR", False)
    assert [(line.quantity, line.unit_price, line.tax, line.total) for line in view.lines] == [(2, "1.99", "0.26", "3.98")]
    assert [(each.sku, each.name, each.quantity, each.probability) for each in view.dropped] == [("milk", "Milk", 1, 0.3)]
