"""What may stand in `store.toml`: one model per table, strict about keys, types, units and sizes.

Each model judges its own table alone; whatever needs two tables (ids used twice, a gate outside the floor) is checked
where they meet, in `saunter.plan.store` and `saunter.plan.layout`.
"""

from __future__ import annotations

import dataclasses
import math
import re
import typing
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from saunter.base.ids import is_name
from saunter.base.limits import COORDINATE_M_MAX, FLOOR_CORNERS_MAX, PLATES_MAX
from saunter.plan.types import Policies

#: How each key is written, shown as the remedy of a mistake in it.
EXAMPLES: Final = {
    "id": 'id = "door"',
    "name": 'name = "Corner shop"',
    "currency": 'currency = "EUR"',
    "locale": 'locale = "en-IE"',
    "timezone": 'timezone = "Europe/Dublin"',
    "price_rounding": 'price_rounding = "half_up" or "half_even"',
    "polygon_m": "polygon_m = [[0, 0], [6, 0], [6, 4], [0, 4]], metres",
    "code": 'code = "food"',
    "rate": 'rate = "0.135", a decimal in quotes: 13.5 % is 0.135',
    "included": "included = true if shelf prices contain the tax, else false",
    "kind": 'kind = "both" for a gate (in, out or both); kind = "gondola" for a fixture',
    "position_m": "position_m = [1.0, 3.5] on the floor or [1.0, 3.5, 0.0], metres",
    "target_m": "target_m = [3.0, 2.0, 0.0], the point the camera looks at, metres",
    "fov_deg": "fov_deg = 80, degrees from left to right",
    "heading_deg": "heading_deg = 90, counter-clockwise from above",
    "rotation": "rotation = [0, 0, 1.5708], axis times angle in radians",
    "size_m": "size_m = [1.2, 0.4, 2.0] for a fixture (width, depth, height), [0.1, 0.4] for a shelf or plate, metres",
    "clearance_m": "clearance_m = 0.3, free height above the shelf in metres",
    "plates": "plates = 12, or one [[fixtures.shelves.plates]] table per plate",
    "along_m": "along_m = 0.1, metres from the left end of the shelf",
    "store": "a [store] table with id, currency, locale and timezone",
    "floor": "a [floor] table with polygon_m",
    "gates": "[[gates]] tables with id, kind and position_m",
    "fixtures": "[[fixtures]] tables with id, kind, position_m, size_m and [[fixtures.shelves]]",
    "shelves": "[[fixtures.shelves]] tables with id, position_m, clearance_m and plates",
    "taxes": "[[taxes]] tables with code, rate and included",
    "promotions": "[[promotions]] tables with id, skus and kind",
    "skus": 'skus = ["cola-330", "cola-zero"], from catalogue.csv',
    "percent": 'percent = "20", a decimal in quotes: 20 % off each piece',
    "amount": 'amount = "0.50", off each piece, a decimal in quotes in the shop\'s currency',
    "pieces": "pieces = 3, from 2 to 20",
    "price": 'price = "5.00", of the pieces together, a decimal in quotes in the shop\'s currency',
    "from": 'from = "2026-12-01T00:00:00Z", an instant in quotes, in UTC',
    "until": 'until = "2026-12-24T18:00:00Z", an instant in quotes, in UTC',
    "cameras": "[[cameras]] tables with id, position_m, target_m and fov_deg",
    "policies": "a [policies] table",
    "reviewer_cost_per_hour": 'reviewer_cost_per_hour = "25.00", a decimal in quotes in the shop\'s currency',
    "question_cost": 'question_cost = "1.00", a decimal in quotes in the shop\'s currency',
    "charge_threshold": "charge_threshold = 0.7, a probability",
    "review": 'review = "questions" or "none"',
    "hand_over": 'hand_over = "taker" or "holder"',
    "overcharge_cost": "overcharge_cost = 4.0, in prices of the piece, from 1",
    "overcharge_bound": "overcharge_bound = 0.001, a share of receipts above 0 and below 1",
    "question_seconds": "question_seconds = 15.0",
    "questions_max": "questions_max = 2, from 0 to 9",
    "question_wait_ms": "question_wait_ms = 45000",
    "audit_share": "audit_share = 0.002, a share from 0 to 1",
    "mode": 'mode = "automatic", "assisted" or "shadow"',
    "key_people_max": "key_people_max = 6, from 1 to 100",
    "capacity": "capacity = 200 bodies, from 1",
    "hold_amount": 'hold_amount = "50.00", a decimal in quotes in the shop\'s currency',
    "dispute_days": "dispute_days = 30, from 0 to 3650",
    "dispute_rule_amount": 'dispute_rule_amount = "10.00", a decimal in quotes in the shop\'s currency',
    "dispute_rule_share": "dispute_rule_share = 0.98, a probability",
}

_DAY_MS: Final = 24 * 3600 * 1000
_PERCENT_MAX: Final = Decimal(1)


def _mistake(text: str, remedy: str = "") -> PydanticCustomError:
    return PydanticCustomError("plan", "{text}", {"text": text, "remedy": remedy})


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _name(value: str) -> str:
    if not is_name(value):
        raise _mistake(
            f"{value[:40]!r} cannot be an id",
            "use 1 to 128 of the letters A-Z a-z, digits and _ . - /, beginning with a letter or digit",
        )
    return value


def _matching(pattern: str, meaning: str) -> AfterValidator:
    """A validator for texts of one form; `meaning` finishes the sentence "... is not"."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise _mistake(f"{value[:40]!r} is not {meaning}")
        return value

    return AfterValidator(check)


def _rate(value: str) -> str:
    if re.fullmatch(r"\d{1,9}(\.\d{1,18})?", value, re.ASCII) is None:
        raise _mistake(f"{value[:40]!r} is not a decimal number such as 0.135")
    if Decimal(value) > _PERCENT_MAX:
        raise _mistake(
            f"a tax of {Decimal(value) * 100:f} % cannot be meant", f"19 % is written 0.19; is it {Decimal(value) / 100:f}?"
        )
    return value


def _with_height(value: Any) -> Any:
    """A floor point may leave out z."""
    return [*value, 0.0] if isinstance(value, list) and len(value) == 2 else value


def _radians(value: tuple[float, float, float]) -> tuple[float, float, float]:
    if math.hypot(*value) > 2 * math.pi + 1e-6:
        raise _mistake(
            f"a turn by {math.hypot(*value):.4g} rad is more than a whole one",
            "rotation is in radians; for degrees about the vertical use heading_deg",
        )
    return value


Name = Annotated[str, BeforeValidator(_stripped), AfterValidator(_name)]
Line = Annotated[str, BeforeValidator(_stripped)]
Metres = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-COORDINATE_M_MAX, le=COORDINATE_M_MAX)]
Size = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=COORDINATE_M_MAX)]
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-360, le=360)]
Radians = Annotated[float, Field(strict=True, allow_inf_nan=False)]
FloorPoint = tuple[Metres, Metres]
Point = Annotated[tuple[Metres, Metres, Metres], BeforeValidator(_with_height)]
Rotation = Annotated[tuple[Radians, Radians, Radians], AfterValidator(_radians)]
Flag = Annotated[bool, Field(strict=True)]


class PlanTable(BaseModel):
    """A table of the file: unknown keys are mistakes, and once read it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreTable(PlanTable):
    """`[store]`: who the shop is and how it counts money."""

    id: Name
    name: Line = ""
    currency: Annotated[Line, _matching("[A-Z]{3}", "an ISO 4217 currency code of three capital letters")]
    locale: Annotated[Line, _matching(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*", "a locale such as en-IE")]
    timezone: Annotated[Line, _matching(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}", "a time zone such as Europe/Dublin")]
    price_rounding: Literal["half_up", "half_even"] = "half_up"


class FloorTable(PlanTable):
    """`[floor]`: where people can stand, as a polygon on the floor."""

    polygon_m: Annotated[tuple[FloorPoint, ...], Field(min_length=3, max_length=FLOOR_CORNERS_MAX)]


class TaxTable(PlanTable):
    """`[[taxes]]`: a rate by code; the rate is a decimal string, because 0.135 as a float is not 0.135."""

    code: Annotated[Line, Field(min_length=1, max_length=128)]
    rate: Annotated[Line, AfterValidator(_rate)]
    included: Flag


class GateTable(PlanTable):
    """`[[gates]]`: where people come in or leave."""

    id: Name
    kind: Literal["in", "out", "both"]
    position_m: FloorPoint


class CameraTable(PlanTable):
    """`[[cameras]]`: where a camera hangs, what it looks at, how wide it sees."""

    id: Name
    position_m: tuple[Metres, Metres, Metres]
    target_m: Point
    fov_deg: Annotated[float, Field(strict=True, gt=0, lt=180)]

    @model_validator(mode="after")
    def _looks_somewhere(self) -> CameraTable:
        if math.dist(self.position_m, self.target_m) < 1e-6:
            raise _mistake(
                "the camera hangs at the point it looks at", "set target_m to a point on the floor in the middle of its picture"
            )
        return self


class _Placed(PlanTable):
    """Something with a place in its parent's frame: `heading_deg` or `rotation`, never both."""

    position_m: Point
    heading_deg: Degrees | None = None
    rotation: Rotation | None = None

    @model_validator(mode="after")
    def _turned_once(self) -> _Placed:
        if self.heading_deg is not None and self.rotation is not None:
            raise _mistake("both `heading_deg` and `rotation` are given", "keep one of them")
        return self


class PlateTable(_Placed):
    """`[[fixtures.shelves.plates]]`: one weighing plate; `position_m` is its corner where x, y and z are smallest."""

    id: Name
    size_m: tuple[Size, Size]
    clearance_m: Size | None = None
    along_m: Metres | None = None


def _plates_form(value: Any) -> str:
    return "list" if isinstance(value, list | tuple) else "count"


PlateCount = Annotated[int, Field(strict=True, ge=0, le=PLATES_MAX)]
#: Tags that pydantic puts into the place of a mistake in `plates`; they are not keys of the file.
PLATES_TAGS: Final = ("count", "list")


class ShelfTable(_Placed):
    """`[[fixtures.shelves]]`: a board with plates: a number of equal ones, or each on its own."""

    id: Name
    size_m: tuple[Size, Size] | None = None
    clearance_m: Size | None = None
    plates: Annotated[
        Annotated[PlateCount, Tag("count")] | Annotated[tuple[PlateTable, ...], Tag("list")], Discriminator(_plates_form)
    ] = ()

    @model_validator(mode="after")
    def _clear_above(self) -> ShelfTable:
        own = isinstance(self.plates, tuple) and all(plate.clearance_m is not None for plate in self.plates)
        if self.clearance_m is None and not own:
            raise _mistake("`clearance_m` is missing", EXAMPLES["clearance_m"])
        return self


class FixtureTable(_Placed):
    """`[[fixtures]]`: a gondola, fridge or table and its shelves."""

    id: Name
    kind: Annotated[Line, Field(min_length=1, max_length=128)]
    size_m: tuple[Size, Size, Size]
    shelves: tuple[ShelfTable, ...] = ()


def _amount(value: str) -> str:
    if re.fullmatch(r"\d{1,9}(\.\d{1,4})?", value, re.ASCII) is None:
        if re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
            raise _mistake(f"{value[:40]!r} is too large or too exact: at most nine digits before the point and four after it")
        raise _mistake(f"{value[:40]!r} is not a decimal number such as 25.00")
    return value


#: A sum of money in the shop's currency, as a decimal in quotes.
Amount = Annotated[Line, AfterValidator(_amount)]

#: Policies whose bounds are their own. A wrong charge costs at least the money back; an hour is no look at one shelf; the
#: keys of a reviewer's keyboard are nine, and nobody waits for more answers than that.
_OWN_BOUNDS: Final[dict[str, Any]] = {
    "overcharge_cost": Annotated[float, Field(strict=True, allow_inf_nan=False, ge=1, le=1000)],
    "question_seconds": Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=3600)],
    "questions_max": Annotated[int, Field(strict=True, ge=0, le=9)],
    "reviewer_cost_per_hour": Amount,
    "question_cost": Amount,
    "overcharge_bound": Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, lt=1)],
    "audit_salt": Annotated[Line, Field(max_length=128)],
    "key_people_max": Annotated[int, Field(strict=True, ge=1, le=100)],
    "capacity": Annotated[int, Field(strict=True, ge=1, le=100_000)],
    "hold_amount": Amount,
    "dispute_rule_amount": Amount,
    "dispute_days": Annotated[int, Field(strict=True, ge=0, le=3650)],
}


def _bounded(name: str, hint: Any) -> Any:
    """The type of a policy with the bounds its unit implies."""
    if name in _OWN_BOUNDS:
        return _OWN_BOUNDS[name]
    if name.endswith("_ms"):
        return Annotated[hint, Field(strict=True, ge=0, le=_DAY_MS)]
    if hint is float:
        return Annotated[hint, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
    return hint


def _policies_table() -> type[PlanTable]:
    hints = typing.get_type_hints(Policies)
    fields: dict[str, Any] = {
        policy.name: (_bounded(policy.name, hints[policy.name]), policy.default) for policy in dataclasses.fields(Policies)
    }
    return create_model("PoliciesTable", __base__=PlanTable, **fields)


#: `[policies]`, derived from `Policies`: a policy added there can be written in the file at once.
PoliciesTable: Final = _policies_table()


class Shape(PlanTable):
    """The tables of the file, not yet looked into."""

    store: dict[str, Any]
    floor: dict[str, Any]
    policies: dict[str, Any] = {}
    taxes: list[dict[str, Any]] = []
    promotions: list[dict[str, Any]] = []
    gates: list[dict[str, Any]] = []
    cameras: list[dict[str, Any]] = []
    fixtures: list[dict[str, Any]] = []
