"""The attribution room: interactions and tracks in; who took what, and carts, out. The joint belief lives here."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from saunter.attribution import constants as c
from saunter.attribution.asking import Episode, doubts_of, judged
from saunter.attribution.belief import Belief
from saunter.attribution.branching import Setting
from saunter.attribution.expanding import expand, expired
from saunter.attribution.facings import Facings, may_be_shared
from saunter.attribution.floor import held_by, low_boards, set_down
from saunter.attribution.nearness import doubts_about, near_by, touching
from saunter.attribution.reach import Bodies, Reach
from saunter.attribution.reporting import SHOWN_MIN, candidates_of, joins_of, line_of, remembered, shares_of, words_of
from saunter.attribution.switches import EVERYTHING, Switches
from saunter.attribution.worlds import Group, lost_to
from saunter.base.errors import Refused
from saunter.base.ids import RESERVED_PARTIES, STAFF, UNREGISTERED
from saunter.base.probability import rounded
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.records import (
    Attribution,
    Cart,
    CartLine,
    Envelope,
    HandAtFloor,
    Interaction,
    PeopleFrame,
    Question,
    TrackLeft,
    TrackNamed,
    TracksMet,
    Verdict,
    VisitChanged,
)

ATTRIBUTIONS, CARTS, LIVE = "attribution/interactions", "attribution/carts", "attribution/live"
#: Whose share in a movement is below this gets no new live cart for it: nothing that a shopper would notice has changed.
LIVE_SHARE_MIN = 0.02
#: A load still passing this long after it settled, when its party's bill is due, is held against the world.
SETTLED_LOAD = 4 * SECOND
Said = Attribution | Cart


class AttributionEngine:
    """Weighted worlds over everybody in the shop, factored into groups of entangled parties (DESIGN 5).

    `receive` takes people frames, who-is-who records, visit changes and interactions in the order the shop learned of
    them; `advance` returns attributions and carts. A visit that reaches `settling` gets its final cart and leaves.
    `switches` leave ideas out, to measure what they buy. With `live`, whoever a movement may concern gets a cart that is
    not final after it, for pages to show; it changes nothing else.
    """

    def __init__(self, plan: Plan, switches: Switches = EVERYTHING, *, live: bool = False) -> None:
        self._plan = plan
        self._low = low_boards(plan)
        self._switches = switches
        self._live = live
        self._bodies = Bodies(plan)
        self._belief = Belief(switches.worlds)
        self._present: dict[str, VisitChanged] = {}
        self._ended: dict[str, Cart] = {}
        self._placed: set[str] = set()
        self._left_at: dict[str, int] = {}
        self._due: dict[str, VisitChanged] = {}
        self._episodes: dict[str, dict[str, Episode]] = {}
        self._asked: dict[str, Question] = {}
        self._told: dict[str, Attribution] = {}
        self._said: list[Said] = []
        self._sequence = {ATTRIBUTIONS: 0, CARTS: 0, LIVE: 0}
        self._facings = Facings(plan)

    def receive(
        self,
        record: PeopleFrame | TrackNamed | TracksMet | TrackLeft | HandAtFloor | VisitChanged | Interaction | Question | Verdict,
    ) -> None:
        """Take one record. Refuses interactions of shelves that the plan does not know, and kinds it has no use for."""
        match record:
            case PeopleFrame():
                self._bodies.receive(record)
            case Interaction():
                self._decide(record)
            case TrackNamed():
                self._name(record)
            case TracksMet():
                self._meet(record)
            case TrackLeft():
                self._leave(record)
            case HandAtFloor():
                self._set_down(record)
            case VisitChanged():
                self._visit(record)
            case Question():
                self._asked[record.id] = record
            case Verdict():
                self._judge(record)
            case _:
                raise Refused(f"attribution has no use for {type(record).__name__}")

    def advance(self, to: int) -> list[Said]:
        """What was concluded since the last call."""
        said, self._said = self._said, []
        return said

    def party_of(self, track: str) -> str:
        """The likeliest party of a track by the joint belief; UNREGISTERED when nothing is known of it."""
        return self._belief.party_of(track)

    def lost_probability(self) -> float:
        """The largest pruning error of any group: a bound on how much any marginal may be off."""
        return max((lost_to(group.losses) for group in self._belief.groups), default=0.0)

    def worlds(self) -> int:
        """How many worlds are held now, over all groups."""
        return sum(len(group.worlds) for group in self._belief.groups)

    # -- who is here ---------------------------------------------------------------------------------------------------

    def _visit(self, change: VisitChanged) -> None:
        if change.state == "shopping":
            self._enter(change)
        elif change.state == "leaving":
            self._left_at[change.party] = change.happened
        elif change.state in ("settling", "abandoned"):
            self._finish(change)
        elif change.state in ("settled", "unbilled"):
            self._close(change)

    def _enter(self, change: VisitChanged) -> None:
        """A party comes in: with an empty cart, whatever a visit before this one still waits for."""
        party, earlier = change.party, self._present.get(change.party)
        if earlier is not None and earlier.visit != change.visit:
            self._ended[earlier.visit] = self._cart(earlier, change.id)
        for due in [due for due in self._due.values() if due.party == party]:
            self._close(due)  # back before its last bill was settled: that bill stands as it was last told
        if earlier is None or earlier.visit != change.visit:
            self._belief.forget_lines(party)
        self._left_at.pop(party, None)
        self._present[party] = change
        if party in self._belief.loose.values():
            self._placed.add(party)

    def _name(self, record: TrackNamed) -> None:
        """A track may be some parties, or go on where a lost track ended; worlds branch over who it is."""
        names = {share.party: share.probability for share in record.names}
        earlier = {item.track: item.probability for item in record.continues if item.track != record.track}
        rest = 1.0 - sum(names.values()) - sum(earlier.values())
        if rest > 1e-9:
            names[UNREGISTERED] = names.get(UNREGISTERED, 0.0) + rest
        self._placed.update(names)
        if not earlier and len(names) == 1:
            self._belief.forget_track(record.track)
            self._belief.loose[record.track] = next(iter(names))
            return
        self._belief.forget_track(record.track)
        whole = self._belief.with_tracks([*earlier, record.track])
        whole.settle(
            world.named(math.log(chance), {**world.who, record.track: name})
            for world in whole.worlds
            for name, chance in [
                *names.items(),
                *((world.who.get(track, UNREGISTERED), chance) for track, chance in earlier.items()),
            ]
            if chance > 0
        )
        self._belief.split(whole)

    def _meet(self, record: TracksMet) -> None:
        """Worlds branch: the two tracks kept their bodies, or swapped them."""
        sure = self._belief.loose.get(record.one), self._belief.loose.get(record.other)
        if record.swap_probability <= 0 or (sure[0] is not None and sure[0] == sure[1]):
            return
        whole = self._belief.with_tracks((record.one, record.other))
        chance = min(record.swap_probability, 1 - 1e-6)
        stay, swap = math.log1p(-chance), math.log(chance)
        whole.settle(
            world.named(weight, who)
            for world in whole.worlds
            for weight, who in (
                (stay, world.who),
                (swap, world.swapped(record.one, record.other)),
            )
        )
        self._belief.split(whole)

    def _leave(self, record: TrackLeft) -> None:
        """The gate knows who left: worlds in which that track was somebody else lose weight."""
        group = self._belief.of_track(record.track) if record.track else None
        if group is None:
            self._exchange(record)
            return
        is_right = record.probability * (1 - c.GATE_ERROR)
        right, wrong = math.log(is_right), math.log1p(-is_right)
        group.settle(
            world.weighing(world.log_weight + (right if world.who.get(record.track) == record.party else wrong))
            for world in group.worlds
        )
        self._belief.split(group)

    def _exchange(self, record: TrackLeft) -> None:
        """A party left with a track that was surely taken for another: what was taken for the party is that other from now on.

        When they were swapped nobody noticed; what was charged before stays, and the shop raises an alarm.
        """
        loose = self._belief.loose
        believed = loose.get(record.track, UNREGISTERED)
        if believed in (record.party, UNREGISTERED) or record.probability < c.GATE_SURE:
            return
        seen = self._bodies.seen_since(record.happened - c.IN_VIEW)
        others = [track for track, party in loose.items() if party == record.party and track != record.track and track in seen]
        if len(others) == 1:
            loose[others[0]] = believed
        loose[record.track] = record.party

    # -- what happened -------------------------------------------------------------------------------------------------

    def _decide(self, interaction: Interaction) -> None:
        if interaction.shelf not in self._facings.homes:
            raise Refused(f"{interaction.id}: shelf {interaction.shelf!r} is not in the plan")
        self._belief.expire(interaction.envelope.arrived)
        reaches = self._bodies.reach(interaction)
        setting = self._setting(interaction, reaches)
        whole = self._belief.join(self._belief.concerned(setting))
        worlds, left_out = expand(whole.worlds, setting)
        whole.loses(left_out)
        whole.settle(worlds)
        self._tell(interaction, whole, setting, reaches)
        self._belief.split(whole)

    def _set_down(self, record: HandAtFloor) -> None:
        """What a hand at the floor held may lie there now; nobody felt it."""
        held = held_by(self._belief, record, self._told, self._low)
        if not held.atoms:
            return
        whole = set_down(self._belief, record, held)
        words = words_of(whole, newest_only=True)
        self._keep(
            Attribution(
                envelope=self._envelope(ATTRIBUTIONS, record.happened, record.envelope.arrived, (record.id,)),
                interaction=record.id,
                shelf="",
                plates=(),
                started=record.started,
                settled=record.settled,
                total_g=0.0,
                candidates=candidates_of(words, record.id),
                shares=shares_of(words, record.id, {party: 1.0 / len(held.atoms) for party in held.atoms}),
                near=(),
                doubts=("a hand was at the floor; what it held may lie there",),
            )
        )
        self._belief.split(whole)
        self._said += [self._cart(change, record.id) for change in self._due.values() if change.party in held.atoms]

    def _keep(self, attribution: Attribution) -> None:
        """Say it, and remember it so that later evidence can correct it."""
        self._told[attribution.interaction] = attribution
        if len(self._told) > c.TOLD_MAX:
            del self._told[next(iter(self._told))]
        self._said.append(attribution)
        if self._live:
            self._said += self._live_carts(attribution)

    def _live_carts(self, attribution: Attribution) -> list[Cart]:
        """What those whom this may concern hold by now; their bills are not due."""
        concerned = [share.party for share in attribution.shares if share.probability >= LIVE_SHARE_MIN]
        changes = [self._present[party] for party in concerned if party in self._present]
        return [
            Cart(
                envelope=self._envelope(LIVE, attribution.happened, attribution.envelope.arrived, (attribution.id,)),
                visit=change.visit,
                party=change.party,
                lines=self._lines(self._belief.holding(change.party), change.party),
                final=False,
            )
            for change in changes
        ]

    def _setting(self, interaction: Interaction, reaches: Mapping[str, Reach]) -> Setting:
        gone = {party for party, at in self._left_at.items() if at < interaction.started}
        homes = self._facings.homes[interaction.shelf]
        return Setting(
            interaction,
            {track: reach.log_ratio for track, reach in reaches.items()},
            self._belief.loose,
            {party: 0.0 for party in self._present if party not in self._placed and party not in gone},
            frozenset(gone),
            len(self._present),
            self._belief.pieces() if interaction.total_g > 0 else {},
            homes,
            sum(len(extents) for extents in homes.values()),
            self._facings.reaches(interaction, self._bodies),
            self._switches.strays,
            self._bodies.anytime(interaction) if may_be_shared(interaction) else {},
            frozenset((*self._present, STAFF, UNREGISTERED)),
        )

    def _tell(self, interaction: Interaction, group: Group, setting: Setting, reaches: Mapping[str, Reach]) -> None:
        words = words_of(group, newest_only=True)
        near = near_by(group, reaches, setting)
        candidates = candidates_of(words, interaction.id)
        joins = joins_of(words, interaction.id, candidates[0]) if candidates else ()
        self._keep(
            Attribution(
                envelope=self._envelope(ATTRIBUTIONS, interaction.happened, interaction.envelope.arrived, (interaction.id,)),
                interaction=interaction.id,
                shelf=interaction.shelf,
                plates=interaction.plates,
                started=interaction.started,
                settled=interaction.settled,
                total_g=interaction.total_g,
                candidates=candidates,
                shares=shares_of(words, interaction.id, touching(group, setting)),
                near=near,
                doubts=doubts_about(interaction, near, joins),
                joins=joins,
            )
        )

    # -- the bill is due -----------------------------------------------------------------------------------------------

    def _finish(self, change: VisitChanged) -> None:
        if change.visit in self._ended:
            ended = self._ended.pop(change.visit)
            envelope = self._envelope(CARTS, change.happened, change.envelope.arrived, (change.id,))
            self._said.append(msgspec.structs.replace(ended, envelope=envelope, doubts=()))
            return
        if change.party not in self._present:
            raise Refused(f"{change.id}: party {change.party!r} is not in the shop")
        for group in self._belief.holding(change.party):
            group.settle([expired(world, change.happened, SETTLED_LOAD) for world in group.worlds])
            self._revise(group, change)
        if change.state == "settling":
            self._present.pop(change.party)
            self._due[change.visit] = change
            self._said.append(self._cart(change, change.id))

    def _close(self, change: VisitChanged) -> None:
        """No verdict can change this bill any more: the party leaves the worlds."""
        if self._due.pop(change.visit, None) is not None:
            self._episodes.pop(change.visit, None)
            self._asked = {name: question for name, question in self._asked.items() if question.visit != change.visit}
            self._remove(change.party)

    def _judge(self, verdict: Verdict) -> None:
        """A reviewer looked: worlds that say otherwise lose weight, and every bill that still waits is worked out anew."""
        question = self._asked.pop(verdict.question, None)
        due = self._due.get(question.visit) if question else None
        if question is None or due is None:
            return
        if verdict.answer == "choice" and not 1 <= verdict.choice <= len(question.choices):
            raise Refused(f"{verdict.id}: {question.id} has no choice {verdict.choice}")
        episode = self._episodes[question.visit].get(question.interaction, (question.interaction,))
        for group in [*self._belief.groups]:
            if remembered(group).intersection(episode):
                group.settle([judged(world, question, episode, due.party, verdict) for world in group.worlds])
                self._revise(group, verdict)
                self._belief.split(group)
        self._said += [self._cart(change, verdict.id) for change in self._due.values()]

    def _cart(self, change: VisitChanged, cause: str) -> Cart:
        groups = self._belief.holding(change.party)
        shown = self._lines(groups, change.party)
        doubts = doubts_of(groups, change.party, shown, self._told)
        self._episodes.setdefault(change.visit, {}).update((doubt.interaction, episode) for doubt, episode in doubts)
        return Cart(
            envelope=self._envelope(CARTS, change.happened, change.envelope.arrived, (cause,)),
            visit=change.visit,
            party=change.party,
            lines=shown,
            final=True,
            lost_probability=rounded(lost_to({loss: None for group in groups for loss in group.losses})),
            doubts=tuple(doubt for doubt, _ in doubts),
        )

    @staticmethod
    def _lines(groups: list[Group], party: str) -> tuple[CartLine, ...]:
        skus = sorted({sku for group in groups for owner, sku in group.atoms() if owner == party})
        lines = [line_of(groups, party, sku) for sku in skus]
        return tuple(line for line in lines if line.at_least and line.at_least[0] >= SHOWN_MIN)

    def _remove(self, party: str) -> None:
        """The party is gone, and what nobody remembers any more is as it was told."""
        self._left_at.pop(party, None)
        self._placed.discard(party)
        self._belief.forget_party(party)
        known = {name for group in self._belief.groups for name in remembered(group)}
        self._told = {name: told for name, told in self._told.items() if name in known}

    def _revise(self, group: Group, change: VisitChanged | Verdict) -> None:
        """Say again what later evidence has changed about the interactions that this group alone remembers."""
        words = words_of(group)
        elsewhere = {name for other in self._belief.groups if other is not group for name in remembered(other)}
        for name in dict.fromkeys(name for word in words for name in word.happenings):
            old = self._told.get(name)
            if old is None or name in elsewhere or not self._may_still_change(old):
                continue
            candidates = candidates_of(words, name)
            shares = shares_of(words, name, {share.party: share.probability for share in old.shares})
            if candidates == old.candidates and shares == old.shares:
                continue
            envelope = self._envelope(ATTRIBUTIONS, old.happened, change.envelope.arrived, (name, change.id))
            revised = msgspec.structs.replace(old, envelope=envelope, candidates=candidates, shares=shares)
            self._told[name] = revised
            self._said.append(revised)

    def _may_still_change(self, told: Attribution) -> bool:
        """What was said stands once somebody whose bill it made has got that bill."""
        billed = (share.party for share in told.shares if share.party not in RESERVED_PARTIES and share.probability > 0.001)
        waiting = {change.party for change in self._due.values()}
        return all(party in self._present or party in waiting for party in billed)

    def _envelope(self, stream: str, happened: int, arrived: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._sequence[stream]
        self._sequence[stream] = sequence + 1
        return Envelope(
            store=self._plan.store, stream=stream, sequence=sequence, happened=happened, arrived=arrived, because=because
        )
