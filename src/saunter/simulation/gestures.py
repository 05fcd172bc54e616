"""What hands, doors and leaning bodies do to plates over time: every gesture is a list of effects.

An effect adds `shape(t) * grams` to the plates of a shelf from `start_s` to `end_s`, and `lasting * grams` for ever after.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from saunter.base.geometry import Array
from saunter.simulation import table

Shape = Callable[[Array], Array]
Dice = np.random.Generator


@dataclass(frozen=True, slots=True)
class Effect:
    """See the module. `grams` (plates,) run over the plates of `shelf`, left to right; `shape` takes and gives (samples,)."""

    shelf: str
    grams: Array
    start_s: float
    end_s: float
    shape: Shape
    lasting: float = 0.0


@dataclass(frozen=True, slots=True)
class Gesture:
    """Effects, and when the weight had half changed and when all was over (seconds)."""

    effects: tuple[Effect, ...]
    half_s: float
    end_s: float


def lift(shelf: str, grams: Array, start_s: float, dice: Dice, *, slowly: bool = False, in_two_steps: bool = False) -> Gesture:
    """A hand grips (presses first), lifts `grams` off the plates from `start_s` on, and the shelf rings."""
    seconds = float(dice.uniform(*(table.SLOW_LIFT_S if slowly else table.LIFT_S)))
    first = float(dice.uniform(*table.TWO_STEP_SHARE)) if in_two_steps else 1.0
    pause_s = float(dice.uniform(*table.TWO_STEP_PAUSE_S)) if in_two_steps else 0.0
    end_s = start_s + seconds + pause_s

    def falling(t: Array) -> Array:
        return -_rise(t, start_s, seconds * first) * first - _rise(t, end_s - seconds * (1 - first), seconds * (1 - first)) * (
            1 - first
        )

    weight_g = float(grams.sum())
    touch_s = float(dice.uniform(*table.TOUCH_S))
    touch_g = math.exp(float(dice.uniform(*np.log(table.TOUCH_G))))
    effects = (
        Effect(shelf, grams, start_s, end_s, falling, -1.0),
        _pulse(shelf, grams / weight_g * touch_g, start_s - 0.7 * touch_s, touch_s),
        _ring(shelf, grams, end_s, dice),
    )
    half_s = end_s - seconds * (1 - first) if in_two_steps and first < 0.5 else start_s + seconds * first / 2
    return Gesture(effects, half_s, end_s)


def put(shelf: str, grams: Array, start_s: float, dice: Dice) -> Gesture:
    """`grams` arrive on the plates from `start_s` on, overshoot, and the hand rests on them a moment."""
    seconds = float(dice.uniform(*table.PUT_S))
    end_s = start_s + seconds
    over_s, over = float(dice.uniform(*table.OVERSHOOT_S)), float(dice.uniform(*table.OVERSHOOT_SHARE))
    touch_s = float(dice.uniform(*table.TOUCH_S))
    touch_g = math.exp(float(dice.uniform(*np.log(table.TOUCH_G))))
    effects = (
        Effect(shelf, grams, start_s, end_s, lambda t: _rise(t, start_s, seconds), 1.0),
        _pulse(shelf, grams * over, end_s - over_s / 2, over_s),
        _pulse(shelf, grams / float(grams.sum()) * touch_g, end_s, touch_s),
        _ring(shelf, grams, end_s, dice),
    )
    return Gesture(effects, start_s + seconds / 2, end_s + touch_s)


def hold(shelf: str, grams: Array, start_s: float, seconds: float, dice: Dice) -> Gesture:
    """A hand half carries pieces that still stand on their plates: wavering, with a tremor, and without lasting effect."""
    share, waver_hz = float(dice.uniform(*table.HOLD_SHARE)), float(dice.uniform(*table.HOLD_WAVER_HZ))
    tremor_hz, turn = float(dice.uniform(*table.TREMOR_HZ)), float(dice.uniform(0, 2 * math.pi))
    end_s = start_s + seconds

    def carried(t: Array) -> Array:
        waver = table.HOLD_WAVER_SHARE * np.sin(2 * math.pi * waver_hz * (t - start_s) + turn)
        tremor = table.TREMOR_SHARE * np.sin(2 * math.pi * tremor_hz * (t - start_s))
        return -_gate(t, start_s, end_s, table.HOLD_EDGE_S) * (share + waver + tremor)

    return Gesture((Effect(shelf, grams, start_s, end_s, carried),), start_s, end_s)


def press(shelf: str, grams: Array, start_s: float, seconds: float, dice: Dice) -> Gesture:
    """A hand presses with `grams` (plates,), trembling, and lets go."""
    tremor_hz, end_s = float(dice.uniform(*table.TREMOR_HZ)), start_s + seconds

    def force(t: Array) -> Array:
        return _gate(t, start_s, end_s, table.EDGE_S) * (1 + 0.05 * np.sin(2 * math.pi * tremor_hz * (t - start_s)))

    effects = (Effect(shelf, grams, start_s, end_s, force), _ring(shelf, grams, end_s, dice))
    return Gesture(effects, start_s, end_s)


def lean(shelves: dict[str, int], leant_on: str, force_g: float, span_s: tuple[float, float], dice: Dice) -> Gesture:
    """A body swings a shelf at 7-8 Hz by `force_g`, and the fixture's other `shelves` {id: plates} by a share of it."""
    swing_hz, (start_s, end_s) = float(dice.uniform(*table.LEAN_HZ)), span_s

    def swing(t: Array) -> Array:
        swinging = np.sin(2 * math.pi * swing_hz * (t - start_s)) * (0.75 + 0.25 * np.sin(2 * math.pi * 0.7 * (t - start_s)))
        return _gate(t, start_s, end_s, table.HOLD_EDGE_S) * (swinging + table.LEAN_REST_SHARE)

    effects = []
    for shelf, plates in shelves.items():
        felt = dice.uniform(0.3, 1.0, size=plates) * dice.choice([-1.0, 1.0], size=plates)
        effects.append(
            Effect(shelf, felt * force_g * (1.0 if shelf == leant_on else table.LEAN_OTHERS_SHARE), start_s, end_s, swing)
        )
    return Gesture(tuple(effects), start_s, end_s)


def slam(shelves: dict[str, int], force_g: float, start_s: float, dice: Dice) -> Gesture:
    """A door slams: every plate of every shelf {id: plates} rings together, loose ones by up to `force_g`."""
    slam_hz = float(dice.uniform(*table.SLAM_HZ))

    def shaking(t: Array) -> Array:
        since = np.maximum(t - start_s, 0.0)
        return np.asarray(np.exp(-since / table.SLAM_DECAY_S) * np.sin(2 * math.pi * slam_hz * since))

    effects = []
    for shelf, plates in shelves.items():
        felt = dice.uniform(0.0, 1.0, size=plates) ** table.SLAM_COUPLING_POWER * dice.choice([-1.0, 1.0], size=plates)
        effects.append(Effect(shelf, felt * force_g, start_s, start_s + table.SLAM_S, shaking))
    return Gesture(tuple(effects), start_s, start_s + table.SLAM_S)


def _rise(t: Array, start_s: float, seconds: float) -> Array:
    """0 before, 1 after, and a smooth step between (3u^2 - 2u^3)."""
    u = np.clip((t - start_s) / max(seconds, 1e-6), 0.0, 1.0)
    return np.asarray(u * u * (3 - 2 * u))


def _gate(t: Array, start_s: float, end_s: float, edge_s: float) -> Array:
    """1 between start and end, with smooth edges inside."""
    edge_s = min(edge_s, (end_s - start_s) / 2)
    return _rise(t, start_s, edge_s) * (1 - _rise(t, end_s - edge_s, edge_s))


def _pulse(shelf: str, grams: Array, start_s: float, seconds: float) -> Effect:
    """Half a sine wave."""
    return Effect(
        shelf, grams, start_s, start_s + seconds, lambda t: np.sin(math.pi * np.clip((t - start_s) / seconds, 0.0, 1.0))
    )


def _ring(shelf: str, grams: Array, start_s: float, dice: Dice) -> Effect:
    """The shelf swings after a change of load and comes to rest."""
    share, ring_hz = float(dice.uniform(*table.RING_SHARE)), float(dice.uniform(*table.RING_HZ))

    def ringing(t: Array) -> Array:
        since = np.maximum(t - start_s, 0.0)
        return np.asarray(share * np.exp(-since / table.RING_DECAY_S) * np.sin(2 * math.pi * ring_hz * since))

    return Effect(shelf, grams, start_s, start_s + table.RING_S, ringing)
