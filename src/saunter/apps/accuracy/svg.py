"""A small writer of pictures: shapes and words in SVG, and scales that turn figures into places. Nothing but text comes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

#: Paper, ink, faint ink and lines: a light page that prints well.
PAPER: Final = "#fdfdfb"
INK: Final = "#1f2328"
FAINT: Final = "#6b7280"
LINES: Final = "#e4e4de"
_FONT: Final = "system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif"

Scale = Callable[[float], float]
Attributes = dict[str, float | str]


@dataclass
class Picture:
    """A page of `width` x `height` units; what is drawn later lies on top."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1.0, dashes: str = "") -> None:
        """A straight line; `dashes` such as "4 3"."""
        places: Attributes = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        self._add("line", {**places, "stroke": colour, "stroke-width": width, "stroke-dasharray": dashes})

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float = 2.0) -> None:
        """A line through all points."""
        where = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
        stroke: Attributes = {"stroke": colour, "stroke-width": width, "stroke-linejoin": "round"}
        self._add("polyline", {"points": where, "fill": "none", **stroke})

    def dot(self, x: float, y: float, radius: float, colour: str, title: str = "") -> None:
        """A filled circle with a thin light edge; `title` shows when pointed at."""
        edge: Attributes = {"stroke": PAPER, "stroke-width": 1.2}
        self._add("circle", {"cx": x, "cy": y, "r": radius, "fill": colour, **edge}, title=title)

    def box(self, x: float, y: float, width: float, height: float, colour: str, title: str = "") -> None:
        """A filled rectangle with slightly rounded corners."""
        place: Attributes = {"x": x, "y": y, "width": max(width, 0.0), "height": height, "rx": 1.5}
        self._add("rect", {**place, "fill": colour}, title=title)

    def words(
        self, x: float, y: float, text: str, size: float = 12, colour: str = INK, anchor: str = "start", *, bold: bool = False
    ) -> None:
        """Text whose baseline begins (`anchor` "start"), is centred ("middle") or ends ("end") here."""
        look: Attributes = {"font-size": size, "font-weight": "600" if bold else "400", "text-anchor": anchor}
        self._add("text", {"x": x, "y": y, "fill": colour, **look}, text)

    def upright(self, x: float, y: float, text: str, size: float = 12, colour: str = INK) -> None:
        """Text that reads upwards, centred here."""
        turned = f"rotate(-90 {_short(x)} {_short(y)})"
        look: Attributes = {"transform": turned, "font-size": size, "text-anchor": "middle"}
        self._add("text", {"x": x, "y": y, "fill": colour, **look}, text)

    def text(self) -> str:
        """The whole picture as an SVG document."""
        width, height = _short(self.width), _short(self.height)
        size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family={quoteattr(_FONT)}>'
        page = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
        return "\n".join((head, page, *self.parts, "</svg>", ""))

    def _add(self, tag: str, attributes: Attributes, content: str = "", title: str = "") -> None:
        named = {name: value if isinstance(value, str) else _short(value) for name, value in attributes.items() if value != ""}
        written = " ".join(f"{name}={quoteattr(value)}" for name, value in named.items())
        inside = escape(content) + (f"<title>{escape(title)}</title>" if title else "")
        self.parts.append(f"<{tag} {written}>{inside}</{tag}>" if inside else f"<{tag} {written}/>")


@dataclass(frozen=True)
class Frame:
    """The rectangle of a chart within its picture, and where figures lie in it."""

    left: float
    top: float
    right: float
    bottom: float
    across: Scale
    up: Scale

    def x(self, value: float) -> float:
        """Where a figure lies from left to right."""
        return self.left + (self.right - self.left) * self.across(value)

    def y(self, value: float) -> float:
        """Where a figure lies from bottom to top."""
        return self.bottom - (self.bottom - self.top) * self.up(value)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a pair of figures lies."""
        return self.x(x), self.y(y)


def linear(low: float, high: float) -> Scale:
    """Even steps from `low` (0) to `high` (1)."""
    return lambda value: min(1.0, max(0.0, (value - low) / (high - low)))


def logarithmic(low: float, high: float) -> Scale:
    """Even ratios from `low` (> 0) to `high`; whatever is smaller, nothing too, lies at the bottom."""
    return lambda value: min(1.0, max(0.0, math.log(max(value, low) / low) / math.log(high / low)))


def logarithmic_from_one(high: float) -> Scale:
    """Even ratios of one more than the figure, so that nothing has a place too: at 0."""
    return lambda value: min(1.0, max(0.0, math.log1p(max(value, 0.0)) / math.log1p(high)))


def log_odds(edge: float) -> Scale:
    """Probabilities by their odds, so that 0.99 and 0.999 lie apart; what is nearer to 0 or 1 than `edge` lies at the end."""
    reach = math.log((1 - edge) / edge)

    def scale(value: float) -> float:
        clipped = min(1 - edge, max(edge, value))
        return 0.5 + 0.5 * math.log(clipped / (1 - clipped)) / reach

    return scale


def steps(high: float, wanted: int = 6) -> list[float]:
    """Round numbers from 0 to at least `high`, about `wanted` of them: multiples of 1, 2 or 5 times a power of ten."""
    rough = max(high, 1e-9) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [number * step for number in range(math.ceil(high / step - 1e-9) + 1)]


def plain(value: float) -> str:
    """A figure as people write it: no trailing zeros, thousands apart."""
    shown = f"{value:,.4f}".rstrip("0").rstrip(".")
    return shown or "0"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
