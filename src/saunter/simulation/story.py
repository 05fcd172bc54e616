"""A story: what happens in the pretend shop, who does it, and what the bills should say. Times are seconds from its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from saunter.base.errors import Problem, Refused
from saunter.simulation.table import PRESETS
from saunter.simulation.till import Bills, HandOver, Till

PlateState = Literal["live", "dead", "frozen", "unused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something happens at `at_s` seconds. `line` is where the story's text says so (0: no text)."""

    at_s: float
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAction(Action):
    """Somebody does something. `party` is a visitor's opaque name, or STAFF."""

    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enters(PartyAction):
    """Comes in through a gate; not `registered`: slips in behind somebody without showing a key."""

    registered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves(PartyAction):
    """Sets off for a gate and goes out there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walks(PartyAction):
    """Sets off for a product, plate, shelf, fixture, gate, another party, or a floor point (`x_m`, `y_m` as text `2.5 1.0`)."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes(PartyAction):
    """Lifts pieces off their plates in one grab. `plates` empty: from where the product lies.

    `held_s`: the hand rests on the pieces this long, half carrying them, before it lifts.
    """

    sku: str
    quantity: int = 1
    plates: tuple[str, ...] = ()
    slowly: bool = False
    in_two_steps: bool = False
    held_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PutsBack(PartyAction):
    """Puts pieces down on `plates` (empty: where the product belongs)."""

    sku: str
    quantity: int = 1
    plates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands(PartyAction):
    """Gives pieces to another party, hand to hand."""

    to: str
    sku: str
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Presses(PartyAction):
    """Presses on plates with a force in grams, then lets go."""

    plates: tuple[str, ...]
    force_g: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leans(PartyAction):
    """Leans on a shelf and makes it swing by a force in grams."""

    shelf: str
    force_g: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Restocks(PartyAction):
    """Staff puts new pieces on the shelf, one after another."""

    sku: str
    quantity: int
    plates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slams(Action):
    """A door slams: every fixture shakes, the loosest plate by `force_g` grams."""

    force_g: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateBecomes(Action):
    """A plate dies (no more values), freezes (one value for ever) or lives again."""

    plate: str
    state: PlateState


@dataclass(frozen=True, slots=True, kw_only=True)
class FallsSilent(Action):
    """A fixture's scales send nothing for some seconds."""

    fixture: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TracksSwap(Action):
    """From now on the tracker takes each of two parties for the other."""

    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackBreaks(Action):
    """The tracker loses a party and finds it again under a new name."""

    party: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Pieces that lie somewhere before the story begins, over the middle of `plates` (of one shelf), beside the usual stock."""

    sku: str
    quantity: int
    plates: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Quiet:
    """Between these seconds nothing was taken or put back on `plates` (empty: anywhere): no report may go beyond "touched"."""

    from_s: float
    to_s: float
    plates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """A whole scenario. `actions` in order of time; equal times keep their order.

    `noise` names a preset. `people`: what the tracker gives (joints, only head and foot, or nothing). `gates` named: gate
    passes name the party; none: no gate passes, the tracker itself names the party. `exits` unnamed: the way out knows
    only the track. `weights_g`: what products really weigh whatever the catalogue says. `stated`: what the story itself
    expects per party; `doubts`: lines (party, sku) that may be dropped. `alarms`: plates that must be reported ill.
    `mistakes` is what nobody understood of its text, `unread` the parties that such sentences were about.
    """

    title: str
    actions: tuple[Action, ...]
    name: str = "story"
    shop: str = "corner"
    noise: str = "calm"
    seed: int = 0
    people: Literal["joints", "positions", "none"] = "joints"
    gates: Literal["named", "none"] = "named"
    exits: Literal["named", "unnamed"] = "named"
    hand_over: HandOver = "taker"
    weights_g: Mapping[str, float] = field(default_factory=dict)
    placements: tuple[Placement, ...] = ()
    plates: Mapping[str, PlateState] = field(default_factory=dict)
    stated: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    doubts: frozenset[tuple[str, str]] = frozenset()
    quiet: tuple[Quiet, ...] = ()
    alarms: tuple[str, ...] = ()
    mistakes: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()

    @property
    def true_receipts(self) -> Bills:
        """What every visitor really owes, from the actions alone: {party: {sku: pieces}}; {} for nothing."""
        return {party: dict(lines) for party, lines in self._played[0].items()}

    @property
    def expected(self) -> Bills:
        """What the receipts should say: the `expect` line of a party where there is one, else the truth."""
        truth = self.true_receipts
        return {party: dict(self.stated.get(party, truth[party])) for party in truth}

    def problems(self) -> list[Problem]:
        """Everything that cannot be in this story by itself, before any shop is looked at, in the order of its lines.

        What may only follow from a sentence that nobody understood is left out.
        """
        refused = [problem for party, problem in self._played[1] if party not in self.unread]
        found = [*self.mistakes, *refused, *self._order_problems(), *self._expectation_problems(), *self._setting_problems()]
        return sorted(found, key=lambda problem: problem.line)

    @property
    def shaky(self) -> frozenset[str]:
        """The parties of whom this story says something that cannot be: what they hold and where they are is not known."""
        return self.unread | {party for party, _ in self._played[1]}

    def complaints(self, receipts: Mapping[str, Mapping[str, int]]) -> list[str]:
        """What is wrong with these receipts {party: {sku: pieces}}, in words; empty when they are as expected.

        A line in doubt may have any number of pieces from none to the expected (and from none to the true) number.
        """
        wanted, truth, found = self.expected, self.true_receipts, list[str]()
        for party in dict.fromkeys((*wanted, *receipts)):
            want, got = wanted.get(party, {}), receipts.get(party, {})
            for sku in sorted({*want, *got}):
                least = most = want.get(sku, 0)
                if (party, sku) in self.doubts:
                    least, most = 0, max(most, truth.get(party, {}).get(sku, 0))
                if not least <= got.get(sku, 0) <= most:
                    number = str(most) if least == most else f"{least} to {most}"
                    found.append(f"{party} should pay for {number} {sku}, not {got.get(sku, 0)}")
        return found

    @cached_property
    def _played(self) -> tuple[Bills, tuple[tuple[str, Problem], ...]]:
        """The true bills, and each action that cannot be with the party it is about."""
        till, problems = Till(self.hand_over), list[tuple[str, Problem]]()
        for action in self.actions:
            try:
                book(till, action)
            except Refused as refused:
                problems.append((getattr(action, "party", ""), Problem(self.name, action.line, str(refused))))
        return till.bills(), tuple(problems)

    def _order_problems(self) -> list[Problem]:
        late = [b for a, b in zip(self.actions, self.actions[1:], strict=False) if b.at_s < a.at_s]
        found = [
            Problem(self.name, b.line, "this happens before the line above it", "put the lines in order of time") for b in late
        ]
        if not self.actions:
            found.append(Problem(self.name, 0, "nothing happens in this story", "add a line such as `00:00.0 p1 enters`"))
        return found

    def _expectation_problems(self) -> list[Problem]:
        truth, found = self.true_receipts, list[Problem]()
        for party, lines in self.stated.items():
            if party in self.shaky:
                continue
            if party not in truth:
                found.append(Problem(self.name, 0, f"a bill is expected for {party}, who never enters"))
                continue
            for sku in sorted({*lines, *truth[party]}):
                want, true = lines.get(sku, 0), truth[party].get(sku, 0)
                if want != true and (party, sku) not in self.doubts:
                    what = f"{party} is expected to pay for {want} {sku}, but by the story holds {true}"
                    found.append(Problem(self.name, 0, what, f"correct the line, or add `expect doubt: {party} {sku}`"))
        for party, sku in sorted(self.doubts):
            if party not in self.shaky and sku not in {*self.stated.get(party, {}), *truth.get(party, {})}:
                found.append(Problem(self.name, 0, f"doubt about {sku} of {party}, but no such line is expected or true"))
        return found

    def _setting_problems(self) -> list[Problem]:
        found = []
        if self.noise not in PRESETS:
            found.append(Problem(self.name, 0, f"noise {self.noise!r} is not known", f"choose one of {', '.join(PRESETS)}"))
        if self.people == "none" and self.gates == "none":
            found.append(Problem(self.name, 0, "nobody could know who is in the shop", "give it people or gates"))
        return found


def book(till: Till, action: Action) -> None:
    """Let an action change the till's books; raises Refused when it cannot be, and changes nothing then."""
    match action:
        case Enters(party=party, registered=registered):
            till.enters(party, registered)
        case Leaves(party=party):
            till.leaves(party)
        case Takes(party=party, sku=sku, quantity=quantity):
            till.takes(party, sku, quantity)
        case PutsBack(party=party, sku=sku, quantity=quantity):
            till.puts_back(party, sku, quantity)
        case Hands(party=party, to=to, sku=sku, quantity=quantity):
            till.hands(party, to, sku, quantity)
        case PartyAction(party=party) | TrackBreaks(party=party):
            till.acts(party)
        case TracksSwap(first=first, second=second):
            till.acts(first)
            till.acts(second)
