"""The notice: what is sensed, kept and for how long, in versions. The words stand in the languages' tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from saunter.records import PURPOSES, Purpose

#: Parts of each version of the notice; every part has a title and a text in every language. Old versions stay readable.
NOTICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"1": ("sensed", "not_sensed", "decided", "people", "kept", "rights")}
)
#: The version that holds now: what is agreed to from now on is agreed to by this one.
CURRENT: Final = "1"
#: Each purpose by the key of its words.
PURPOSE_KEYS: Final[Mapping[Purpose, str]] = MappingProxyType(
    {"run the shop": "run", "review": "review", "training": "training", "analytics": "analytics"}
)
#: Without this purpose nobody comes into the walk-out shop.
NEEDED: Final[Purpose] = "run the shop"


def purposes_of(keys: list[str]) -> tuple[Purpose, ...]:
    """The purposes behind the keys that a form sends, in their own order; strange keys are passed over."""
    return tuple(purpose for purpose in PURPOSES if PURPOSE_KEYS[purpose] in keys)
