"""How the embedded provider is told to fail. Which command fails is worked out from its key, the attempt and a seed: no dice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

#: Every fault by name, and what it does. A number from 0 to 1 after `=` says how often.
FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "decline": "an authorisation is declined",
        "decline-capture": "a capture is declined",
        "decline-refund": "a refund is declined",
        "fail": "503, and nothing was carried out",
        "lose": "the connection is closed before anything was carried out",
        "drop": "carried out, but the connection is closed without an answer",
        "delay": "carried out at once, answered late",
        "stall": "carried out and answered late: a look-up meanwhile finds nothing",
        "twice": "its webhook comes twice",
        "late-webhook": "its webhook comes late, after those of later commands",
        "no-webhook": "its webhook never comes",
    }
)
#: Tokens that stand for cards with a fate of their own; every other token pays.
TOKENS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tok_declined": "every authorisation is declined",
        "tok_insufficient_funds": "an authorisation above 20.00 is declined",
        "tok_capture_declined": "it is authorised, but the capture is declined",
        "tok_release_declined": "the hold is never released",
        "tok_refund_declined": "nothing can be given back",
        "tok_dropped": "the first answer to each of its commands is dropped",
        "tok_slow": "the first answer to each of its commands comes late",
    }
)
#: Minor units above which `tok_insufficient_funds` does not pay.
FUNDS_MINOR: Final = 2000


@dataclass(frozen=True)
class Faults:
    """What goes wrong and how often, as shares from 0 to 1 by name. `delay_s` is how late the late ones are."""

    shares: Mapping[str, float] = field(default_factory=dict)
    seed: str = "0"
    delay_s: float = 6.0

    def strikes(self, name: str, key: str, attempt: int = 0) -> bool:
        """Whether a fault strikes a command at its n-th attempt; the same for the same key, attempt and seed."""
        drawn = hashlib.sha256(f"{self.seed}|{name}|{key}|{attempt}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") < self.shares.get(name, 0.0) * 2**64


def parse_faults(text: str) -> dict[str, float]:
    """Shares by name from `drop=0.1,twice=0.5`; ValueError naming every mistake at once."""
    shares: dict[str, float] = {}
    mistakes = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        share = _share(value)
        if name not in FAULTS:
            mistakes.append(f"{name!r} is no fault; there are {', '.join(FAULTS)}")
        elif share is None:
            mistakes.append(f"{part!r} needs a share from 0 to 1, as in {name}=0.1")
        else:
            shares[name] = share
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return shares


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None
