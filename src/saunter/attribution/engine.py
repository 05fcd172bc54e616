"""The attribution room: interactions and tracks in; who took what, and carts, out. The joint belief lives here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from saunter.attribution import constants as c
from saunter.attribution.branching import Setting
from saunter.attribution.expanding import expand, expired
from saunter.attribution.factoring import apart
from saunter.attribution.reach import Bodies, Reach
from saunter.attribution.reporting import SHOWN_MIN, candidates_of, line_of, remembered, shares_of, words_of
from saunter.attribution.worlds import Group, World, lost_to, together
from saunter.base.errors import Refused
from saunter.base.ids import NOBODY, RESERVED_PARTIES, UNREGISTERED
from saunter.base.probability import rounded
from saunter.base.time import SECOND
from saunter.plan import Plan
from saunter.records import (
    Approach,
    Attribution,
    Cart,
    Envelope,
    Interaction,
    PeopleFrame,
    TrackLeft,
    TrackNamed,
    TracksMet,
    VisitChanged,
)

ATTRIBUTIONS, CARTS = "attribution/interactions", "attribution/carts"
#: A load still passing this long after it settled, when its party's bill is due, is held against the world.
SETTLED_LOAD = 4 * SECOND
Said = Attribution | Cart


class AttributionEngine:
    """Weighted worlds over everybody in the shop, factored into groups of entangled parties (DESIGN 5).

    `receive` takes people frames, who-is-who records, visit changes and interactions in the order the shop learned of
    them; `advance` returns attributions and carts. A visit that reaches `settling` gets its final cart and leaves.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._bodies = Bodies(plan)
        self._groups: list[Group] = []
        self._present: dict[str, None] = {}
        self._loose: dict[str, str] = {}
        self._placed: set[str] = set()
        self._left_at: dict[str, int] = {}
        self._told: dict[str, Attribution] = {}
        self._said: list[Said] = []
        self._sequence = {ATTRIBUTIONS: 0, CARTS: 0}
        self._homes = {shelf: _homes(plan, shelf) for shelf in plan.shelves}

    def receive(self, record: PeopleFrame | TrackNamed | TracksMet | TrackLeft | VisitChanged | Interaction) -> None:
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
            case VisitChanged():
                self._visit(record)
            case _:
                raise Refused(f"attribution has no use for {type(record).__name__}")

    def advance(self, to: int) -> list[Said]:
        """What was concluded since the last call."""
        said, self._said = self._said, []
        return said

    def party_of(self, track: str) -> str:
        """The likeliest party of a track by the joint belief; UNREGISTERED when nothing is known of it."""
        group = self._of_track(track)
        if group is None:
            return self._loose.get(track, UNREGISTERED)
        chances: dict[str, float] = {}
        for weight, world in zip(group.weights(), group.worlds, strict=True):
            name = world.who.get(track, UNREGISTERED)
            chances[name] = chances.get(name, 0.0) + weight
        return max(sorted(chances), key=lambda name: chances[name])

    def lost_probability(self) -> float:
        """The largest pruning error of any group: a bound on how much any marginal may be off."""
        return max((lost_to(group.losses) for group in self._groups), default=0.0)

    def worlds(self) -> int:
        """How many worlds are held now, over all groups."""
        return sum(len(group.worlds) for group in self._groups)

    # -- who is here ---------------------------------------------------------------------------------------------------

    def _visit(self, change: VisitChanged) -> None:
        if change.state == "shopping":
            self._enter(change.party)
        elif change.state == "leaving":
            self._left_at[change.party] = change.happened
        elif change.state in ("settling", "abandoned"):
            self._finish(change)

    def _enter(self, party: str) -> None:
        self._left_at.pop(party, None)
        self._present[party] = None
        if party in self._loose.values():
            self._placed.add(party)

    def _of_track(self, track: str) -> Group | None:
        return next((group for group in self._groups if track in group.tracks()), None)

    def _with_tracks(self, tracks: Iterable[str]) -> Group:
        """One group in which all these tracks are, taken out of the sure ones where need be."""
        groups = []
        for track in tracks:
            known = self._of_track(track)
            if known is None:
                known = Group([World(0.0, {}, {track: self._loose.pop(track, UNREGISTERED)})])
                self._groups.append(known)
            groups.append(known)
        return self._join(groups)

    def _join(self, groups: Iterable[Group]) -> Group:
        """These groups as one of the shop's; a new, empty one when there are none."""
        unique = list({id(group): group for group in groups}.values())
        whole = together(unique) if unique else Group([World(0.0)])
        self._groups = [group for group in self._groups if all(group is not old for old in unique)]
        self._groups.append(whole)
        return whole

    def _name(self, record: TrackNamed) -> None:
        """A track may be some parties, or go on where a lost track ended; worlds branch over who it is."""
        names = {share.party: share.probability for share in record.names}
        earlier = {item.track: item.probability for item in record.continues if item.track != record.track}
        rest = 1.0 - sum(names.values()) - sum(earlier.values())
        if rest > 1e-9:
            names[UNREGISTERED] = names.get(UNREGISTERED, 0.0) + rest
        self._placed.update(names)
        if not earlier and len(names) == 1:
            self._forget_track(record.track)
            self._loose[record.track] = next(iter(names))
            return
        self._forget_track(record.track)
        whole = self._with_tracks([*earlier, record.track])
        whole.settle(
            world.named(math.log(chance), {**world.who, record.track: name})
            for world in whole.worlds
            for name, chance in [*names.items(), *((world.who[track], chance) for track, chance in earlier.items())]
            if chance > 0
        )
        self._split(whole)

    def _forget_track(self, track: str) -> None:
        """Whatever was believed of the track's name gives way to a new naming."""
        self._loose.pop(track, None)
        group = self._of_track(track)
        if group is not None:
            group.settle([world.named(0.0, {t: party for t, party in world.who.items() if t != track}) for world in group.worlds])
            self._split(group)

    def _meet(self, record: TracksMet) -> None:
        """Worlds branch: the two tracks kept their bodies, or swapped them."""
        sure = self._loose.get(record.one), self._loose.get(record.other)
        if record.swap_probability <= 0 or (sure[0] is not None and sure[0] == sure[1]):
            return
        whole = self._with_tracks((record.one, record.other))
        stay, swap = math.log1p(-record.swap_probability), math.log(record.swap_probability)
        whole.settle(
            world.named(weight, who)
            for world in whole.worlds
            for weight, who in (
                (stay, world.who),
                (swap, {**world.who, record.one: world.who[record.other], record.other: world.who[record.one]}),
            )
        )
        self._split(whole)

    def _leave(self, record: TrackLeft) -> None:
        """The gate knows who left: worlds in which that track was somebody else lose weight."""
        group = self._of_track(record.track) if record.track else None
        if group is None:
            return
        right, wrong = math.log1p(-c.GATE_ERROR), math.log(c.GATE_ERROR)
        group.settle(
            world.weighing(world.log_weight + (right if world.who.get(record.track) == record.party else wrong))
            for world in group.worlds
        )
        self._split(group)

    # -- what happened -------------------------------------------------------------------------------------------------

    def _decide(self, interaction: Interaction) -> None:
        if interaction.shelf not in self._homes:
            raise Refused(f"{interaction.id}: shelf {interaction.shelf!r} is not in the plan")
        self._expire(interaction.envelope.arrived)
        reaches = self._bodies.reach(interaction)
        setting = self._setting(interaction, reaches)
        whole = self._join(self._concerned(setting))
        worlds, left_out = expand(whole.worlds, setting)
        whole.loses(left_out)
        whole.settle(worlds)
        self._tell(interaction, whole, setting, reaches)
        self._split(whole)

    def _expire(self, now: int) -> None:
        """Loads that should have gone again by now are held against their worlds; parties they entangled come apart."""
        for group in list(self._groups):
            loads = (load for world in group.worlds for load in world.passing) if group.shelves() else ()
            if any(now - load.settled > c.RESOLVE_WITHIN for load in loads):
                group.settle([expired(world, now) for world in group.worlds])
                self._split(group)

    def _setting(self, interaction: Interaction, reaches: Mapping[str, Reach]) -> Setting:
        gone = {party for party, at in self._left_at.items() if at < interaction.started}
        homes = self._homes[interaction.shelf]
        return Setting(
            interaction,
            {track: reach.log_ratio for track, reach in reaches.items()},
            self._loose,
            {party: 0.0 for party in self._present if party not in self._placed and party not in gone},
            len(self._present),
            self._pieces() if interaction.total_g > 0 else {},
            homes,
            sum(len(extents) for extents in homes.values()),
        )

    def _pieces(self) -> dict[str, float]:
        """How many pieces each party is expected to hold."""
        found: dict[str, float] = {}
        for group in self._groups:
            for party, pieces in group.pieces().items():
                found[party] = found.get(party, 0.0) + pieces
        return found

    def _concerned(self, setting: Setting) -> list[Group]:
        """Groups that know a track that may have acted, a cart line that may change, or what lies on this shelf."""
        best = max((*setting.tracks.values(), *setting.unplaced.values()), default=0.0)
        near = {track for track, ratio in setting.tracks.items() if ratio > best - c.ACTOR_NATS}
        shelf = setting.interaction.shelf
        groups = [group for group in self._groups if shelf in group.shelves() or near & group.tracks()]
        parties = {party for group in groups for world in group.worlds for party in world.who.values()}
        parties.update(self._loose[track] for track in near if track in self._loose)
        lines = _lines_that_may_change(setting.interaction, parties | set(setting.unplaced))
        known = {id(group) for group in groups}
        return groups + [group for group in self._groups if id(group) not in known and lines(group)]

    def _split(self, whole: Group) -> None:
        parts = apart(whole)
        for part in parts:
            if len(part.worlds) == 1 and part.worlds[0].who:
                self._loose.update(part.worlds[0].who)
                part.worlds = [part.worlds[0].named(0.0, {})]
        kept = [part for part in parts if part.atoms() or part.tracks() or part.shelves()]
        self._groups = [group for group in self._groups if group is not whole] + kept

    def _tell(self, interaction: Interaction, group: Group, setting: Setting, reaches: Mapping[str, Reach]) -> None:
        words = words_of(group, newest_only=True)
        near = self._near(group, reaches, setting)
        candidates = candidates_of(words, interaction.id)
        attribution = Attribution(
            envelope=self._envelope(ATTRIBUTIONS, interaction.happened, interaction.envelope.arrived, (interaction.id,)),
            interaction=interaction.id,
            shelf=interaction.shelf,
            plates=interaction.plates,
            started=interaction.started,
            settled=interaction.settled,
            total_g=interaction.total_g,
            candidates=candidates,
            shares=shares_of(words, interaction.id, self._touching(group, setting)),
            near=near,
            doubts=_doubts(interaction, near),
        )
        self._told[interaction.id] = attribution
        if len(self._told) > c.TOLD_MAX:
            del self._told[next(iter(self._told))]
        self._said.append(attribution)

    def _touching(self, group: Group, setting: Setting) -> dict[str, float]:
        """Who may have touched when no cart changed: by reach, against nobody."""
        best = group.worlds[0]
        ratio = {party: math.exp(value) for party, value in setting.unplaced.items()}
        for track, value in setting.tracks.items():
            party = best.who.get(track) or setting.loose.get(track)
            if party is not None:
                ratio[party] = max(math.exp(value), ratio.get(party, 0.0))
        count = max(setting.present, 1)
        weights = {party: (1 - c.NOBODY_TOUCHES) * value / count for party, value in ratio.items()}
        weights[NOBODY] = c.NOBODY_TOUCHES
        total = sum(weights.values())
        return {party: weight / total for party, weight in weights.items()}

    def _near(self, group: Group, reaches: Mapping[str, Reach], setting: Setting) -> tuple[Approach, ...]:
        best = group.worlds[0]
        found = []
        for track, reach in reaches.items():
            party = best.who.get(track) or setting.loose.get(track)
            if party is not None and reach.log_ratio > math.log(0.05):
                found.append(Approach(party=party, by=reach.by, distance_m=round(reach.distance_m, 3)))
        found += [Approach(party=party, by="position unknown", distance_m=-1.0) for party in sorted(setting.unplaced)]
        return tuple(sorted(found, key=lambda item: (item.distance_m < 0, abs(item.distance_m), item.party)))

    # -- the bill is due -----------------------------------------------------------------------------------------------

    def _finish(self, change: VisitChanged) -> None:
        if change.party not in self._present:
            raise Refused(f"{change.id}: party {change.party!r} is not in the shop")
        for group in self._holding(change.party):
            group.settle([expired(world, change.happened, SETTLED_LOAD) for world in group.worlds])
            self._revise(group, change)
        if change.state == "settling":
            self._said.append(self._cart(change))
            self._remove(change.party)

    def _holding(self, party: str) -> list[Group]:
        return [group for group in self._groups if any(owner == party for owner, _ in group.atoms())]

    def _cart(self, change: VisitChanged) -> Cart:
        groups = self._holding(change.party)
        skus = sorted({sku for group in groups for owner, sku in group.atoms() if owner == change.party})
        lines = [line_of(groups, change.party, sku) for sku in skus]
        losses = {loss: None for group in groups for loss in group.losses}
        return Cart(
            envelope=self._envelope(CARTS, change.happened, change.envelope.arrived, (change.id,)),
            visit=change.visit,
            party=change.party,
            lines=tuple(line for line in lines if line.at_least and line.at_least[0] >= SHOWN_MIN),
            final=True,
            lost_probability=rounded(lost_to(losses)),
        )

    def _remove(self, party: str) -> None:
        """The party is gone: its lines and its tracks leave the worlds."""
        self._present.pop(party, None)
        self._left_at.pop(party, None)
        self._placed.discard(party)
        self._loose = {track: name for track, name in self._loose.items() if name != party}
        for group in [*self._groups]:
            if any(owner == party for owner, _ in group.atoms()) or any(party in world.who.values() for world in group.worlds):
                group.settle([_without(world, party) for world in group.worlds])
                self._split(group)
        self._bound_orphans()

    def _bound_orphans(self) -> None:
        """Groups without cart lines or tracks only remember what lies astray; the oldest are forgotten beyond a limit."""
        orphans = [group for group in self._groups if not group.atoms() and not group.tracks()]
        if len(orphans) > c.ORPHANS_MAX:
            self._groups = [group for group in self._groups if group is not orphans[0]]

    def _revise(self, group: Group, change: VisitChanged) -> None:
        """Say again what later evidence has changed about the interactions that this group alone remembers."""
        words = words_of(group)
        elsewhere = {name for other in self._groups if other is not group for name in remembered(other)}
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
        return all(party in self._present for party in billed)

    def _envelope(self, stream: str, happened: int, arrived: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._sequence[stream]
        self._sequence[stream] = sequence + 1
        return Envelope(
            store=self._plan.store, stream=stream, sequence=sequence, happened=happened, arrived=arrived, because=because
        )


def _lines_that_may_change(interaction: Interaction, parties: set[str]) -> Callable[[Group], bool]:
    """Whether a group has lines of products that these parties may have put back, or that somebody who surely has it may
    have handed to them before. What is taken adds to a cart whatever is in there, and needs no line.
    """
    put_back: set[str] = set()
    for span in interaction.spans:
        best = max(candidate.log_likelihood + candidate.log_prior for candidate in span.candidates)
        for candidate in span.candidates:
            if candidate.log_likelihood + candidate.log_prior > best - c.CANDIDATE_NATS:
                put_back.update(change.sku for change in candidate.changes if change.quantity < 0)

    if not put_back:
        return lambda group: False

    def may_change(group: Group) -> bool:
        for atom in group.atoms():
            if atom[1] in put_back:
                held = group.chance(atom)
                if held >= 0.5 or (atom[0] in parties and held >= c.HELD_MIN):
                    return True
        return False

    return may_change


def _without(world: World, party: str) -> World:
    return replace(
        world,
        counts={atom: count for atom, count in world.counts.items() if atom[0] != party},
        who={track: name for track, name in world.who.items() if name != party},
    )


def _homes(plan: Plan, shelf: str) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for facing in plan.facings_by_shelf[shelf]:
        plates = [plan.plates[plate] for plate in facing.plates]
        found.setdefault(facing.sku, []).append((min(p.along_m for p in plates), max(p.along_m + p.width_m for p in plates)))
    return found


def _doubts(interaction: Interaction, near: tuple[Approach, ...]) -> tuple[str, ...]:
    """What was hard about it, in words."""
    found = [f"plate {plate} was dead, frozen or unsettled" for plate in interaction.doubtful]
    if not near:
        found.append("nobody was seen in reach")
    elif near[0].by == "unseen":
        found.append("nobody was in view at that moment; the nearest was seen shortly before or after")
    reached = [item.party for item in near if item.by == "wrist" and item.distance_m < 0.3]
    if len(set(reached)) > 1:
        found.append(f"the hands of {' and '.join(sorted(set(reached)))} were all near")
    if len(interaction.spans) > 1:
        found.append("it may be one movement with what happened there just before")
    return tuple(found)
