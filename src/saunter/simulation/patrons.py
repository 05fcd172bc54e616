"""The pretend world as a source of a running shop: patrons come, hear what the shop says, and answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from saunter.base.errors import InputProblems, Refused
from saunter.base.ids import is_name
from saunter.base.time import from_seconds
from saunter.plan import Plan
from saunter.ports.sources import Source
from saunter.records import AnyRecord, EntryDecided, Envelope, GateCommand, TrueAction, TrueReceipt, WeightBlock
from saunter.simulation.answering import PeopleWhoAnswer
from saunter.simulation.crowd.coming import LEAD_S, Coming
from saunter.simulation.crowd.guest import GUEST_NUMBERS, Guest
from saunter.simulation.crowd.running import Running, plan_problems
from saunter.simulation.crowd.scenario import Scenario
from saunter.simulation.crowd.shop import default_name
from saunter.simulation.reviewer import Habits, SimulatedReviewers

#: Staff and manager take so long on average for an age check or a bill, seconds (guess: they are on the floor already).
STAFF_DELAY_S: Final = 6.0
#: So many guests are remembered, the gone ones first forgotten.
GUESTS_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Ware:
    """Something to take: `pieces` of it lie in the shop now, most on `plates` of `shelf`."""

    sku: str
    name: str
    fixture: str
    shelf: str
    plates: tuple[str, ...]
    pieces: int


class PretendShop(Source):
    """A shop's patrons, sensors, reviewers and staff. Readings and truth come out of `until`; what the shop says goes into
    `hear`. Equal arguments and equal calls give equal records.

    `visits` and `scenario` as of `simulate_scenario`; `start_ns` (ns UTC) is when the world begins, None: on a Monday that is
    always the same. With `waits_at_gate` nobody comes in before the shop has opened the gate; without, whatever the shop says
    changes nothing of who does what when: the records of `simulate_scenario`, and keys and answers between them. A share
    `decline` of the parties has a first payment method that the provider declines (its name ends in `-declined`).

    `reviewers` None, `staff_delay_s` None: nobody of them answers, because somebody at a page does. `disputes` is the share
    of shoppers with a wrong receipt who say so. `name_of` names parties by number: a world that follows upon another needs
    other names, and `after` (stream to last sequence, as the books know them), so that no id is given twice.

    Commands to guests may come from another thread than the one that calls `until` and `hear`.
    """

    def __init__(
        self,
        plan: Plan,
        scenario: Scenario,
        seed: int,
        *,
        visits: int | None = None,
        start_ns: int | None = None,
        waits_at_gate: bool = True,
        disputes: float = 0.3,
        decline: float = 0.03,
        staff_delay_s: float | None = STAFF_DELAY_S,
        reviewers: Habits | None = Habits(),  # noqa: B008 - frozen, and what it holds are the stated guesses
        name_of: Callable[[int], str] | None = None,
        after: Mapping[str, int] | None = None,
    ) -> None:
        problems = plan_problems(plan)
        if problems:
            raise InputProblems(problems)
        self._plan, self._after, self._waits = plan, dict(after or {}), waits_at_gate
        self._crowd_name, self._guest_names = name_of or default_name, dict[int, str]()
        self._guests: dict[str, Guest] = {}
        self._arriving: list[Guest] = []
        self._met = 0
        self._running = Running(plan, scenario, seed, visits, self._name, start_ns)
        gate = self._running.shop.hands.floor.gate("in", "both")
        self._coming: Coming | None = None
        if gate is not None:
            self._coming = Coming(plan, self._running, gate, seed, self._name, waits=waits_at_gate, decline=decline)
            self._running.shop.before = self._coming.before
        self._lead_ns = 0 if waits_at_gate or self._coming is None else from_seconds(LEAD_S)
        self._reviewers = SimulatedReviewers(seed, reviewers) if reviewers else None
        self._people = PeopleWhoAnswer(
            plan.store, seed, mode=plan.policies.mode, disputes=disputes, staff_delay_s=staff_delay_s, guests=self._guests
        )

    # -- a source ------------------------------------------------------------------------------------------------------

    @property
    def start_ns(self) -> int:
        """When the world began, ns UTC: the first tick."""
        return self._running.start_ns

    def until(self, now: int) -> Sequence[AnyRecord]:
        """Readings, truth, keys and answers that arrived up to `now` (ns UTC) and did not come out before, in order.

        Who waits at the gate waits in the world's time: ask several times a second of it, and let the shop be heard between.
        """
        while self._arriving:
            guest = self._arriving.pop(0)
            self._running.shop.env.process(guest.life())
        while not self._running.is_over and self._running.made_ns - self._lead_ns <= now:
            self._running.step()
        found = list(self._running.due(now + 1))
        truth = [record for record in found if isinstance(record, TrueAction | TrueReceipt)]
        self._people.hear(truth)
        answers = self._people.due(now + 1)
        if self._reviewers is not None:
            self._reviewers.hear(truth)
            answers += self._reviewers.due(now + 1)
        if answers:
            found = sorted([*found, *answers], key=lambda record: (record.envelope.arrived, record.envelope.stream))
        return [self._placed(record) for record in found] if self._after else found

    def hear(self, records: Sequence[AnyRecord]) -> None:
        """What the shop said, in order: gates open, and whoever is asked will answer."""
        for record in records:
            if isinstance(record, GateCommand | EntryDecided):
                self._hear_gate(record)
        self._people.hear(records)
        if self._reviewers is not None:
            self._reviewers.hear(records)

    def is_over(self) -> bool:
        """Everybody has left, all was told, and nobody is about to answer."""
        is_quiet = self._running.is_over and not self._running.waiting and self._people.is_idle
        return is_quiet and (self._reviewers is None or self._reviewers.is_idle)

    def pending(self) -> int:
        """How many things are kept in mind now; it does not grow with time."""
        before_gate = self._coming.pending if self._coming else 0
        return self._running.pending() + self._people.pending + before_gate + len(self._guests)

    def silences(self, fixture: str, from_s: float, to_s: float) -> None:
        """A fixture's scale controller, or the people tracker ("people"), says nothing between these seconds of the world.

        What was made already is not unsaid. An unknown name raises Refused.
        """
        self._running.silences(fixture, from_s, to_s)

    # -- guests --------------------------------------------------------------------------------------------------------

    def guest(self, party: str) -> Guest:
        """The body that somebody outside steers for a party whose key they hold; the same one each time it is asked for.

        Raises Refused for a name that is no id or is a party's of the crowd, in a world that does not wait at the gate, and when
        it is over.
        """
        if party in self._guests:
            return self._guests[party]
        if self._running.is_over:
            raise Refused("the doors are shut and everybody has left; a guest needs another day")
        if not self._waits:
            raise Refused("this world waits for nobody, so nobody can steer a guest in it; make it with waits_at_gate")
        if not is_name(party) or party in {self._crowd_name(number) for number in list(self._running.shop.parties)}:
            raise Refused(f"{party!r} cannot be a guest's party: choose an id that nobody has")
        self._forget_guests()
        number = GUEST_NUMBERS + self._met
        self._met += 1
        self._guest_names[number] = party
        guest = Guest(self._running.shop, self._running.errands, party, number)
        self._guests[party] = guest
        self._arriving.append(guest)
        return guest

    def stock(self) -> tuple[Ware, ...]:
        """What can be taken where, in the order of the planogram."""
        stock = self._running.shop.hands.stock
        found: dict[str, Ware] = {}
        for facing in self._plan.facings:
            plate, name = self._plan.plates[facing.plates[0]], self._plan.products[facing.sku].name
            left = stock.left(facing.sku)
            found.setdefault(facing.sku, Ware(facing.sku, name, plate.fixture, plate.shelf, facing.plates, left))
        return tuple(found.values())

    def _hear_gate(self, record: GateCommand | EntryDecided) -> None:
        guest = self._guests.get(record.party)
        if guest is not None and isinstance(record, GateCommand):
            guest.opens()
        elif guest is not None and isinstance(record, EntryDecided) and record.outcome == "denied":
            guest.denied(record.reason)
        elif guest is None and self._coming is not None:
            self._coming.hear(record)

    def _forget_guests(self) -> None:
        gone = [party for party, guest in self._guests.items() if guest.is_over]
        for party in gone[: max(0, len(self._guests) - GUESTS_KEPT)]:
            number = next(number for number, name in self._guest_names.items() if name == party)
            del self._guests[party], self._guest_names[number]

    def _name(self, number: int) -> str:
        return self._guest_names.get(number) or self._crowd_name(number)

    def _placed(self, record: AnyRecord) -> AnyRecord:
        """The record further on in its stream, behind what another world said in it."""
        before = self._after.get(record.envelope.stream)
        if before is None:
            return record
        place: Envelope = msgspec.structs.replace(record.envelope, sequence=before + 1 + record.envelope.sequence)
        if isinstance(record, WeightBlock):
            return WeightBlock(place, record.plates, record.rate_hz, record.times, record.grams)
        return msgspec.structs.replace(record, envelope=place)
