"""The attribution room: interactions and tracks in; who took what, and carts, out. The joint belief lives here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec

from saunter.attribution import constants as c
from saunter.attribution.expanding import Setting, expand, expired
from saunter.attribution.factoring import apart
from saunter.attribution.reach import Bodies, Reach
from saunter.attribution.reporting import candidates_of, lines_of, shares_of, words_of
from saunter.attribution.worlds import Group, World, together
from saunter.base.errors import Refused
from saunter.base.ids import NOBODY, UNREGISTERED
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
        return max((group.lost for group in self._groups), default=0.0)

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

    def _enter(self, party: str) -> Group:
        self._left_at.pop(party, None)
        for group in self._groups:
            if party in group.parties:
                return group
        known = sorted(track for track, name in self._loose.items() if name == party)
        for track in known:
            del self._loose[track]
        group = Group([World(0.0, {party: ()}, dict.fromkeys(known, party))])
        if known:
            self._placed.add(party)
        self._groups.append(group)
        return group

    def _of_track(self, track: str) -> Group | None:
        return next((group for group in self._groups if any(track in world.who for world in group.worlds)), None)

    def _of_party(self, party: str) -> Group | None:
        return next((group for group in self._groups if party in group.parties), None)

    def _join(self, groups: Iterable[Group]) -> Group:
        unique = list({id(group): group for group in groups}.values())
        if len(unique) == 1:
            return unique[0]
        whole = together(unique)
        self._groups = [group for group in self._groups if all(group is not old for old in unique)]
        self._groups.append(whole)
        return whole

    def _name(self, record: TrackNamed) -> None:
        """A track may be some parties, or go on where a lost track ended; worlds branch over who it is."""
        names: dict[str, float] = {share.party: share.probability for share in record.names}
        for continuation in record.continues:
            name = f"\x00{continuation.track}"
            names[name] = names.get(name, 0.0) + continuation.probability
        rest = 1.0 - sum(names.values())
        if rest > 1e-9:
            names[UNREGISTERED] = names.get(UNREGISTERED, 0.0) + rest
        groups = [group for name in names if (group := self._group_named(name)) is not None]
        if not groups:
            sure = max(names, key=lambda name: names[name])
            self._loose[record.track] = self._loose.get(sure[1:], UNREGISTERED) if sure.startswith("\x00") else sure
            return
        self._placed.update(share.party for share in record.names)
        self._loose.pop(record.track, None)
        old = self._of_track(record.track)
        whole = self._join([*groups, *([old] if old else [])])
        whole.settle(
            replace(
                world, log_weight=world.log_weight + math.log(chance), who={**world.who, record.track: self._meaning(world, name)}
            )
            for world in whole.worlds
            for name, chance in names.items()
            if chance > 0
        )

    def _group_named(self, name: str) -> Group | None:
        return self._of_track(name[1:]) if name.startswith("\x00") else self._of_party(name)

    def _meaning(self, world: World, name: str) -> str:
        if not name.startswith("\x00"):
            return name
        return world.who.get(name[1:]) or self._loose.get(name[1:], UNREGISTERED)

    def _meet(self, record: TracksMet) -> None:
        """Worlds branch: the two tracks kept their bodies, or swapped them."""
        one, other = self._of_track(record.one), self._of_track(record.other)
        groups = [group for group in (one, other) if group is not None]
        if not groups or record.swap_probability <= 0:
            return
        whole = self._join(groups)
        swapped = [crossed for world in whole.worlds if (crossed := self._swapped(world, record)) is not None]
        if swapped:
            stay = math.log1p(-record.swap_probability)
            kept = [replace(world, log_weight=world.log_weight + stay) for world in whole.worlds]
            whole.settle([*kept, *swapped])

    def _swapped(self, world: World, record: TracksMet) -> World | None:
        """The world in which the two tracks go on under each other's name; None where they are of one party."""
        one = world.who.get(record.one, self._loose.get(record.one, UNREGISTERED))
        other = world.who.get(record.other, self._loose.get(record.other, UNREGISTERED))
        if one == other:
            return None
        who = {**world.who, record.one: other, record.other: one}
        return replace(world, log_weight=world.log_weight + math.log(record.swap_probability), who=who)

    def _leave(self, record: TrackLeft) -> None:
        """The gate knows who left: worlds in which that track was somebody else lose weight."""
        group = self._of_track(record.track) if record.track else None
        if group is None:
            return
        right, wrong = math.log1p(-c.GATE_ERROR), math.log(c.GATE_ERROR)
        group.settle(
            replace(world, log_weight=world.log_weight + (right if world.who.get(record.track) == record.party else wrong))
            for world in group.worlds
        )

    # -- what happened -------------------------------------------------------------------------------------------------

    def _decide(self, interaction: Interaction) -> None:
        if interaction.shelf not in self._homes:
            raise Refused(f"{interaction.id}: shelf {interaction.shelf!r} is not in the plan")
        self._expire(interaction.envelope.arrived)
        reaches = self._bodies.reach(interaction)
        setting = self._setting(interaction, reaches)
        groups = self._concerned(setting)
        if not groups:
            group = Group([World(0.0, {}, {})])
            group.settle(expand(group.worlds, setting))
            self._tell(interaction, group, setting, reaches)
            return
        whole = self._join(groups)
        whole.settle(expand(whole.worlds, setting))
        whole.interactions[interaction.id] = None
        while len(whole.interactions) > c.TRAIL_MAX:
            del whole.interactions[next(iter(whole.interactions))]
        self._tell(interaction, whole, setting, reaches)
        self._split(whole)

    def _expire(self, now: int) -> None:
        """Loads that should have gone again by now are held against their worlds; parties they entangled come apart."""
        for group in list(self._groups):
            if any(now - load.settled > c.RESOLVE_WITHIN for world in group.worlds for load in world.passing):
                group.settle([expired(world, now) for world in group.worlds])
                self._split(group)

    def _setting(self, interaction: Interaction, reaches: Mapping[str, Reach]) -> Setting:
        here = [party for group in self._groups for party in group.parties]
        gone = {party for party, at in self._left_at.items() if at < interaction.started}
        unplaced = {party: 0.0 for party in here if party not in self._placed and party not in gone}
        homes = self._homes[interaction.shelf]
        return Setting(
            interaction,
            {track: reach.log_ratio for track, reach in reaches.items() if not self._is_gone(track, gone)},
            self._loose,
            unplaced,
            len(here),
            homes,
            sum(len(extents) for extents in homes.values()),
        )

    def _is_gone(self, track: str, gone: set[str]) -> bool:
        group = self._of_track(track)
        return group is not None and bool(gone) and all(world.who.get(track) in gone for world in group.worlds)

    def _concerned(self, setting: Setting) -> list[Group]:
        """Groups whose parties may have acted, or that know of strays or passing loads on this shelf."""
        best = max((*setting.tracks.values(), *setting.unplaced.values()), default=0.0)
        near = {track for track, ratio in setting.tracks.items() if ratio > best - c.ACTOR_NATS}
        shelf = setting.interaction.shelf
        return [
            group
            for group in self._groups
            if any(party in setting.unplaced for party in group.parties)
            or any(track in near for world in group.worlds for track in world.who)
            or any(stray.shelf == shelf for world in group.worlds for stray in world.strays)
            or any(load.shelf == shelf for world in group.worlds for load in world.passing)
        ]

    def _split(self, whole: Group) -> None:
        parts = apart(whole)
        if len(parts) > 1:
            self._groups = [group for group in self._groups if group is not whole] + parts

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
        if group.parties:
            self._told[interaction.id] = attribution
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
        group = self._of_party(change.party)
        if group is None:
            raise Refused(f"{change.id}: party {change.party!r} is not in the shop")
        group.settle([expired(world, change.happened, SETTLED_LOAD) for world in group.worlds])
        self._revise(group, change)
        if change.state == "settling":
            self._said.append(
                Cart(
                    envelope=self._envelope(CARTS, change.happened, change.envelope.arrived, (change.id,)),
                    visit=change.visit,
                    party=change.party,
                    lines=lines_of(group, change.party),
                    final=True,
                    lost_probability=rounded(group.lost),
                )
            )
            self._remove(group, change.party)

    def _remove(self, group: Group, party: str) -> None:
        self._left_at.pop(party, None)
        self._placed.discard(party)
        worlds = [
            replace(
                world,
                carts={name: cart for name, cart in world.carts.items() if name != party},
                who={track: name for track, name in world.who.items() if name != party},
            )
            for world in group.worlds
        ]
        strays = any(world.strays for world in worlds)
        if group.parties == (party,):
            for name in group.interactions:
                self._told.pop(name, None)
            if not strays:
                self._groups = [other for other in self._groups if other is not group]
                return
        group.settle(worlds)
        self._split(group)
        self._bound_orphans()

    def _bound_orphans(self) -> None:
        """Groups without visitors only remember strays; the oldest are forgotten beyond a limit."""
        orphans = [group for group in self._groups if not group.parties]
        for group in orphans:
            group.interactions = {}
            group.worlds = [replace(world, carts={}, trail=None) for world in group.worlds]
        if len(orphans) > c.ORPHANS_MAX:
            self._groups = [group for group in self._groups if group is not orphans[0]]

    def _revise(self, group: Group, change: VisitChanged) -> None:
        """Say again what later evidence has changed about the interactions of this group."""
        words = words_of(group)
        for name in group.interactions:
            old = self._told.get(name)
            if old is None or not any(name in word.happenings for word in words):
                continue
            candidates = candidates_of(words, name)
            touching = {share.party: share.probability for share in old.shares}
            shares = shares_of(words, name, touching)
            if candidates == old.candidates and shares == old.shares:
                continue
            envelope = self._envelope(ATTRIBUTIONS, old.happened, change.envelope.arrived, (name, change.id))
            revised = msgspec.structs.replace(old, envelope=envelope, candidates=candidates, shares=shares)
            self._told[name] = revised
            self._said.append(revised)

    def _envelope(self, stream: str, happened: int, arrived: int, because: tuple[str, ...]) -> Envelope:
        sequence = self._sequence[stream]
        self._sequence[stream] = sequence + 1
        return Envelope(
            store=self._plan.store, stream=stream, sequence=sequence, happened=happened, arrived=arrived, because=because
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
