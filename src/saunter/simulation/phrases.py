"""The sentences of a story, as one table: what one may write, an example, and which action it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from saunter.base.ids import RESERVED_PARTIES, STAFF
from saunter.simulation.story import (
    Action,
    Enters,
    FallsSilent,
    Hands,
    Leans,
    Leaves,
    PlateBecomes,
    PlateState,
    Presses,
    PutsBack,
    Restocks,
    Slams,
    Takes,
    TrackBreaks,
    TracksSwap,
    Walks,
)

NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.\-/]*"
_NUMBER = r"\d+(?:\.\d+)?"
_WHO = rf"(?P<who>{NAME})"
_ITEMS = r"(?P<items>.+?)"
_PLATES = rf"(?P<plates>{NAME}(?: {NAME})*)"
_PLATES_LAZY = rf"(?P<plates>{NAME}(?: {NAME})*?)"
#: More pieces than this in one sentence are a slip of the pen.
PIECES_MAX: Final = 100

Match = re.Match[str]
Build = Callable[[float, int, Match], list[Action]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One kind of sentence: `example` shows it, `pattern` must match all of it, `build` makes its actions."""

    example: str
    pattern: re.Pattern[str]
    build: Build


def items(text: str) -> list[tuple[str, int]]:
    """`2 cola, chips and 1 gum` as [(sku, pieces), ...]; ValueError saying what is wrong with it."""
    found: dict[str, int] = {}
    for part in re.split(r"\s*,\s*|\s+and\s+", text.strip()):
        match = re.fullmatch(rf"(?:(\d+) )?({NAME})", part)
        if match is None:
            raise ValueError(f"{part!r} is not a number and a product such as `2 cola`")
        quantity = int(match[1] or 1)
        if not 1 <= quantity <= PIECES_MAX:
            raise ValueError(f"{quantity} {match[2]} is not a number of pieces from 1 to {PIECES_MAX}")
        found[match[2]] = found.get(match[2], 0) + quantity
    return list(found.items())


def party(text: str) -> str:
    """The id of who does something: `staff` is STAFF; other reserved names raise ValueError."""
    if text.lower() == "staff":
        return STAFF
    if text.upper() in RESERVED_PARTIES:
        raise ValueError(f"{text} is a reserved name; call the party p1, p2, ...")
    return text


def _words(match: Match, group: str) -> tuple[str, ...]:
    return tuple((match[group] or "").split())


def _enters(at_s: float, line: int, match: Match) -> list[Action]:
    return [Enters(at_s=at_s, line=line, party=party(match["who"]), registered=match["how"] == "enters")]


def _takes(at_s: float, line: int, match: Match) -> list[Action]:
    how = match["how"] or ""
    return [replace(take, slowly="slowly" in how, in_two_steps="steps" in how) for take in _takes_plain(at_s, line, match)]


def _puts_back(at_s: float, line: int, match: Match) -> list[Action]:
    plates, who = _words(match, "plates"), party(match["who"])
    return [
        PutsBack(at_s=at_s, line=line, party=who, sku=sku, quantity=quantity, plates=plates)
        for sku, quantity in items(match["items"])
    ]


def _holds(at_s: float, line: int, match: Match) -> list[Action]:
    seconds, taken = float(match["seconds"]), _takes_plain(at_s, line, match)
    if match["then"].startswith("takes"):
        return [replace(take, held_s=seconds) for take in taken]
    later_s = at_s + seconds
    backs = [PutsBack(at_s=later_s, line=line, party=t.party, sku=t.sku, quantity=t.quantity, plates=t.plates) for t in taken]
    return [*taken, *backs]


def _takes_plain(at_s: float, line: int, match: Match) -> list[Takes]:
    plates, who = _words(match, "plates"), party(match["who"])
    return [
        Takes(at_s=at_s, line=line, party=who, sku=sku, quantity=quantity, plates=plates)
        for sku, quantity in items(match["items"])
    ]


def _hands(at_s: float, line: int, match: Match) -> list[Action]:
    return [
        Hands(at_s=at_s, line=line, party=party(match["who"]), to=party(match["to"]), sku=sku, quantity=quantity)
        for sku, quantity in items(match["items"])
    ]


def _presses(at_s: float, line: int, match: Match) -> list[Action]:
    force_g, seconds = float(match["force"]), float(match["seconds"])
    return [
        Presses(at_s=at_s, line=line, party=party(match["who"]), plates=_words(match, "plates"), force_g=force_g, seconds=seconds)
    ]


def _leans(at_s: float, line: int, match: Match) -> list[Action]:
    force_g, seconds = float(match["force"]), float(match["seconds"])
    return [Leans(at_s=at_s, line=line, party=party(match["who"]), shelf=match["shelf"], force_g=force_g, seconds=seconds)]


def _restocks(at_s: float, line: int, match: Match) -> list[Action]:
    plates = _words(match, "plates")
    return [Restocks(at_s=at_s, line=line, party=STAFF, sku=sku, quantity=n, plates=plates) for sku, n in items(match["items"])]


PLATE_WORDS: Final[dict[str, PlateState]] = {"dies": "dead", "freezes": "frozen", "recovers": "live"}
_FORCE = rf"with (?P<force>{_NUMBER}) g for (?P<seconds>{_NUMBER}) s"


def _phrase(example: str, pattern: str, build: Build) -> Phrase:
    return Phrase(example, re.compile(pattern), build)


#: Everything that can happen, in the order in which it is tried.
PHRASES: Final = (
    _phrase("p1 enters", rf"{_WHO} (?P<how>enters|slips in)", _enters),
    _phrase("p1 leaves", rf"{_WHO} leaves", lambda t, n, m: [Leaves(at_s=t, line=n, party=party(m["who"]))]),
    _phrase(
        "p1 walks to cola",
        rf"{_WHO} walks to (?P<to>{_NUMBER} {_NUMBER}|{NAME})",
        lambda t, n, m: [Walks(at_s=t, line=n, party=party(m["who"]), to=STAFF if m["to"] == "staff" else m["to"])],
    ),
    _phrase(
        "p1 takes 2 cola and 1 gum from g1s2p3 g1s2p4 slowly in two steps",
        rf"{_WHO} takes {_ITEMS}(?: from {_PLATES_LAZY})?(?P<how> slowly| in two steps| slowly in two steps)?",
        _takes,
    ),
    _phrase("p1 puts back 1 cola on g1s3p4", rf"{_WHO} puts back {_ITEMS}(?: on {_PLATES})?", _puts_back),
    _phrase("p1 hands 1 cola to p2", rf"{_WHO} hands {_ITEMS} to (?P<to>{NAME})", _hands),
    _phrase("p1 presses g1s2p3 with 300 g for 1.5 s", rf"{_WHO} presses {_PLATES} {_FORCE}", _presses),
    _phrase("p1 leans on g1s6 with 300 g for 2 s", rf"{_WHO} leans on (?P<shelf>{NAME}) {_FORCE}", _leans),
    _phrase(
        "p1 holds cola for 10 s, then takes it",
        rf"{_WHO} holds {_ITEMS}(?: (?:on|from) {_PLATES})? for (?P<seconds>{_NUMBER}) s, "
        r"then (?P<then>takes (?:it|them)|puts (?:it|them) back)",
        _holds,
    ),
    _phrase("staff restocks 6 cola on g1s2p3", rf"[Ss]taff restocks {_ITEMS}(?: on {_PLATES})?", _restocks),
    _phrase("slam 60 g", rf"slam (?P<force>{_NUMBER}) g", lambda t, n, m: [Slams(at_s=t, line=n, force_g=float(m["force"]))]),
    _phrase(
        "plate g1s2p3 dies",
        rf"plate (?P<plate>{NAME}) (?P<word>dies|freezes|recovers)",
        lambda t, n, m: [PlateBecomes(at_s=t, line=n, plate=m["plate"], state=PLATE_WORDS[m["word"]])],
    ),
    _phrase(
        "fixture g1 is silent for 2 s",
        rf"fixture (?P<fixture>{NAME}) is silent for (?P<seconds>{_NUMBER}) s",
        lambda t, n, m: [FallsSilent(at_s=t, line=n, fixture=m["fixture"], seconds=float(m["seconds"]))],
    ),
    _phrase(
        "tracks of p1 and p2 swap",
        rf"tracks of (?P<first>{NAME}) and (?P<second>{NAME}) swap",
        lambda t, n, m: [TracksSwap(at_s=t, line=n, first=party(m["first"]), second=party(m["second"]))],
    ),
    _phrase(
        "track of p1 breaks", rf"track of {_WHO} breaks", lambda t, n, m: [TrackBreaks(at_s=t, line=n, party=party(m["who"]))]
    ),
)


def actions(at_s: float, line: int, sentence: str) -> list[Action]:
    """The actions of one sentence; ValueError saying what is wrong when it is none of the PHRASES."""
    for phrase in PHRASES:
        match = phrase.pattern.fullmatch(sentence)
        if match is not None:
            return phrase.build(at_s, line, match)
    raise ValueError(f"{sentence!r} is not a sentence that a story knows")
