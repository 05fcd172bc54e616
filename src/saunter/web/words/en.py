"""English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "page.skip": "Skip to the content",
        "page.home": "Home",
        "page.phone": "My visit",
        "page.how": "How it works",
        "page.figures": "Figures",
        "page.language": "Language",
        "page.staff": "Staff",
        "page.sign_out": "Sign out",
        "page.offline": "The connection is gone for a moment. Trying again.",
        "shop.closed": "closed",
        "shop.opening": "opening",
        "shop.open": "open",
        "shop.degraded": "open, some shelves resting",
        "shop.closing": "closing",
        "mode.shadow": "practising: nothing is charged",
        "mode.assisted": "a person confirms each receipt",
        "mode.automatic": "automatic",
        "error.back": "Back to the start",
    }
)
