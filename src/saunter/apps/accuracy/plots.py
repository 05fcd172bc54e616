"""The pictures of a suite: reviews against errors, how well probabilities are kept, and what goes wrong how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Final

from saunter.apps.accuracy.figures import BehaviourFigures, Figures
from saunter.apps.accuracy.frontier import FrontierPoint
from saunter.apps.accuracy.report import Measured, SuiteFigures
from saunter.apps.accuracy.svg import (
    FAINT,
    INK,
    LINES,
    Frame,
    Picture,
    linear,
    log_odds,
    logarithmic,
    logarithmic_from_one,
    plain,
    steps,
)
from saunter.apps.bench_rates import Calibration, wilson
from saunter.apps.output import refuse_to_replace, written_whole

#: One colour per method in every picture; Saunter's own stand out.
COLOURS: Final = {
    "saunter": "#1663a6",
    "without-review": "#7fb2dc",
    "competition-winner": "#d9822b",
    "nearest": "#8a9099",
}
_OTHER: Final = "#5b5f66"
_WIDTH: Final = 860.0
#: Nearer to 0 or 1 than this, probabilities lie at the end of their axis.
_EDGE: Final = 0.0005
_PROBABILITIES: Final = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999)


def write_plots(folder: Path, suite: str, figures: SuiteFigures, frontier: Sequence[FrontierPoint]) -> list[Path]:
    """Draws everything there is to draw into a folder, made if need be; returns the files, named after the suite."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "frontier": frontier_picture(suite, figures, frontier),
        "calibration": calibration_picture(suite, figures.saunter),
        "behaviours": behaviours_picture(suite, figures),
    }
    files = []
    for name, picture in pictures.items():
        file = folder / f"{suite}-{name}.svg"
        refuse_to_replace(file, b"<svg", "picture")
        with written_whole(file) as stream:
            stream.write(picture.text().encode())
        files.append(file)
    return files


def frontier_picture(suite: str, figures: SuiteFigures, frontier: Sequence[FrontierPoint]) -> Picture:
    """Visits without the exact receipt against questions asked: the curve of asking more and more, and every method's place."""
    picture = _titled(520, "Questions asked against visits without the exact receipt", suite, figures.saunter)
    methods = {"saunter": figures.saunter, **figures.baselines}
    floor = 500 / max(figures.saunter.visits, 1)
    asked = [point.reviews_per_1000 for point in frontier] + [each.reviews_per_1000 for each in methods.values()]
    most = max([30.0, *asked])
    worst = max(1000 * (1 - each.intervals["exact_receipts"][0]) for each in methods.values())
    frame = Frame(90, 92, 620, 450, logarithmic_from_one(most), logarithmic(floor, max(worst, 10 * floor) * 1.1))
    for tick in (0.0, *_decades(0.5, most)):
        _across(picture, frame, tick, plain(tick))
    for tick in _decades(floor, worst):
        _up(picture, frame, tick, plain(tick))
    _up(picture, frame, 0, "0")
    picture.words((frame.left + frame.right) / 2, 492, "questions per 1,000 visits", 13, INK, "middle")
    picture.upright(30, (frame.top + frame.bottom) / 2, "visits without the exact receipt, per 1,000", 13)
    picture.path(_stairs([frame.point(each.reviews_per_1000, each.errors_per_1000) for each in frontier]), COLOURS["saunter"])
    _places(picture, frame, methods)
    _note(picture, 640, 330, ("The line asks about every line of a bill", "less sure than a limit, from none to",
                              "all, and takes the answers for right.", "Whiskers are 95 % intervals. Dots at",
                              "one place are drawn side by side."))  # fmt: skip
    return picture


def calibration_picture(suite: str, figures: Figures) -> Picture:
    """What was said of bill lines against how often it was so, in ten bins with the same number of lines."""
    picture = _titled(600, "Calibration of bill lines: what was said against what was so", suite, figures)
    frame = Frame(90, 92, 560, 520, log_odds(_EDGE), log_odds(_EDGE))
    for tick in _PROBABILITIES:
        _across(picture, frame, tick, plain(tick))
        _up(picture, frame, tick, plain(tick))
    picture.line(*frame.point(0, 0), *frame.point(1, 1), FAINT, 1.2, "5 4")
    _believed(picture, frame, figures.believed)
    for each in figures.calibration_bins:
        rate = wilson(round(each.true * each.lines), each.lines)
        x, colour = frame.x(each.said), COLOURS["saunter"]
        picture.line(x, frame.y(rate.low), x, frame.y(rate.high), colour, 1.6)
        picture.dot(x, frame.y(each.true), 5, colour, f"{each.lines} lines: said {each.said:.4f}, true {each.true:.4f}")
    picture.words((frame.left + frame.right) / 2, 562, "probability said of a line of a bill", 13, INK, "middle")
    picture.upright(30, (frame.top + frame.bottom) / 2, "share of them that were so", 13)
    low, high = figures.intervals["calibration_error"]
    picture.words(590, 110, f"calibration error {figures.calibration_error:.4f}", 13, INK, bold=True)
    picture.words(590, 129, f"{low:.4f} to {high:.4f} (95 %)", 12, FAINT)
    _bins(picture, figures)
    _note(picture, 590, 440, ("Each dot is a tenth of all lines. On the", "dashed line, what was said came true just",
                              "as often as it was said. Axes go by odds,", "so that 0.99 and 0.999 lie apart."))  # fmt: skip
    return picture


def behaviours_picture(suite: str, figures: SuiteFigures) -> Picture:
    """For each kind of action: how often the line behind it came out wrong, by method."""
    shown = {name: each for name, each in {"saunter": figures.saunter, **figures.baselines}.items() if name != "without-review"}
    order = sorted(figures.saunter.behaviours, key=lambda each: (-each.wrong, -each.actions, each.behaviour))
    row = 14 * len(shown) + 16
    picture = _titled(150 + row * max(len(order), 1), "Errors by behaviour: what goes wrong how often", suite, figures.saunter)
    bottom = 92 + row * len(order)
    wrongs = [each.interval[1] for method in shown.values() for each in method.behaviours if each.actions >= 10]
    ticks = steps(max([0.05, *wrongs]), 5)
    frame = Frame(220, 92, 640, bottom, linear(0, ticks[-1]), linear(0, 1))
    for tick in ticks:
        _across(picture, frame, tick, f"{100 * tick:g} %")
    for number, behaviour in enumerate(order):
        _behaviour(picture, frame, frame.top + row * number + 8, behaviour, shown)
    picture.words(
        (frame.left + frame.right) / 2, bottom + 42, "share of actions whose line of the bill came out wrong", 13, INK, "middle"
    )
    for number, name in enumerate(shown):
        picture.box(670, 96 + 22 * number, 14, 10, COLOURS.get(name, _OTHER))
        picture.words(692, 105 + 22 * number, name, 12)
    return picture


def _behaviour(picture: Picture, frame: Frame, top: float, behaviour: BehaviourFigures, shown: Mapping[str, Figures]) -> None:
    middle = top + 7 * len(shown)
    picture.words(frame.left - 12, middle, behaviour.behaviour, 13, INK, "end")
    picture.words(frame.left - 12, middle + 14, f"{behaviour.actions:,} actions", 11, FAINT, "end")
    for number, (name, figures) in enumerate(shown.items()):
        mine = next((each for each in figures.behaviours if each.behaviour == behaviour.behaviour), None)
        if mine is None:
            continue
        y, title = top + 14 * number, f"{name}: {mine.wrong:.4f} of {mine.actions}"
        picture.box(frame.left, y, frame.x(mine.wrong) - frame.left, 10, COLOURS.get(name, _OTHER), title)
        picture.line(frame.x(mine.interval[0]), y + 5, frame.x(mine.interval[1]), y + 5, INK, 1.0)


def _places(picture: Picture, frame: Frame, methods: Mapping[str, Figures]) -> None:
    """Every method's own place, named at the right, in the order of how wrong they are."""
    beside: dict[float, int] = {}
    for number, (name, figures) in enumerate(sorted(methods.items(), key=lambda entry: entry[1].exact_receipts)):
        low, high = figures.intervals["exact_receipts"]
        place = beside[figures.reviews_per_1000] = beside.get(figures.reviews_per_1000, -1) + 1
        x, colour = frame.x(figures.reviews_per_1000) + 14 * place, COLOURS.get(name, _OTHER)
        picture.line(x, frame.y(1000 * (1 - high)), x, frame.y(1000 * (1 - low)), colour, 1.6)
        picture.dot(x, frame.y(1000 * (1 - figures.exact_receipts)), 6, colour, name)
        y, errors = 108 + 44 * number, 1000 * (1 - figures.exact_receipts)
        picture.dot(648, y - 4, 6, colour)
        picture.words(662, y, name, 13, INK, bold=name == "saunter")
        picture.words(662, y + 16, f"{plain(round(errors, 1))} wrong, {plain(figures.reviews_per_1000)} questions", 11, FAINT)


def _stairs(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The line that stays where it is until the next point and then falls."""
    corners = [(after[0], before[1]) for before, after in pairwise(points)]
    return [*points[:1], *chain.from_iterable(zip(corners, points[1:], strict=True))]


def _believed(picture: Picture, frame: Frame, believed: Calibration | None) -> None:
    """How the belief kept its word before it was calibrated, in grey; nothing where it was not."""
    if believed is None:
        return
    for each in believed.bins:
        picture.dot(*frame.point(each.said, each.true), 4, FAINT, f"before calibration: said {each.said:.4f}")
    picture.words(590, 392, f"grey: before calibration, {believed.error:.4f}", 12, FAINT)


def _bins(picture: Picture, figures: Figures) -> None:
    """The bins as a little table."""
    for x, title in ((640, "said"), (710, "true"), (770, "lines")):
        picture.words(x, 165, title, 11, FAINT, "end")
    for number, each in enumerate(figures.calibration_bins):
        for x, text in ((640, f"{each.said:.4f}"), (710, f"{each.true:.4f}"), (770, f"{each.lines:,}")):
            picture.words(x, 184 + 19 * number, text, 12, INK, "end")


def _titled(height: float, title: str, suite: str, figures: Figures) -> Picture:
    picture = Picture(_WIDTH, height)
    picture.words(90, 40, title, 21, INK, bold=True)
    measured = figures.measured
    about = f"suite {suite}, {figures.visits:,} visits"
    if isinstance(measured, Measured):
        about += f" in {measured.trials} worlds of {measured.seeds} seeds"
        about += f", commit {measured.machine.commit}" if measured.machine.commit else ""
        about += f", without {', '.join(measured.without)}" if measured.without else ""
    picture.words(90, 64, about, 13, FAINT)
    return picture


def _across(picture: Picture, frame: Frame, value: float, text: str) -> None:
    picture.line(frame.x(value), frame.top, frame.x(value), frame.bottom, LINES)
    picture.words(frame.x(value), frame.bottom + 18, text, 11, FAINT, "middle")


def _up(picture: Picture, frame: Frame, value: float, text: str) -> None:
    picture.line(frame.left, frame.y(value), frame.right, frame.y(value), LINES)
    picture.words(frame.left - 8, frame.y(value) + 4, text, 11, FAINT, "end")


def _note(picture: Picture, x: float, y: float, rows: Sequence[str]) -> None:
    for number, text in enumerate(rows):
        picture.words(x, y + 15 * number, text, 11, FAINT)


def _decades(low: float, high: float) -> list[float]:
    """1, 3, 10, 30, ... between two figures, both ends left a little room."""
    marks = [factor * 10.0**power for power in range(-2, 4) for factor in (1, 3)]
    return [mark for mark in marks if 1.3 * low < mark <= high]
