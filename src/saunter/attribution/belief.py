"""The joint belief as groups of worlds: found, joined for what concerns them together, and split where they are independent."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from saunter.attribution import constants as c
from saunter.attribution.branching import Setting
from saunter.attribution.expanding import expired
from saunter.attribution.factoring import apart
from saunter.attribution.worlds import Group, World, together
from saunter.base.ids import UNREGISTERED
from saunter.records import Interaction


class Belief:
    """Everything believed now: `groups` of worlds, and `loose`, the party of each track that is in no doubt."""

    def __init__(self, worlds_max: int = c.WORLDS_MAX) -> None:
        self._worlds_max = worlds_max
        self.groups: list[Group] = []
        self.loose: dict[str, str] = {}

    def of_track(self, track: str) -> Group | None:
        """The group in which this track's party is in doubt; None when it is in none."""
        return next((group for group in self.groups if track in group.tracks()), None)

    def with_tracks(self, tracks: Iterable[str]) -> Group:
        """One group in which all these tracks are, taken out of the sure ones where need be."""
        groups = []
        for track in tracks:
            known = self.of_track(track)
            if known is None:
                known = Group([World(0.0, {}, {track: self.loose.pop(track, UNREGISTERED)})], worlds_max=self._worlds_max)
                self.groups.append(known)
            groups.append(known)
        return self.join(groups)

    def join(self, groups: Iterable[Group]) -> Group:
        """These groups as one of the shop's; a new, empty one when there are none."""
        unique = list({id(group): group for group in groups}.values())
        whole = together(unique) if unique else Group([World(0.0)], worlds_max=self._worlds_max)
        self.groups = [group for group in self.groups if all(group is not old for old in unique)]
        self.groups.append(whole)
        return whole

    def forget_track(self, track: str) -> None:
        """Whatever was believed of the track's name gives way to a new naming."""
        self.loose.pop(track, None)
        group = self.of_track(track)
        if group is not None:
            group.settle([world.named(0.0, {t: party for t, party in world.who.items() if t != track}) for world in group.worlds])
            self.split(group)

    def expire(self, now: int) -> None:
        """Loads that should have gone again by now are held against their worlds; parties they entangled come apart."""
        for group in list(self.groups):
            loads = (load for world in group.worlds for load in world.passing) if group.shelves() else ()
            if any(now - load.settled > c.RESOLVE_WITHIN for load in loads):
                group.settle([expired(world, now) for world in group.worlds])
                self.split(group)

    def pieces(self) -> dict[str, float]:
        """How many pieces each party is expected to hold."""
        found: dict[str, float] = {}
        for group in self.groups:
            for party, pieces in group.pieces().items():
                found[party] = found.get(party, 0.0) + pieces
        return found

    def concerned(self, setting: Setting) -> list[Group]:
        """Groups that know a track that may have acted, a cart line that may change, or what lies on this shelf."""
        nearest = setting.nearest()
        best = max((*nearest.values(), *setting.unplaced.values()), default=0.0)
        near = {track for track, ratio in nearest.items() if ratio > best - c.ACTOR_NATS}
        shelf = setting.interaction.shelf
        groups = [group for group in self.groups if shelf in group.shelves() or near & group.tracks()]
        parties = {party for group in groups for world in group.worlds for party in world.who.values()}
        parties.update(self.loose[track] for track in near if track in self.loose)
        lines = _lines_that_may_change(setting.interaction, parties | set(setting.unplaced))
        known = {id(group) for group in groups}
        return groups + [group for group in self.groups if id(group) not in known and lines(group)]

    def split(self, whole: Group) -> None:
        """Put a group's independent parts in its place; tracks that are in no doubt any more become loose."""
        parts = apart(whole)
        for part in parts:
            if len(part.worlds) == 1 and part.worlds[0].who:
                self.loose.update(part.worlds[0].who)
                part.worlds = [part.worlds[0].named(0.0, {})]
        kept = [part for part in parts if part.atoms() or part.tracks() or part.shelves()]
        self.groups = [group for group in self.groups if group is not whole] + kept

    def holding(self, party: str) -> list[Group]:
        """The groups that say something of this party's cart."""
        return [group for group in self.groups if any(owner == party for owner, _ in group.atoms())]

    def party_of(self, track: str) -> str:
        """The likeliest party of a track; UNREGISTERED when nothing is known of it."""
        group = self.of_track(track)
        if group is None:
            return self.loose.get(track, UNREGISTERED)
        chances: dict[str, float] = {}
        for weight, world in zip(group.weights(), group.worlds, strict=True):
            name = world.who.get(track, UNREGISTERED)
            chances[name] = chances.get(name, 0.0) + weight
        return max(sorted(chances), key=lambda name: chances[name])

    def forget_party(self, party: str) -> None:
        """The party is gone: its lines and its tracks leave the worlds."""
        self.loose = {track: name for track, name in self.loose.items() if name != party}
        self.forget_lines(party)
        for group in [*self.groups]:
            if any(party in world.who.values() for world in group.worlds):
                group.settle([_unnamed(world, party) for world in group.worlds])
                self.split(group)
        self._bound_orphans()

    def forget_lines(self, party: str) -> None:
        """The party's cart is empty, in every world."""
        for group in self.holding(party):
            group.settle([_without(world, party) for world in group.worlds])
            self.split(group)

    def _bound_orphans(self) -> None:
        """Groups without cart lines or tracks only remember what lies astray; the oldest are forgotten beyond a limit."""
        orphans = [group for group in self.groups if not group.atoms() and not group.tracks()]
        if len(orphans) > c.ORPHANS_MAX:
            self.groups = [group for group in self.groups if group is not orphans[0]]


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
    counts = {atom: count for atom, count in world.counts.items() if atom[0] != party}
    return World(world.log_weight, counts, world.who, world.strays, world.passing, world.trail)


def _unnamed(world: World, party: str) -> World:
    return world.named(0.0, {track: name for track, name in world.who.items() if name != party})
