"""Ablations: Saunter with one of its ideas switched off, to see what the idea buys. Rooms are filtered from
outside, but for what only the belief itself can leave out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import msgspec

from saunter.attribution import EVERYTHING, Switches
from saunter.base.errors import InputProblems, Problem
from saunter.base.time import SECOND
from saunter.pipeline import Pipeline
from saunter.records import (
    AnyRecord,
    Attribution,
    Interaction,
    PeopleFrame,
    Share,
    ShelfStep,
    TrackNamed,
    TracksMet,
)

#: With reach at one instant, attribution sees a frame of people only this often: a lift lasts about as long.
FRAME_EVERY: Final = SECOND


@dataclass(frozen=True, slots=True)
class Ideas:
    """Which ideas are at work; all of them in the shop itself.

    spread: a change is told apart by how it lies over the plates; without, all of it counts as the plate that felt most.
    reach_window: hands are looked at over the whole time of a change; without, attribution has one frame of people a second.
    joint_product: what it was is decided together with who it was; without, the shelf's likeliest product is taken as certain.
    joins: a long hold or a lift in two steps may be one movement; without, every movement stands alone.
    who_is_who: tracks may have been swapped or continued otherwise; without, tracking's likeliest word is taken as certain.
    joint_worlds: what may have happened is followed in many worlds; without, only the likeliest world of a group is kept.
    moving_planogram: what is put where it does not belong is remembered there; without, the planogram stays as planned.
    learned_weights: sure takes teach what pieces weigh; without, the catalogue's word stands.
    review: doubtful lines are asked about; without, nobody answers.
    """

    spread: bool = True
    reach_window: bool = True
    joint_product: bool = True
    joins: bool = True
    who_is_who: bool = True
    joint_worlds: bool = True
    moving_planogram: bool = True
    learned_weights: bool = True
    review: bool = True

    @property
    def without(self) -> tuple[str, ...]:
        """The names of those switched off, as they are typed."""
        return tuple(typed(each.name) for each in fields(self) if not getattr(self, each.name))


def typed(name: str) -> str:
    """An idea's name as it is typed on the command line."""
    return name.replace("_", "-")


def idea_names() -> tuple[str, ...]:
    """All ideas that can be switched off, as they are typed."""
    return tuple(typed(each.name) for each in fields(Ideas))


def ideas_without(names: Iterable[str], option: str = "--without") -> Ideas:
    """All ideas but these; raises InputProblems naming every unknown one. `option` is where they were typed."""
    unknown = [name for name in names if name not in idea_names()]
    if unknown:
        remedy = f"choose from {', '.join(idea_names())}"
        raise InputProblems([Problem(option, 0, f"there is no idea {name} to switch off", remedy) for name in unknown])
    return replace(Ideas(), **{name.replace("-", "_"): False for name in names})


def switches_of(ideas: Ideas) -> Switches:
    """What the belief itself leaves out; to be given to the shop when it is made."""
    worlds = EVERYTHING.worlds if ideas.joint_worlds else 1
    return Switches(worlds, strays=ideas.moving_planogram)


def pipeline_with(pipeline: Pipeline, ideas: Ideas) -> Pipeline:
    """The same shop with the rooms concerned behind filters; the shop itself where all ideas are at work."""
    for idea, room, takes, says in _FILTERS:
        if not getattr(ideas, idea):
            setattr(pipeline, room, _Filtered(getattr(pipeline, room), takes(), says))
    return pipeline


Takes = Callable[[Any], bool]
Says = Callable[[AnyRecord], AnyRecord | None]


class _Filtered:
    """A room that is given less, or understood otherwise; everything else is the room itself."""

    def __init__(self, room: Any, takes: Takes, says: Says) -> None:
        self._room, self._takes, self._says = room, takes, says

    def __getattr__(self, name: str) -> Any:
        return getattr(self._room, name)

    def receive(self, record: Any) -> None:
        """Hand on what the room is to know."""
        if self._takes(record):
            self._room.receive(record)

    def advance(self, to: int) -> list[AnyRecord]:
        """What the room says, as it is to be understood."""
        heard: Sequence[AnyRecord] = self._room.advance(to)
        return [said for record in heard if (said := self._says(record)) is not None]


def on_one_plate(record: AnyRecord) -> AnyRecord:
    """A step with all of its change on the plate that felt most."""
    if not isinstance(record, ShelfStep) or not sum(record.delta_g):
        return record
    most = max(range(len(record.plates)), key=lambda index: abs(record.delta_g[index]))
    return msgspec.structs.replace(
        record,
        plates=(record.plates[most],),
        delta_g=(sum(record.delta_g),),
        sd_g=(math.sqrt(sum(sd * sd for sd in record.sd_g)),),
    )


def with_one_candidate(record: AnyRecord) -> AnyRecord:
    """An interaction of which only the shelf's likeliest explanation is left, in each of its spans."""
    if not isinstance(record, Interaction):
        return record
    spans = tuple(
        msgspec.structs.replace(span, candidates=(msgspec.structs.replace(span.candidates[0], probability=1.0),))
        for span in record.spans
    )
    return msgspec.structs.replace(record, spans=spans)


def alone(record: AnyRecord) -> AnyRecord:
    """An interaction that is joined with no earlier one."""
    return msgspec.structs.replace(record, spans=record.spans[:1]) if isinstance(record, Interaction) else record


def certain(record: AnyRecord) -> AnyRecord | None:
    """Who is who without doubt: no swaps, and of names and continuations only the likeliest."""
    if isinstance(record, TracksMet):
        return None
    if not isinstance(record, TrackNamed) or not (record.names or record.continues):
        return record
    name = max(record.names, key=lambda share: (share.probability, share.party), default=None)
    earlier = max(record.continues, key=lambda each: (each.probability, each.track), default=None)
    if name is not None and (earlier is None or name.probability >= earlier.probability):
        return msgspec.structs.replace(record, names=(Share(party=name.party, probability=1.0),), continues=())
    assert earlier is not None
    return msgspec.structs.replace(record, names=(), continues=(msgspec.structs.replace(earlier, probability=1.0),))


def _everything() -> Takes:
    return lambda _: True


def _nothing_learned() -> Takes:
    return lambda record: not isinstance(record, Attribution)


def _few_frames() -> Takes:
    last = [-FRAME_EVERY]

    def takes(record: Any) -> bool:
        if not isinstance(record, PeopleFrame):
            return True
        if record.happened - last[0] < FRAME_EVERY:
            return False
        last[0] = record.happened
        return True

    return takes


def _as_said(record: AnyRecord) -> AnyRecord:
    return record


#: Per idea: the room concerned, what it is still given, and how what it says is understood.
_FILTERS: Final[tuple[tuple[str, str, Callable[[], Takes], Says], ...]] = (
    ("spread", "sensing", _everything, on_one_plate),
    ("reach_window", "attribution", _few_frames, _as_said),
    ("joint_product", "shelves", _everything, with_one_candidate),
    ("joins", "shelves", _everything, alone),
    ("who_is_who", "tracking", _everything, certain),
    ("learned_weights", "shelves", _nothing_learned, _as_said),
)
