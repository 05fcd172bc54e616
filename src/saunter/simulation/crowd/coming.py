"""Coming in with a key: a party's phone asks for a code and shows it at the gate, or a card is held to the terminal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import simpy

from saunter.base.randomness import generator
from saunter.base.time import MILLISECOND, from_seconds
from saunter.plan import Gate, Plan
from saunter.records import (
    PURPOSES,
    AnyRecord,
    CardPresented,
    EntryDecided,
    Envelope,
    GateCommand,
    KeyIssued,
    KeyPresented,
    Purpose,
)
from saunter.simulation.crowd import numbers
from saunter.simulation.crowd.running import Later, Running
from saunter.simulation.crowd.shop import Party
from saunter.simulation.gestures import Dice

#: Where phones' keys stand; codes and cards are read at a gate (see `codes`, `cards`).
STREAM_KEYS: Final = "phones/keys"
#: The notice that pretend shoppers have read.
NOTICE: Final = "pretend-1"
#: How far a world that waits for no gate must be made ahead of what is told of it, so that keys come before passes (seconds).
LEAD_S: Final = numbers.DECLINED_ISSUED_S + 1.0


def codes(gate: str) -> str:
    """The stream of codes that a gate's scanner reads."""
    return f"gates/{gate}/codes"


def cards(gate: str) -> str:
    """The stream of cards that are held to a gate's terminal."""
    return f"gates/{gate}/cards"


def code_of(seed: int, party: str) -> str:
    """The code that a pretend phone shows for a party: nobody guesses it who does not know the seed."""
    return hashlib.sha256(f"entry code\x1f{seed}\x1f{party}".encode()).hexdigest()[:32]


def hash_of(code: str) -> str:
    """What the shop keeps of a code."""
    return hashlib.sha256(code.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a party as it comes to a gate. A key whose payment method is declined stands for a party of its own."""

    party: str
    method: str
    people: int
    purposes: tuple[Purpose, ...]
    is_card: bool


class Coming:
    """Everybody on the way to the gate: `before` is what a party of a crowd does there (see `Shop.before`).

    With `waits` a party stands before the gate until `hear` brings its GateCommand, and goes home when it stays shut. Without,
    nobody waits: keys are told as if they had been asked for LEAD_S ago at the earliest.

    A party's name is that of the key that lets it in, so that truth and passes agree with the shop's visits. Where the first
    payment method is declined, that first key was of `<party>-first`, who never comes in.
    """

    def __init__(
        self, plan: Plan, running: Running, gate: Gate, seed: int, name_of: Callable[[int], str], *, waits: bool, decline: float
    ) -> None:
        self._plan, self._running, self._gate, self._seed = plan, running, gate, seed
        self._env, self._name_of, self._waits, self._decline = running.shop.env, name_of, waits, decline
        self._waiting: dict[str, simpy.Event] = {}

    @property
    def pending(self) -> int:
        """How many stand before the gate."""
        return len(self._waiting)

    def before(self, party: Party) -> Generator[simpy.Event, Any, bool] | None:
        """What a party does before the gate: a life that ends with whether it was let in, or nothing that takes time."""
        dice = generator(self._seed, "phone", str(party.number))
        keys = self._keys(party, dice)
        if self._waits:
            return self._at_the_gate(keys, dice)
        self._has_shown(keys)
        return None

    def hear(self, record: AnyRecord) -> None:
        """A gate opens, or a key is denied."""
        if isinstance(record, GateCommand):
            self._answered(record.party, "admitted")
        elif isinstance(record, EntryDecided) and record.outcome == "denied":
            self._answered(record.party, record.reason)

    def _answered(self, party: str, answer: str) -> None:
        event = self._waiting.pop(party, None)
        if event is not None:
            event.succeed(answer)

    def _keys(self, party: Party, dice: Dice) -> list[Key]:
        """The keys that a party tries, one after the other; the last one pays."""
        name = self._name_of(party.number)
        is_card, is_declined = dice.random() < numbers.CARD_SHARE, dice.random() < self._decline
        purposes = _purposes(dice)
        keys = [Key(name, f"pm-{name}", party.size, purposes, bool(is_card))]
        if is_declined:
            keys.insert(0, Key(f"{name}-first", f"pm-{name}-declined", party.size, purposes, bool(is_card)))
        return keys

    def _at_the_gate(self, keys: list[Key], dice: Dice) -> Generator[simpy.Event, Any, bool]:
        for key in keys:
            if not key.is_card:
                self._is_issued(key, self._env.now)
                yield self._env.timeout(float(dice.uniform(*numbers.TO_THE_GATE_S)))
            self._is_shown(key, self._env.now)
            answer = self._waiting[key.party] = self._env.event()
            yield answer | self._env.timeout(numbers.AT_GATE_S)
            self._waiting.pop(key.party, None)
            if not answer.triggered:
                return False
            if answer.value == "admitted":
                yield self._env.timeout(float(dice.uniform(*numbers.THROUGH_GATE_S)))
                return True
            if answer.value != "payment declined":
                return False
            yield self._env.timeout(float(dice.uniform(*numbers.OTHER_METHOD_S)))
        return False

    def _has_shown(self, keys: list[Key]) -> None:
        """Tells the keys of a party that passes now, or as soon as there is room."""
        leads = [(numbers.DECLINED_ISSUED_S, numbers.DECLINED_SHOWN_S), (numbers.KEY_ISSUED_S, numbers.KEY_SHOWN_S)]
        for key, (issued_s, shown_s) in zip(keys, leads[-len(keys) :], strict=True):
            if not key.is_card:
                self._is_issued(key, self._ago(issued_s))
            self._is_shown(key, self._ago(shown_s))

    def _ago(self, seconds: float) -> float:
        """A second so long ago; in a world that is younger than that everything came in quicker succession."""
        return self._env.now - seconds * min(1.0, self._env.now / LEAD_S)

    def _is_issued(self, key: Key, at_s: float) -> None:
        self._says(STREAM_KEYS, at_s, partial(self._issued, key))

    def _issued(self, key: Key, envelope: Envelope) -> KeyIssued:
        return KeyIssued(
            envelope=envelope,
            party=key.party,
            code_hash=hash_of(code_of(self._seed, key.party)),
            expires=envelope.happened + self._plan.policies.code_lifetime_ms * MILLISECOND,
            method=key.method,
            people=key.people,
            purposes=key.purposes,
            notice=NOTICE,
        )

    def _is_shown(self, key: Key, at_s: float) -> None:
        if key.is_card:
            self._says(cards(self._gate.id), at_s, partial(self._held_to_terminal, key))
        else:
            code_hash = hash_of(code_of(self._seed, key.party))
            self._says(codes(self._gate.id), at_s, lambda at: KeyPresented(envelope=at, gate=self._gate.id, code_hash=code_hash))

    def _held_to_terminal(self, key: Key, envelope: Envelope) -> CardPresented:
        return CardPresented(
            envelope=envelope, gate=self._gate.id, party=key.party, method=key.method, people=key.people, purposes=key.purposes,
            notice=NOTICE,
        )  # fmt: skip

    def _says(self, stream: str, at_s: float, make: Callable[[Envelope], AnyRecord]) -> None:
        happened = self._running.start_ns + from_seconds(at_s)
        self._running.says(Later(stream, happened, happened + from_seconds(numbers.PHONE_LATENCY_S), make))


def _purposes(dice: Dice) -> tuple[Purpose, ...]:
    """What a party agrees to: mostly everything."""
    refused: set[Purpose] = set()
    if dice.random() < numbers.NO_TRAINING_SHARE:
        refused |= {"training", "analytics"}
    if dice.random() < numbers.NO_REVIEW_SHARE:
        refused.add("review")
    return tuple(purpose for purpose in PURPOSES if purpose not in refused)
