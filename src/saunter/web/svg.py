"""Charts that the pages show, drawn on the server as SVG: every chart has a title, a description and the same numbers as a table.

Colours are classes (`static/drawings.css`), so that light, dark and forced colours work and no style stands in the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from markupsafe import Markup, escape

from saunter.ports.documents import Trace

#: The drawing area of a chart in its own units, and the space for its axes.
WIDTH: Final = 640
HEIGHT: Final = 260
LEFT: Final = 56
RIGHT: Final = 16
TOP: Final = 16
BOTTOM: Final = 40
#: A trace is lower: several stand below each other on a phone.
TRACE_HEIGHT: Final = 220
#: Where a trace begins: above it stand the names of its plates.
TRACE_TOP: Final = 40
#: Plates named above a trace; more are in the table beside it.
NAMED_MAX: Final = 4
#: Lines are told apart by dashes as well as by colour; more plates than this repeat.
DASHES: Final = ("", "8 4", "2 4", "12 4 2 4")


class Column(msgspec.Struct, frozen=True):
    """One bar: what it stands for, how high it is, and the value in words."""

    label: str
    value: float
    words: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture and the same in rows. `svg` is safe markup, `rows` begin with the heading row."""

    title: str
    description: str
    svg: Markup
    rows: tuple[tuple[str, ...], ...]


def element(name: str, attributes: dict[str, object] | None = None, *inside: object) -> Markup:
    """One element; attributes and text are escaped. Numbers are written short, attributes that are None left out."""
    given = Markup("").join(
        Markup(' {}="{}"').format(key, _short(value)) for key, value in (attributes or {}).items() if value is not None
    )
    return Markup("<{}{}>{}</{}>").format(name, given, Markup("").join(escape(each) for each in inside), name)


def picture(
    name: str, size: tuple[float, float], title: str, description: str, *inside: object, kind: str = "chart", **data: object
) -> Markup:
    """An SVG that a screen reader reads as one image with a title and a description. `name` is unique on the page."""
    attributes: dict[str, object] = {
        "viewBox": f"0 0 {_short(size[0])} {_short(size[1])}",
        "class": f"drawing {kind}",
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-desc",
        "preserveAspectRatio": "xMidYMid meet",
    }
    attributes |= {f"data-{key.replace('_', '-')}": value for key, value in data.items()}
    heading = element("title", {"id": f"{name}-title"}, title)
    return element("svg", attributes, heading, element("desc", {"id": f"{name}-desc"}, description), *inside)


def bars(name: str, title: str, description: str, heading: tuple[str, str], columns: Sequence[Column], unit: str = "") -> Chart:
    """Counts by kind or by hour as upright bars. Nothing to show gives an empty frame and says so."""
    top = ceiling(max((column.value for column in columns), default=0.0))
    inside = [_grid(top, HEIGHT, unit), *_columns(columns, top)]
    if not any(column.value for column in columns):
        inside.append(_note("nothing yet", HEIGHT))
    rows = (heading, *((column.label, column.words) for column in columns))
    return Chart(title=title, description=description, svg=picture(name, (WIDTH, HEIGHT), title, description, *inside), rows=rows)


def _columns(columns: Sequence[Column], top: float) -> Iterator[Markup]:
    step = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    width = min(step * 0.7, 48.0)
    every = math.ceil(len(columns) / 12)
    for index, column in enumerate(columns):
        middle = LEFT + (index + 0.5) * step
        high = (HEIGHT - TOP - BOTTOM) * column.value / top
        box = {"x": middle - width / 2, "y": HEIGHT - BOTTOM - high, "width": width, "height": high, "rx": min(3.0, high / 2)}
        said = element("title", None, f"{column.label}: {column.words}")
        yield element("rect", {"class": "bar", **box}, said)
        if index % every == 0:
            yield _text(middle, HEIGHT - BOTTOM + 18, column.label, "middle")


def interval(name: str, title: str, description: str, rate: float, low: float, high: float, goal: float | None = None) -> Chart:
    """A share with its interval on a line: the dot is what was seen, the bar where the truth may well lie. `goal` is a mark."""
    ends = [low, high, rate, *([] if goal is None else [goal])]
    room = max(max(ends) - min(ends), 1e-4) * 0.15
    left, right = max(0.0, min(ends) - room), min(1.0, max(ends) + room)

    def along(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - left) / (right - left)

    middle = 44
    inside = [
        element("line", {"class": "axis", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": middle, "y2": middle}),
        element("line", {"class": "whisker", "x1": along(low), "x2": along(high), "y1": middle, "y2": middle}),
        element("circle", {"class": "dot", "cx": along(rate), "cy": middle, "r": 7}),
        _text(LEFT, middle + 30, share(left), "start"),
        _text(WIDTH - RIGHT, middle + 30, share(right), "end"),
    ]
    if goal is not None:
        inside.append(element("line", {"class": "goal", "x1": along(goal), "x2": along(goal), "y1": 18, "y2": middle + 14}))
        inside.append(_text(along(goal), 12, f"goal {share(goal)}", "end" if along(goal) > WIDTH / 2 else "start"))
    rows = [("what", "share"), ("seen", share(rate)), ("95 % interval", f"{share(low)} to {share(high)}")]
    if goal is not None:
        rows.append(("goal", share(goal)))
    return Chart(
        title=title, description=description, svg=picture(name, (WIDTH, 84), title, description, *inside), rows=tuple(rows)
    )


def traces(
    name: str, title: str, lines: Sequence[Trace], asked: Sequence[str], window_s: tuple[float, float], duration_s: float
) -> Chart:
    """What the plates weighed over a moment: grams over seconds, a line per plate, those asked about strong, the time in
    which it happened shaded. A vertical line with `data-playhead` is moved by the replay."""
    low, high = _span(lines)

    def along(at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(at_s / max(duration_s, 1e-9), 0.0), 1.0)

    def above(grams: float) -> float:
        return TRACE_TOP + (TRACE_HEIGHT - TRACE_TOP - BOTTOM) * (high - grams) / (high - low)

    inside: list[Markup] = [
        element(
            "rect",
            {
                "class": "window", "x": along(window_s[0]), "y": TRACE_TOP, "height": TRACE_HEIGHT - TRACE_TOP - BOTTOM,
                "width": max(along(window_s[1]) - along(window_s[0]), 1.0),
            },
        )
    ]  # fmt: skip
    for grams in ticks(low, high):
        inside.append(element("line", {"class": "grid", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": above(grams), "y2": above(grams)}))
        inside.append(_text(LEFT - 8, above(grams) + 4, f"{grams:g}", "end"))
    for second in ticks(0.0, duration_s):
        inside.append(_text(along(second), TRACE_HEIGHT - BOTTOM + 18, f"{second:g} s", "middle"))
    for index, line in enumerate(lines):
        inside.append(_line(line, index, line.plate in asked, [(along(t), above(g)) for t, g in _points(line)]))
    inside += [_key(line, index, line.plate in asked) for index, line in enumerate(lines[:NAMED_MAX])]
    inside.append(_playhead(LEFT, TRACE_TOP, TRACE_HEIGHT - BOTTOM))
    inside.append(_text(LEFT - 8, 22, "g", "end"))
    changes = tuple((line.plate, f"{line.grams[-1] if line.grams else 0.0:+.0f} g", _range(line)) for line in lines)
    said = "; ".join(f"plate {plate} {change}" for plate, change, _ in changes) or "no plate told anything"
    size = (WIDTH, TRACE_HEIGHT)
    svg = picture(name, size, title, said, *inside, kind="trace", left=LEFT, right=WIDTH - RIGHT, duration=duration_s)
    return Chart(title=title, description=said, svg=svg, rows=(("plate", "change", "lowest to highest"), *changes))


def _line(line: Trace, index: int, strong: bool, points: list[tuple[float, float]]) -> Markup:
    path = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    kind = f"plate-line plate-{index % 4}" + (" asked" if strong else "")
    dash = DASHES[index % len(DASHES)] or None
    said = element("title", None, f"plate {line.plate}")
    return element("polyline", {"class": kind, "points": path, "stroke-dasharray": dash}, said)


def _key(line: Trace, index: int, strong: bool) -> Markup:
    """The line's name above the plot, with a piece of the line."""
    x = LEFT + index * (WIDTH - LEFT - RIGHT) / NAMED_MAX
    kind = f"key plate-line plate-{index % 4}" + (" asked" if strong else "")
    dash = DASHES[index % len(DASHES)] or None
    sample = element("line", {"class": kind, "x1": x, "x2": x + 28, "y1": 18, "y2": 18, "stroke-dasharray": dash})
    return sample + _text(x + 34, 23, line.plate, "start")


def _playhead(x: float, top: float, bottom: float) -> Markup:
    return element("line", {"class": "playhead", "x1": x, "x2": x, "y1": top, "y2": bottom, "data-playhead": ""})


def _points(line: Trace) -> Iterator[tuple[float, float]]:
    return zip(line.times_s, line.grams, strict=False)


def _span(lines: Sequence[Trace]) -> tuple[float, float]:
    """The grams that a plot must hold, with air above and below; never empty."""
    grams = [0.0, *(value for line in lines for value in line.grams)]
    room = max(max(grams) - min(grams), 20.0) * 0.08
    return min(grams) - room, max(grams) + room


def _range(line: Trace) -> str:
    return f"{min(line.grams, default=0.0):+.0f} to {max(line.grams, default=0.0):+.0f} g"


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values within a range: 1, 2 or 5 times a power of ten apart, at most `most` of them."""
    wide = high - low
    if not wide > 0 or not math.isfinite(wide):
        return [low]
    power = 10.0 ** math.floor(math.log10(wide / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if wide / (power * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [round(first * step + index * step, 10) for index in range(math.floor(high / step + 1e-9) - first + 1)]


def ceiling(highest: float) -> float:
    """A round top for bars that are `highest` high; 1 where there are none."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(power * factor for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15) if power * factor >= highest)


def share(value: float) -> str:
    """A share in percent with as many decimals as it needs: 99.98 %, 97.2 %, 50 %."""
    away = min(value, 1.0 - value)
    decimals = 0 if away >= 0.1 else 1 if away >= 0.01 else 2 if away >= 0.001 or away <= 0 else 3
    text = f"{100 * value:.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def _grid(top: float, height: float, unit: str) -> Markup:
    lines = []
    for value in ticks(0.0, top, 5):
        y = height - BOTTOM - (height - TOP - BOTTOM) * value / top
        lines.append(element("line", {"class": "grid", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": y, "y2": y}))
        lines.append(_text(LEFT - 8, y + 4, f"{value:g}{unit}", "end"))
    return Markup("").join(lines)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return element("text", {"x": x, "y": y, "text-anchor": anchor}, text)


def _note(text: str, height: float) -> Markup:
    return element("text", {"class": "note", "x": WIDTH / 2, "y": height / 2, "text-anchor": "middle"}, text)


def _short(value: object) -> str:
    """A number with at most two decimals, anything else as it is."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
