"""Coming in: keys, cards, consent, and what the gate is told. No name, no account and no card number travels in them."""

from __future__ import annotations

from typing import Literal

import msgspec

from saunter.records.envelope import Record

#: What a shopper may agree to, each by itself. Without "run the shop" nobody comes into a walk-out shop.
Purpose = Literal["run the shop", "review", "training", "analytics"]
PURPOSES: tuple[Purpose, ...] = ("run the shop", "review", "training", "analytics")

#: Why a gate stays shut. The words for shoppers stand in their languages, in `web`.
Denial = Literal[
    "unknown code", "code expired", "code used", "wrong gate", "shop closed", "shop full", "no consent", "payment declined",
    "payment unclear", "too many people", "already inside",
]  # fmt: skip


class KeyIssued(Record, frozen=True, kw_only=True):
    """A one-use entry key was made for a party, or a card made one at the gate. An input: the shop is told it.

    `party` is a fresh opaque id for this visit alone. `code_hash` is the SHA-256 (hex) of the code that the phone shows;
    the code itself is nowhere in the shop's books. `method` is the opaque id of a payment method, `expires` an instant
    (ns UTC), `people` how many bodies it lets in, `purposes` what was agreed to at that moment, by notice `notice`.
    """

    party: str
    code_hash: str
    expires: int
    method: str
    people: int = 1
    purposes: tuple[Purpose, ...] = ()
    notice: str = ""
    language: str = "en"


class KeyPresented(Record, frozen=True, kw_only=True):
    """A gate's scanner read a code: its hash (SHA-256, hex) is all that is kept. An input."""

    gate: str
    code_hash: str


class CardPresented(Record, frozen=True, kw_only=True):
    """A card was held to a gate's terminal; the terminal gave a token, kept under the opaque id `method`. An input.

    The terminal showed the notice, so that `purposes` were agreed to by coming in; `party` is a fresh opaque id.
    """

    gate: str
    party: str
    method: str
    people: int = 1
    purposes: tuple[Purpose, ...] = ()
    notice: str = ""


class EntryDecided(Record, frozen=True, kw_only=True):
    """What became of a key at a gate. `admitted` follows `authorising`; `denied` says why.

    `party` is empty where the decision is about nobody's key: an unknown code, or one that was used before; whoever shows that
    need not be its party, and nothing that is held for the party is touched. After "wrong gate", "shop closed" and "shop full"
    a phone's code may be shown again; `because` begins with what showed it.
    """

    gate: str
    party: str
    outcome: Literal["authorising", "admitted", "denied"]
    reason: Denial | Literal[""] = ""


class GateCommand(Record, frozen=True, kw_only=True):
    """A gate is to open for a party of `people`. Not sent without the guard's stamp."""

    gate: str
    party: str
    people: int


class ConsentChanged(Record, frozen=True, kw_only=True):
    """A shopper agreed or withdrew. `subject` is an opaque id that only the personal data can tell whose it is. An input.

    `purposes` are all that hold from now on; `notice` is the version of the notice that was shown, in `language`.
    """

    subject: str
    purposes: tuple[Purpose, ...]
    notice: str
    language: str


class PersonErased(Record, frozen=True, kw_only=True):
    """All personal data of a subject was erased; the books keep its visits, which are nobody's any more. An input."""

    subject: str


class CodeReply(msgspec.Struct, frozen=True):
    """What a phone is given: the code to show (never stored), until when (ns UTC), and the party it stands for."""

    code: str
    expires: int
    party: str
