"""One interaction in one surrounding: every explanation x every possible actor, each a branch with its cost.

Worlds that agree on who may have acted and on what lies or passes on this shelf share a surrounding, and so these branches;
only what must come out of a cart depends on more (`returned`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from saunter.attribution import constants as c
from saunter.attribution.worlds import Effect, Happening, Passing, Stray
from saunter.base.habits import OTHER_PRODUCT, quantity_log_prior
from saunter.base.ids import STAFF, UNREGISTERED
from saunter.base.probability import log_sum, normal_log_density
from saunter.base.time import to_seconds
from saunter.records import Candidate, Interaction, Span

Changes = tuple[tuple[str, int], ...]
#: Who holds the products of a put-back, and how many of each: (owner, pieces by product) in the order of the owners' lines.
Holding = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds an interaction: how near each track and each positionless party came, and the shelf's facings.

    `tracks` and `unplaced` hold log likelihood ratios, `loose` the party of each track that is in no doubt; `gone` are parties
    that had left before it began, and did nothing; `present` counts the parties in the shop, `inside` are they, with STAFF and
    whoever has no key; `pieces` what each is expected to hold; `homes` maps a sku to the extents (metres along the shelf) of its
    facings on this shelf, `facings` counts all of them. `at` are the ratios of tracks at the facing of each product, where
    several may have been taken at once; `anytime` over all moments of a long change, where two may have done a part of it each;
    `strays` says whether what is put where it has no facing is remembered to lie there.
    """

    interaction: Interaction
    tracks: Mapping[str, float]
    loose: Mapping[str, str]
    unplaced: Mapping[str, float]
    gone: frozenset[str]
    present: int
    pieces: Mapping[str, float]
    homes: Mapping[str, Sequence[tuple[float, float]]]
    facings: int
    at: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strays: bool = True
    anytime: Mapping[str, float] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()

    def nearest(self) -> dict[str, float]:
        """The best ratio of each track: to all of the change, to one of its products, or to a part of it."""
        found = dict(self.tracks)
        for ratios in (*self.at.values(), self.anytime):
            for track, ratio in ratios.items():
                found[track] = max(ratio, found.get(track, ratio))
        return found


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may have done it: the party, and the log of prior x reach; `at` the same at the facing of one product,
    `part` the same for who did a part of it, at whatever moment."""

    party: str
    log_weight: float
    at: tuple[tuple[str, float], ...] = ()
    part: float = -math.inf

    def taking(self, skus: Collection[str]) -> float:
        """Log of prior x reach of who took these products: with one hand for all, or each in its place."""
        places = [log_weight for sku, log_weight in self.at if sku in skus]
        if not skus or len(places) < len(set(skus)):
            return self.log_weight
        apart = math.fsum(places) / len(places)
        return apart if len(places) == 1 else max(self.log_weight, apart)

    def sharing(self, skus: Collection[str]) -> float:
        """The same of who took these while another took the rest, earlier or later."""
        return self.taking(skus) if self.at else max(self.part, self.log_weight)


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What some worlds have in common: who may have acted, nearest first, and what lies astray or passes on this shelf."""

    doers: tuple[Actor, ...]
    strays: tuple[Stray, ...]
    passing: tuple[Passing, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A world to be: what it costs (nats), what happened, and what lies astray and passes on this shelf afterwards."""

    log_factor: float
    happening: Happening
    strays: tuple[Stray, ...]
    passing: tuple[Passing, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One span of the interaction in one surrounding: who may have done all of it, and which loads stay passing."""

    around: Surrounding
    setting: Setting
    span: Span
    doers: tuple[Actor, ...]
    passing: tuple[Passing, ...]

    def branch(
        self,
        log_factor: float,
        action: str,
        effects: tuple[Effect, ...] = (),
        changes: Changes = (),
        strays: tuple[Stray, ...] | None = None,
    ) -> Branch:
        """A world to be, in which this happened."""
        happening = Happening(self.setting.interaction.id, action, effects, changes, self.span.joins)
        return Branch(log_factor, happening, self.around.strays if strays is None else strays, self.passing)


def actors(who: Mapping[str, str], setting: Setting) -> tuple[Actor, ...]:
    """The parties that may have acted when doubtful tracks are `who`, nearest first; of several bodies the nearest counts."""
    reach = _by_party(setting.tracks, who, setting)
    places = {sku: _by_party(tracks, who, setting) for sku, tracks in setting.at.items()}
    parts = _by_party(setting.anytime, who, setting) if setting.anytime else {}
    nearest = _by_party(setting.nearest(), who, setting)
    best = max(nearest.values(), default=0.0)
    prior = -math.log(max(setting.present, 1))
    ranked = sorted(((-ratio, party) for party, ratio in nearest.items() if ratio > best - c.ACTOR_NATS))
    return tuple(
        Actor(
            party,
            prior + reach[party],
            tuple((sku, prior + place.get(party, reach[party])) for sku, place in places.items()),
            prior + parts[party] if party in parts else -math.inf,
        )
        for _, party in ranked[: c.ACTORS_MAX]
    )


def _by_party(tracks: Mapping[str, float], who: Mapping[str, str], setting: Setting) -> dict[str, float]:
    """The log likelihood ratio of each party that is still there: of its body that explains most."""
    reach = dict(setting.unplaced)
    for track, ratio in tracks.items():
        party = who.get(track) or setting.loose.get(track)
        if party is not None and party not in setting.gone:
            reach[party] = max(ratio, reach.get(party, ratio))
    return reach


def cases(around: Surrounding, setting: Setting) -> Iterator[tuple[Case, Candidate]]:
    """Every span that may be meant here, with every candidate worth following."""
    pending = {load.interaction for load in around.passing}
    for span in setting.interaction.spans:
        if pending.issuperset(span.joins):
            case = _case(around, setting, span)
            for candidate in span.candidates:
                if candidate.probability >= c.CANDIDATE_MIN or _may_matter(candidate, around):
                    yield case, candidate


def _may_matter(candidate: Candidate, around: Surrounding) -> bool:
    """Whether carts, strays or the touch itself may make likely what the shelf alone hardly believes."""
    if not candidate.changes or candidate.changes[0].quantity < 0:
        return True
    return any(stray.sku == candidate.changes[0].sku for stray in around.strays)


def comes_back(candidate: Candidate) -> bool:
    """Whether something was put back, which must come from somewhere."""
    return bool(candidate.changes) and candidate.changes[0].quantity < 0


def _case(around: Surrounding, setting: Setting, span: Span) -> Case:
    if not span.joins:
        return Case(around, setting, span, around.doers, around.passing)
    taken_in = [load for load in around.passing if load.interaction in span.joins]
    rest = tuple(load for load in around.passing if load.interaction not in span.joins)
    return Case(around, setting, span, _same_all_along(around.doers, taken_in, setting), rest)


def _same_all_along(doers: Sequence[Actor], loads: Sequence[Passing], setting: Setting) -> tuple[Actor, ...]:
    """One movement has one body: who does its end must have been able to do its beginning.

    With r the reach at an earlier load, its world was charged n + (1 - n) sum(prior r) for "somebody was there"; that the
    same one did both is prior r r', so each earlier load turns an actor's weight by r / that sum. Two who shared it may have
    done one end each: of each the better one counts, and half of that sum.
    """
    prior, known = -math.log(max(setting.present, 1)), {actor.party for actor in doers}
    nowhere = min((actor.log_weight for actor in doers), default=prior) - c.ACTOR_NATS
    earlier = {party for load in loads for party, _ in load.reach if party in setting.inside} - known
    found = [replace(actor, at=(), part=actor.sharing(())) for actor in doers]
    found += [Actor(party, nowhere) for party in sorted(earlier)]
    for load in loads:
        reach = dict(load.reach)
        least = min(reach.values(), default=0.0) - c.ACTOR_NATS
        found = [_at_both_ends(actor, reach.get(actor.party, least), load.log_somebody, prior) for actor in found]
    return tuple(sorted(found, key=lambda actor: (-actor.log_weight, actor.party)))


def _at_both_ends(actor: Actor, earlier: float, log_somebody: float, prior: float) -> Actor:
    """The actor, given the log ratio of its reach at an earlier load and what the world was charged for that load."""
    return replace(
        actor,
        log_weight=actor.log_weight + earlier - log_somebody,
        part=max(actor.sharing(()), prior + earlier) - 0.5 * log_somebody,
    )


def changes_of(candidate: Candidate) -> Changes:
    """The candidate's changes as pairs."""
    return tuple((change.sku, change.quantity) for change in candidate.changes)


def cartless(case: Case, candidate: Candidate) -> Iterator[Branch]:
    """Branches that do not depend on what anybody holds."""
    changes = changes_of(candidate)
    if not changes:
        yield _without_change(case, candidate)
    elif changes[0][1] > 0:
        yield from _taken(case, candidate, changes)
    else:
        yield from _from_nowhere(case, candidate, changes)


def _log_somebody(doers: Sequence[Actor]) -> float:
    """Log factor of a touch: somebody near did it, or nobody."""
    return log_sum((math.log(c.NOBODY_TOUCHES), math.log(1 - c.NOBODY_TOUCHES) + log_sum(actor.log_weight for actor in doers)))


def _without_change(case: Case, candidate: Candidate) -> Branch:
    """Touched, unknown or passing: no cart changes; somebody was there, or nobody."""
    branch = case.branch(candidate.log_likelihood + candidate.log_prior + _log_somebody(case.doers), candidate.action)
    if candidate.action != "passing":
        return branch
    interaction = case.setting.interaction
    earlier = {load.interaction: load for load in case.around.passing}
    loads = [replace(earlier[name], settled=interaction.settled) for name in case.span.joins]
    prior = -math.log(max(case.setting.present, 1))
    reach = tuple((actor.party, actor.log_weight - prior) for actor in case.around.doers)
    loads.append(Passing(interaction.id, interaction.shelf, interaction.settled, reach, _log_somebody(case.around.doers)))
    return replace(branch, passing=(*case.passing, *loads))


def _taken(case: Case, candidate: Candidate, changes: Changes) -> Iterator[Branch]:
    log_prior, strays = _from_strays(case, changes, candidate.log_prior)
    base = candidate.log_likelihood + log_prior
    skus = {sku for sku, _ in changes}
    for actor in case.doers:
        effects = tuple(Effect(actor.party, sku, count) for sku, count in changes)
        log_weight = actor.log_weight if len(skus) == 1 else actor.taking(skus)
        yield case.branch(base + log_weight, "taken", effects, changes, strays)
    yield case.branch(base + math.log(c.NOBODY_TAKES), "taken", (), changes, strays)
    for effects, factor in _shared(changes, case.doers, case.setting):
        yield case.branch(base + factor, "taken", effects, changes, strays)


def _from_strays(case: Case, changes: Changes, log_prior: float) -> tuple[float, tuple[Stray, ...]]:
    """Prior and remaining strays when a single product was taken that lies here because somebody left it here."""
    strays, setting = case.around.strays, case.setting
    if len(changes) != 1:
        return log_prior, strays
    sku, count = changes[0]
    for stray in strays:
        distance = abs(stray.centre_m - setting.interaction.centre_m)
        if stray.sku != sku or stray.count < count or distance > 6 * c.STRAY_SD_M:
            continue
        from_here = -math.log(setting.facings + 1) + normal_log_density(distance, c.STRAY_SD_M) + quantity_log_prior(count)
        rest = tuple(
            Stray(s.shelf, s.centre_m, s.sku, s.count - count) if s is stray else s
            for s in strays
            if s is not stray or s.count > count
        )
        return (log_sum((log_prior, from_here)), rest) if from_here > log_prior else (log_prior, strays)
    return log_prior, strays


def _shared(changes: Changes, doers: Sequence[Actor], setting: Setting) -> Iterator[tuple[tuple[Effect, ...], float]]:
    """Two parties acting in the same moment: every way to share the pieces between two of the three nearest.

    One hand taking n at once becomes two hands taking fewer each; the second acts by coincidence.
    """
    pieces = [sku for sku, count in changes for _ in range(count)]
    if not 2 <= len(pieces) <= 3:
        return
    together, present = _grab_log_prior(pieces), setting.present
    seconds = to_seconds(setting.interaction.settled - setting.interaction.started)
    near = sorted(doers, key=lambda actor: (-actor.sharing(()), actor.party))[:3]
    for number, one in enumerate(near):
        for other in near[number + 1 :]:
            for mask in range(1, 2 ** len(pieces) - 1):
                first = [sku for index, sku in enumerate(pieces) if mask >> index & 1]
                if _seen_before(pieces, mask):
                    continue
                second = [sku for index, sku in enumerate(pieces) if not mask >> index & 1]
                singles = _grab_log_prior(first) + _grab_log_prior(second)
                same = c.SAME_PLACE if set(first) & set(second) else c.SAME_SHELF
                coincidence = math.log(c.COINCIDENCE * max(seconds, 1.0) * same * max(present, 1))
                effects = _counted(one.party, first) + _counted(other.party, second)
                yield effects, one.sharing(first) + other.sharing(second) + coincidence + singles - together


def _grab_log_prior(skus: Sequence[str]) -> float:
    """Log probability of one hand taking these pieces at once, whatever the products."""
    kinds = sorted(set(skus))
    return sum(quantity_log_prior(skus.count(sku)) for sku in kinds) + (len(kinds) - 1) * math.log(OTHER_PRODUCT)


def _seen_before(pieces: Sequence[str], mask: int) -> bool:
    """Whether an equal sharing with a smaller mask exists: equal neighbours must be given out in order."""
    return any(pieces[i] == pieces[i - 1] and mask >> i & 1 and not mask >> (i - 1) & 1 for i in range(1, len(pieces)))


def _counted(party: str, skus: Sequence[str]) -> tuple[Effect, ...]:
    return tuple(Effect(party, sku, skus.count(sku)) for sku in sorted(set(skus)))


def _from_nowhere(case: Case, candidate: Candidate, changes: Changes) -> Iterator[Branch]:
    """Put back out of no cart that we know: staff restocks, or a take was missed."""
    base = candidate.log_likelihood + candidate.log_prior
    for actor in case.doers:
        if actor.party in (STAFF, UNREGISTERED):
            effects = tuple(Effect(actor.party, sku, count) for sku, count in changes)
            restocks = 0.0 if actor.party == STAFF else math.log(c.STRANGER_RESTOCKS)
            yield case.branch(
                base + actor.log_weight + restocks - math.log(case.setting.facings + 1), "put back", effects, changes
            )
    strays = _left_astray(case, changes)
    somebody = log_sum((math.log(c.NOBODY_TAKES), *(actor.log_weight for actor in case.doers)))
    yield case.branch(base + math.log(c.GHOST) + somebody, "put back", (), changes, strays)


def returned(case: Case, candidate: Candidate, holding: Holding) -> Iterator[Branch]:
    """Put back out of a cart of `holding`: by the one who holds it, or by another to whom it was handed."""
    changes = changes_of(candidate)
    base = candidate.log_likelihood + candidate.log_prior
    strays = _left_astray(case, changes)
    owners = list(_owners(case, changes, holding))
    for actor in case.doers:
        if actor.party == STAFF:
            continue
        for owner, chosen in owners:
            handed = 0.0 if owner == actor.party else math.log(c.HANDED_OVER)
            effects = tuple(Effect(owner, sku, count) for sku, count in changes)
            yield case.branch(base + actor.log_weight + chosen + handed, "put back", effects, changes, strays)


def _owners(case: Case, changes: Changes, holding: Holding) -> Iterator[tuple[str, float]]:
    """Whose cart it may have come from, and the log chance of choosing these pieces out of all that the owner holds."""
    for owner, held in holding:
        if all(here >= -count for here, (_, count) in zip(held, changes, strict=True)):
            size = max(case.setting.pieces.get(owner, 0.0), sum(held))
            yield owner, sum(math.log(here / size) for here in held)


def _left_astray(case: Case, changes: Changes) -> tuple[Stray, ...]:
    """Strays afterwards: pieces put where they have no facing lie there from now on."""
    interaction, homes = case.setting.interaction, case.setting.homes
    if not case.setting.strays:
        return ()
    left = [
        Stray(interaction.shelf, interaction.centre_m, sku, -count)
        for sku, count in changes
        if not any(left_m - 0.1 <= interaction.centre_m <= right_m + 0.1 for left_m, right_m in homes.get(sku, ()))
    ]
    return (*case.around.strays, *left)
