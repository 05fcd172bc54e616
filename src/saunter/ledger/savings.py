"""What promotions take off a bill: at most one per piece, together the most that can be saved, found exactly.

The rule. Pieces are ordered from the dearest to the cheapest, equal ones by sku. Each is sold by the shelf price, by one of
the promotions on single pieces (the one that saves most, ties by id), or as a piece of a bundle or of a "cheapest free".
Of all ways to do so the one that saves most is taken; of equally good ones, going through the pieces in order, the one that
leaves a piece at its single price rather than in a group, and then the group with the first id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from saunter.base.money import Rounding, round_minor
from saunter.plan.promotions import sharing
from saunter.plan.types import Product, Promotion


class Saving(NamedTuple):
    """What one line saves in minor units, and the names of the promotions that do it, by id."""

    minor: int = 0
    promotions: tuple[str, ...] = ()


class Basket(NamedTuple):
    """So many pieces of a product, and the promotions that hold for them."""

    product: Product
    quantity: int
    promotions: tuple[Promotion, ...]


class _Piece(NamedTuple):
    """One piece: its shelf price, the best promotion on single pieces (its id) and what it saves, and the ids of the promotions
    on several pieces that it may belong to."""

    price: int
    sku: str
    single: str
    saves: int
    groups: frozenset[str]


#: How many pieces each group promotion has taken since its last complete group.
_Counts = tuple[int, ...]
NO_SAVING: Final = Saving()


def savings(baskets: Iterable[Basket], rounding: Rounding) -> dict[str, Saving]:
    """What each line saves, by sku; lines that save nothing are left out. `rounding` makes the saving of one piece whole."""
    baskets = list(baskets)
    pieces = [piece for basket in baskets for piece in _pieces(basket, rounding)]
    pieces.sort(key=lambda piece: (-piece.price, piece.sku))
    promotions = {promotion.id: promotion for basket in baskets for promotion in basket.promotions}
    saved: dict[tuple[str, str], int] = {}
    for piece in pieces:
        if not piece.groups:
            _add(saved, piece.single, piece.sku, piece.saves)
    for together in sharing(promotion for promotion in promotions.values() if promotion.pieces > 1):
        ids = {promotion.id for promotion in together}
        _combine([piece for piece in pieces if piece.groups & ids], sorted(together, key=_id), saved)
    return _by_line(saved, promotions)


def _pieces(basket: Basket, rounding: Rounding) -> list[_Piece]:
    price = basket.product.price.minor
    singles = [(single_saving(each, price, rounding), each.id) for each in basket.promotions if each.pieces == 1]
    saves, single = min(singles, key=lambda found: (-found[0], found[1]), default=(0, ""))
    groups = frozenset(each.id for each in basket.promotions if each.pieces > 1)
    return [_Piece(price, basket.product.sku, single, saves, groups)] * basket.quantity


def single_saving(promotion: Promotion, price_minor: int, rounding: Rounding) -> int:
    """What a promotion on single pieces takes off one piece: a share of its price, made whole by the named rule, or an amount,
    never more than the price."""
    if promotion.kind == "percent":
        return round_minor(Decimal(price_minor) * promotion.percent / 100, rounding)
    return min(price_minor, promotion.amount.minor if promotion.amount else 0)


def _combine(pieces: Sequence[_Piece], groups: Sequence[Promotion], saved: dict[tuple[str, str], int]) -> None:
    """The best way for pieces and group promotions that have to do with each other."""
    best = _best_from(pieces, groups)
    counts: _Counts = (0,) * len(groups)
    taken: dict[str, list[_Piece]] = {promotion.id: [] for promotion in groups}
    for place, piece in enumerate(pieces):
        at = _choice(piece, groups, counts, best[place], best[place + 1])
        if at is None:
            _add(saved, piece.single, piece.sku, piece.saves)
        else:
            taken[groups[at].id].append(piece)
            counts = _with_one_more(counts, at, groups)
    for promotion in groups:
        for sku, minor in _split(promotion, taken[promotion.id]).items():
            _add(saved, promotion.id, sku, minor)


def _best_from(pieces: Sequence[_Piece], groups: Sequence[Promotion]) -> list[dict[_Counts, int]]:
    """`best[i][counts]`: the most that the pieces from i on can save when the groups stand at `counts`. Counts from which no
    way leads to complete groups are left out. What does not come to be counted is never reached."""
    reached: list[set[_Counts]] = [{(0,) * len(groups)}]
    for piece in pieces:
        here = reached[-1]
        more = {_with_one_more(counts, at, groups) for at in _open_to(piece, groups) for counts in here}
        reached.append(here | more)
    best: list[dict[_Counts, int]] = [{(0,) * len(groups): 0}]
    for piece, here in zip(reversed(pieces), reversed(reached[:-1]), strict=True):
        after = best[-1]
        found: dict[_Counts, int] = {}
        for counts in here:
            ways = [piece.saves + after[counts]] if counts in after else []
            for at in _open_to(piece, groups):
                next_counts = _with_one_more(counts, at, groups)
                if next_counts in after:
                    ways.append(_gain(piece, groups[at], next_counts[at]) + after[next_counts])
            if ways:
                found[counts] = max(ways)
        best.append(found)
    return best[::-1]


def _choice(
    piece: _Piece, groups: Sequence[Promotion], counts: _Counts, here: dict[_Counts, int], after: dict[_Counts, int]
) -> int | None:
    """What becomes of a piece on the best way: which group it joins, or None."""
    if counts in after and piece.saves + after[counts] == here[counts]:
        return None
    for at in _open_to(piece, groups):
        next_counts = _with_one_more(counts, at, groups)
        if next_counts in after and _gain(piece, groups[at], next_counts[at]) + after[next_counts] == here[counts]:
            return at
    raise AssertionError("the best way goes on from every piece")


def _open_to(piece: _Piece, groups: Sequence[Promotion]) -> list[int]:
    return [at for at, promotion in enumerate(groups) if promotion.id in piece.groups]


def _with_one_more(counts: _Counts, at: int, groups: Sequence[Promotion]) -> _Counts:
    return (*counts[:at], (counts[at] + 1) % groups[at].pieces, *counts[at + 1 :])


def _gain(piece: _Piece, promotion: Promotion, count: int) -> int:
    """What a piece adds to the saving when it joins a group; `count` 0: it completes one. Pieces come dearest first, so that
    the piece that completes a "cheapest free" is its cheapest."""
    if promotion.kind == "bundle":
        together = promotion.price.minor if promotion.price else 0
        return piece.price - (0 if count else together)
    return 0 if count else piece.price


def _split(promotion: Promotion, taken: Sequence[_Piece]) -> dict[str, int]:
    """What each line saves by a group promotion. The free pieces of a "cheapest free" are free; what bundles save is split over
    their lines by the shelf prices of the pieces in them, to the unit: the largest remainders get one more, ties by sku."""
    shelf: dict[str, int] = {}
    if promotion.kind == "cheapest free":
        for piece in taken[promotion.pieces - 1 :: promotion.pieces]:
            shelf[piece.sku] = shelf.get(piece.sku, 0) + piece.price
        return shelf
    for piece in taken:
        shelf[piece.sku] = shelf.get(piece.sku, 0) + piece.price
    together = promotion.price.minor if promotion.price else 0
    saves = sum(shelf.values()) - together * (len(taken) // promotion.pieces)
    return split(saves, shelf)


def split(minor: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole minor units (0 or more) split by weights to the last one: everybody gets the whole part of their share, the largest
    remainders one more, ties by name. Where nothing has weight there is nothing to split."""
    whole = sum(weights.values())
    if not whole:
        return {}
    shares = {name: minor * weight // whole for name, weight in weights.items()}
    left = minor - sum(shares.values())
    for name in sorted(weights, key=lambda name: (-(minor * weights[name] % whole), name))[:left]:
        shares[name] += 1
    return shares


def _add(saved: dict[tuple[str, str], int], promotion: str, sku: str, minor: int) -> None:
    if minor:
        saved[promotion, sku] = saved.get((promotion, sku), 0) + minor


def _by_line(saved: Mapping[tuple[str, str], int], promotions: Mapping[str, Promotion]) -> dict[str, Saving]:
    lines: dict[str, Saving] = {}
    for (id_, sku), minor in sorted(saved.items()):
        line = lines.get(sku, NO_SAVING)
        lines[sku] = Saving(line.minor + minor, (*line.promotions, promotions[id_].name))
    return lines


def _id(promotion: Promotion) -> str:
    return promotion.id
