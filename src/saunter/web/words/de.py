"""German."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "page.skip": "Zum Inhalt springen",
        "page.home": "Start",
        "page.phone": "Mein Einkauf",
        "page.how": "So geht es",
        "page.figures": "Zahlen",
        "page.language": "Sprache",
        "page.staff": "Team",
        "page.sign_out": "Abmelden",
        "page.offline": "Die Verbindung ist kurz weg. Wir versuchen es wieder.",
        "shop.closed": "geschlossen",
        "shop.opening": "öffnet gleich",
        "shop.open": "geöffnet",
        "shop.degraded": "geöffnet, einige Regale ruhen",
        "shop.closing": "schließt",
        "mode.shadow": "Probebetrieb: nichts wird berechnet",
        "mode.assisted": "ein Mensch bestätigt jeden Beleg",
        "mode.automatic": "automatisch",
        "error.back": "Zurück zum Start",
    }
)
