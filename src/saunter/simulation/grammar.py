"""Reads a story's text (`*.scn`): settings, how the shop stands at the start, what happens, and what is expected.

One statement per line, `#` starts a comment; docs/stories.md is the full description.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from saunter.base.errors import InputProblems, Problem
from saunter.base.limits import PLAN_FILE_BYTES_MAX
from saunter.simulation.phrases import NAME, PHRASES, actions, items, party
from saunter.simulation.story import Action, Placement, PlateState, Quiet, Story
from saunter.simulation.table import PRESETS

_TIME = r"(?:(\d{1,2}):)?(\d{1,2}):(\d\d(?:\.\d{1,3})?)"
_TIMED = re.compile(rf"{_TIME}\s+(.+)")
_SETTING = re.compile(r"([a-z][a-z-]*)\s*:\s*(.*)")
_EXPECT = re.compile(r"expect\s+([A-Za-z0-9][A-Za-z0-9_.\-/]*)\s*:\s*(.*)")
_WEIGHS = re.compile(rf"({NAME}) really weighs (\d+(?:\.\d+)?) g")
_LIES = re.compile(rf"(.+?) lies? on ({NAME}(?: {NAME})*)")
_PLATE = re.compile(rf"plate ({NAME}) is (dead|frozen|unused)")
_PLATE_STATES: Final[dict[str, PlateState]] = {"dead": "dead", "frozen": "frozen", "unused": "unused"}

#: The settings of a story: their key, and the values that are possible (none: any text).
SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "story": (),
    "shop": (),
    "noise": tuple(PRESETS),
    "seed": (),
    "people": ("joints", "positions", "none"),
    "gates": ("named", "none"),
    "exits": ("named", "unnamed"),
    "hand-over": ("taker", "holder"),
}


@dataclass
class _Draft:
    """What has been read so far."""

    settings: dict[str, str] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    latest_s: float = 0.0
    weights_g: dict[str, float] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    plates: dict[str, PlateState] = field(default_factory=dict)
    stated: dict[str, dict[str, int]] = field(default_factory=dict)
    doubts: set[tuple[str, str]] = field(default_factory=set)
    quiet: list[Quiet] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


def parse_story(text: str, name: str) -> Story:
    """The story that a text tells; `name` is its file's name, for messages.

    Raises InputProblems holding every mistake with its line: sentences nobody understands, times out of order, parties
    that act before they enter or give what they do not hold, expectations that differ from the truth without a doubt.
    """
    story = read_story(text, name)
    problems = story.problems()
    if problems:
        raise InputProblems(problems)
    return story


def read_story(text: str, name: str) -> Story:
    """As much of the story as could be understood; its `problems` hold the rest. It may not be playable, but a shop can
    say what else is wrong with it. A text that is far too long raises InputProblems.
    """
    if len(text.encode()) > PLAN_FILE_BYTES_MAX:
        raise InputProblems([Problem(name, 0, f"a story of more than {PLAN_FILE_BYTES_MAX} bytes", "split it")])
    draft, problems = _Draft(), list[Problem]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        if line:
            problems += _read_line(draft, line, number, name)
    if "story" not in draft.settings:
        problems.append(Problem(name, 0, "the story has no title", "begin with a line such as `story: Two friends`"))
    return _finished(draft, name, problems)


def _read_line(draft: _Draft, line: str, number: int, name: str) -> list[Problem]:
    for pattern, reader in _READERS:
        match = pattern.fullmatch(line)
        if match is not None:
            return [Problem(name, number, what, _remedy(what)) for what in reader(draft, match, number)]
    what = f"{line!r} is not a statement that a story knows"
    return [Problem(name, number, what, "start with a time (`00:05.0 p1 ...`), `expect`, or a setting such as `noise: calm`")]


def _remedy(what: str) -> str:
    if "is not a sentence" not in what:
        return ""
    sentence = what.split("'")[1] if "'" in what else what
    examples = [phrase.example for phrase in PHRASES]
    scores = {example: difflib.SequenceMatcher(None, sentence, example).ratio() for example in examples}
    return f"did you mean something like `{max(examples, key=lambda example: scores[example])}`? docs/stories.md lists them all"


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return round(int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds), 3)


def _read_timed(draft: _Draft, match: re.Match[str], number: int) -> list[str]:
    at_s, found = _seconds(match[1], match[2], match[3]), list[str]()
    if float(match[3]) >= 60:
        draft.unread |= {sentence.split()[0] for sentence in match[4].split(";") if sentence.strip()}
        return [f"{match[3]} seconds is more than a minute"]
    if at_s < draft.latest_s:
        found.append("this happens before the line above it; put the lines in order of time")
    draft.latest_s = max(draft.latest_s, at_s)
    for sentence in match[4].split(";"):
        try:
            draft.actions += actions(draft.latest_s, number, re.sub(r"\s+", " ", sentence.strip()))
        except ValueError as error:
            found.append(str(error))
            draft.unread |= set(sentence.split()[:1])
    return found


def _read_setting(draft: _Draft, match: re.Match[str], number: int) -> list[str]:
    key, value = match[1], match[2].strip()
    if key not in SETTINGS:
        return [f"{key!r} is not a setting; there are {', '.join(SETTINGS)}"]
    if key in draft.settings:
        return [f"{key} is set a second time"]
    draft.settings[key] = value
    choices = SETTINGS[key]
    if (choices and value not in choices) or not value:
        draft.settings[key] = choices[0] if choices else "?"
        return [f"{value!r} is not a value of {key}; choose {' or '.join(choices) or 'a text'}"]
    if key == "seed" and not re.fullmatch(r"\d{1,18}", value):
        draft.settings[key] = "0"
        return [f"{value!r} is not a seed; give a whole number"]
    return []


def _read_weight(draft: _Draft, match: re.Match[str], number: int) -> list[str]:
    draft.weights_g[match[1]] = float(match[2])
    return [] if float(match[2]) > 0 else [f"{match[1]} cannot weigh nothing"]


def _read_plate(draft: _Draft, match: re.Match[str], number: int) -> list[str]:
    draft.plates[match[1]] = _PLATE_STATES[match[2]]
    return []


def _read_placement(draft: _Draft, match: re.Match[str], number: int) -> list[str]:
    try:
        found = items(match[1])
    except ValueError as error:
        return [str(error)]
    draft.placements += [Placement(sku, quantity, tuple(match[2].split()), number) for sku, quantity in found]
    return []


def _read_expectation(draft: _Draft, match: re.Match[str], number: int) -> list[str]:
    subject, text = match[1], match[2].strip()
    try:
        if subject == "doubt":
            draft.doubts |= _doubts(text)
        elif subject == "quiet":
            draft.quiet.append(_quiet(text))
        elif subject == "alarm":
            draft.alarms += text.split()
        elif party(subject) in draft.stated:
            return [f"the bill of {subject} is expected a second time"]
        else:
            draft.stated[party(subject)] = {} if text == "nothing" else dict(items(text))
    except ValueError as error:
        return [str(error)]
    return []


#: The statements of a story, in the order in which they are tried.
_READERS: Final[tuple[tuple[re.Pattern[str], Callable[[_Draft, re.Match[str], int], list[str]]], ...]] = (
    (_TIMED, _read_timed),
    (_EXPECT, _read_expectation),
    (_SETTING, _read_setting),
    (_WEIGHS, _read_weight),
    (_PLATE, _read_plate),
    (_LIES, _read_placement),
)


def _doubts(text: str) -> set[tuple[str, str]]:
    found = set()
    for part in text.split(","):
        words = part.split()
        if len(words) != 2:
            raise ValueError(f"{part.strip()!r} is not a party and a product such as `p1 cola`")
        found.add((party(words[0]), words[1]))
    return found


def _quiet(text: str) -> Quiet:
    match = re.fullmatch(rf"{_TIME} to {_TIME}(?: on ({NAME}(?: {NAME})*))?", text)
    if match is None:
        raise ValueError(f"{text!r} is not a span such as `00:20.0 to 00:25.0 on g1s2p3`")
    return Quiet(_seconds(*match.group(1, 2, 3)), _seconds(*match.group(4, 5, 6)), tuple((match[7] or "").split()))


def _finished(draft: _Draft, name: str, mistakes: list[Problem]) -> Story:
    settings = draft.settings
    chosen: dict[str, Any] = {
        key.replace("-", "_"): settings[key]
        for key in ("shop", "noise", "people", "gates", "exits", "hand-over")
        if key in settings
    }
    return Story(
        title=settings.get("story", ""),
        actions=tuple(sorted(draft.actions, key=lambda action: action.at_s)),
        name=name,
        seed=int(settings.get("seed", "0")),
        weights_g=draft.weights_g,
        placements=tuple(draft.placements),
        plates=draft.plates,
        stated=draft.stated,
        doubts=frozenset(draft.doubts),
        quiet=tuple(draft.quiet),
        alarms=tuple(draft.alarms),
        mistakes=tuple(mistakes),
        unread=frozenset(draft.unread),
        **chosen,
    )
