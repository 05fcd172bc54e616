"""The moment behind a line as a shopper may see it: what the shelf weighed, and where they themselves stood. Others are dots."""

from __future__ import annotations

from typing import Final

import msgspec
from markupsafe import Markup

from saunter.base.time import to_seconds
from saunter.plan import Plan
from saunter.ports.documents import Body, Moment
from saunter.web.floor import floor_map, placed
from saunter.web.shopper.views import Evidence
from saunter.web.svg import Chart, element, traces

#: Instants of a person's way that are drawn as a trail.
_TRAIL: Final = 24


class Drawings(msgspec.Struct, frozen=True):
    """The two pictures of a moment."""

    trace: Chart
    floor: Markup


def moment_drawings(plan: Plan, number: int, evidence: Evidence) -> Drawings:
    """Both pictures of the moment `number` of a page."""
    moment = evidence.moment
    window = (to_seconds(moment.started - moment.began), to_seconds(moment.settled - moment.began))
    ends = [each.times_s[-1] for each in moment.traces if each.times_s] + [window[1]]
    chart = traces(f"trace-{number}", f"{moment.shelf}", moment.traces, moment.plates, window, max(ends))
    drawn = _people(plan, evidence, window)
    return Drawings(chart, floor_map(plan, f"floor-{number}", f"{moment.shelf}", lit=moment.plates, inside=drawn))


def _people(plan: Plan, evidence: Evidence, window: tuple[float, float]) -> list[Markup]:
    """Who stood where when the shelf moved: oneself with a letter, a trail and hands, everybody else as a plain dot."""
    moment = evidence.moment
    middle = sum(window) / 2
    at = min(moment.sketches, key=lambda sketch: abs(sketch.at_s - middle), default=None)
    if at is None:
        return []
    others = [_dot(plan, body) for body in at.bodies if body.label != evidence.letter]
    mine = [piece for body in at.bodies if body.label == evidence.letter for piece in _oneself(plan, body)]
    return [*others, *_trail(plan, moment, evidence.letter), *mine]


def _place(plan: Plan, x_m: float, y_m: float) -> tuple[float, float]:
    (found,) = placed(plan, [(x_m, y_m)])
    return found


def _dot(plan: Plan, body: Body) -> Markup:
    x, y = _place(plan, body.x_m, body.y_m)
    return element("circle", {"class": "somebody", "cx": x, "cy": y, "r": 14})


def _oneself(plan: Plan, body: Body) -> list[Markup]:
    x, y = _place(plan, body.x_m, body.y_m)
    hands = [_place(plan, hand[0], hand[1]) for hand in body.hands]
    reaches = [element("line", {"class": "reach mine", "x1": x, "y1": y, "x2": hx, "y2": hy}) for hx, hy in hands]
    letter = element("text", {"class": "on-party", "x": x, "y": y + 7, "text-anchor": "middle"}, body.label)
    return [*reaches, element("circle", {"class": "mine", "cx": x, "cy": y, "r": 20}), letter]


def _trail(plan: Plan, moment: Moment, letter: str) -> list[Markup]:
    step = max(1, len(moment.sketches) // _TRAIL)
    bodies = [body for sketch in moment.sketches[::step] for body in sketch.bodies if body.label == letter]
    points = [_place(plan, body.x_m, body.y_m) for body in bodies]
    if not points:
        return []
    return [element("polyline", {"class": "trail", "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points)})]
