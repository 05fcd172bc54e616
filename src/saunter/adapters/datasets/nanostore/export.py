"""Writes readings in the layout of the live database's exports (`formats/` of the data): what `import_nanostore` reads again."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from saunter.adapters.datasets.nanostore.geometry import PlateKey
from saunter.adapters.datasets.nanostore.people import INCH_M
from saunter.base.errors import InputProblems, Problem
from saunter.base.money import exponent
from saunter.base.time import MILLISECOND, SECOND, format_iso
from saunter.plan import Facing, Plan, Plate, Product
from saunter.records import AnyRecord, Joint, PeopleFrame, Person, WeightBlock

#: Delays between the clock of the scales, the message, and its storing in the database (measured on the samples).
_ISSUED_AFTER: Final = 96 * MILLISECOND
_STORED_AFTER: Final = 10 * MILLISECOND
_PEOPLE_STORED_AFTER: Final = 2410 * MILLISECOND
#: The joints of a target in the order of the samples, after the head and the hands; others the export does not know.
_JOINTS: Final = {"neck": "neck"} | {
    f"{side[0]}_{joint}": f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist") for side in ("left", "right")
}
_PLATE_ID = re.compile(r"g(\d+)s(\d+)p(\d+)")
_STATE: Final = "TARGETSTATE_VALID_ENTRANCE"

Document = dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """How many documents were written of what moves, and how many readings the layout has no document for, by their type."""

    weights: int
    people: int
    left_out: Mapping[str, int]


def write_export(folder: Path, plan: Plan, records: Iterable[AnyRecord]) -> Exported:
    """Write `plate_data.json`, `full_targets.json`, `planogram.json` and `products.json`, JSON lines, into a folder.

    `plan` is a shop whose plates are named `g<gondola>s<shelf>p<plate>`; its catalogue and planogram are written. Weight blocks
    and frames of people come in any order and are written as they come; a target's id is the party of the person, else its
    track. Gate passes, ticks and truth have no place in this layout: they are counted. Times keep whole milliseconds (weights)
    or microseconds (people), joints their seven digits in inches. Raises InputProblems where plates are named otherwise.
    """
    keys = _plate_keys(plan)
    writer = _Writer(keys)
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(
        folder / "planogram.json", (_planogram(number, facing, plan, keys) for number, facing in enumerate(plan.facings))
    )
    products = enumerate(plan.products.values())
    _write_lines(folder / "products.json", (_product(number, product) for number, product in products))
    with ExitStack() as stack:
        weights, people = (
            stack.enter_context((folder / name).open("w", encoding="utf-8")) for name in ("plate_data.json", "full_targets.json")
        )
        for record in records:
            if isinstance(record, WeightBlock):
                for document in writer.weights(record):
                    _write(weights, document)
            elif isinstance(record, PeopleFrame):
                _write(people, writer.people(record))
            else:
                writer.leave_out(record)
    return Exported(writer.weights_written, writer.people_written, writer.left_out)


def _plate_keys(plan: Plan) -> dict[str, PlateKey]:
    keys, strange = dict[str, PlateKey](), list[str]()
    for plate in plan.plates:
        match = _PLATE_ID.fullmatch(plate)
        if match is None:
            strange.append(plate)
        else:
            keys[plate] = (int(match[1]), int(match[2]), int(match[3]))
    if strange:
        what = f"{len(strange)} plates are not named g<gondola>s<shelf>p<plate>, such as {strange[0]}"
        raise InputProblems([Problem(plan.store, 0, what, "this layout knows plates by these three numbers only")])
    return keys


class _Writer:
    """Makes documents of readings; ids count up."""

    def __init__(self, keys: Mapping[str, PlateKey]) -> None:
        self._keys = keys
        gondolas = {key[0] for key in keys.values()}
        mine = {gondola: [key for key in keys.values() if key[0] == gondola] for gondola in gondolas}
        self._shape = {g: (max(key[1] for key in mine[g]) + 1, max(key[2] for key in mine[g]) + 1) for g in gondolas}
        self.weights_written = 0
        self.people_written = 0
        self.left_out: dict[str, int] = {}

    def leave_out(self, record: AnyRecord) -> None:
        """Count a record that has no document."""
        name = type(record).__name__
        self.left_out[name] = self.left_out.get(name, 0) + 1

    def weights(self, block: WeightBlock) -> Iterable[Document]:
        """A document per gondola of a block (one, unless a controller serves several)."""
        columns: dict[int, list[int]] = {}
        for column, plate in enumerate(block.plates):
            columns.setdefault(self._keys[plate][0], []).append(column)
        for gondola, mine in columns.items():
            yield self._plate_data(gondola, block, mine)

    def _plate_data(self, gondola: int, block: WeightBlock, columns: list[int]) -> Document:
        shelves, plates = self._shape[gondola]
        grams: NDArray[np.float32] = np.full((len(block.times), shelves, plates), np.nan, dtype="<f4")
        places = [self._keys[block.plates[column]] for column in columns]
        grams[:, [key[1] for key in places], [key[2] for key in places]] = block.grams[:, columns]
        origin = round(int(block.times[-1]) / MILLISECOND) * MILLISECOND
        issued = origin + _ISSUED_AFTER
        self.weights_written += 1
        number = self.weights_written
        data = base64.b64encode(grams.tobytes()).decode("ascii")
        uuid = f"{number:08x}-0000-4000-8000-{gondola:012x}"
        header = {"t_origin": format_iso(origin), "t_issue": format_iso(issued), "uuid": {"uuid": uuid}}
        values = {"data": data, "shape": list(grams.shape), "type": "DATATYPE_FLOAT32"}
        about = {"plate_id": {"shelf_id": {"gondola_id": {"id": gondola}}}, "freq_samp": block.rate_hz, "values": values}
        document = {"document": {"header": header, "plate_data": about}}
        return (
            _stored("a", number, issued, _STORED_AFTER) | document | {"gondola_id": gondola, "shelf_index": 0, "plate_index": 0}
        )

    def people(self, frame: PeopleFrame) -> Document:
        """The document of one frame; nobody seen is an empty list, which protobuf leaves out."""
        when = frame.happened // 1000 * 1000
        self.people_written += 1
        targets = [_target(person) for person in frame.people]
        header = {"t_origin": format_iso(when), "t_issue": format_iso(when)}
        body = {"header": header, "targets": {"targets": targets} if targets else {}}
        return _stored("b", self.people_written, when, _PEOPLE_STORED_AFTER) | {"document": body, "id": 0}


def _target(person: Person) -> Document:
    joints = person.joints
    wrists = [joints[name] for name in ("right_wrist", "left_wrist") if name in joints]
    target: Document = {"target_id": {"id": person.party or person.track}, "detection_metadata": [], "target_state": _STATE}
    if "head" in joints:
        target["head"] = _joint(joints["head"])
    if wrists:
        target["hands"] = [_joint(wrist) for wrist in sorted(wrists, key=lambda wrist: -wrist.score)]
    return target | {name: _joint(joints[ours]) for name, ours in _JOINTS.items() if ours in joints}


def _joint(joint: Joint) -> Document:
    """A point in inches; coordinates and scores are 32-bit numbers in the source, and what is zero is left out."""
    inches = {axis: _float32(metres / INCH_M) for axis, metres in zip("xyz", (joint.x_m, joint.y_m, joint.z_m), strict=True)}
    point = {axis: value for axis, value in inches.items() if value}
    # A point without any coordinate would say that the joint was not seen.
    return {"point": point or {"x": 0.0}, "score": _float32(joint.score)}


def _planogram(number: int, facing: Facing, plan: Plan, keys: Mapping[str, PlateKey]) -> Document:
    plates = [plan.plates[plate] for plate in facing.plates]
    sizes = {
        "dim_x": _float32(sum(plate.width_m for plate in plates)),
        "dim_y": _float32(plates[0].depth_m),
        "dim_z": _float32(plates[0].clearance_m),
    }
    return {
        "_id": {"$oid": _oid("c", number)},
        "plate_ids": [_plate_id(keys[plate]) for plate in facing.plates],
        "planogram_product_id": {"barcode_type": "UPC", "id": facing.sku},
        "coordinates": {"transform": {"translation": {}, "rotation": {}}} | sizes,
        "global_coordinates": {"transform": {"translation": _translation(plates[0]), "rotation": {}}} | sizes,
    }


def _translation(plate: Plate) -> Document:
    metres = {axis: _float32(float(value)) for axis, value in zip("xyz", plate.frame.translation, strict=True)}
    return {axis: value for axis, value in metres.items() if value}


def _plate_id(key: PlateKey) -> Document:
    gondola, shelf, plate = key
    return {"shelf_id": {"gondola_id": {"id": gondola}, "shelf_index": shelf}, "plate_index": plate}


def _product(number: int, product: Product) -> Document:
    units = product.price.minor / 10 ** exponent(product.price.currency)
    about: Document = {"name": product.name, "price": int(units) if units.is_integer() else units}
    if product.weight.mean_g is not None:
        about["weight"] = product.weight.mean_g
    return {
        "_id": {"$oid": _oid("d", number)},
        "product_id": {"barcode_type": "UPC", "id": product.sku},
        "metadata": about,
    }


def _stored(collection: str, number: int, issued: int, after: int) -> Document:
    """What the database puts before a document: its id, the time of issue in seconds, and when it was stored."""
    stored = (issued + after) // MILLISECOND * MILLISECOND
    return {"_id": {"$oid": _oid(collection, number)}, "timestamp": issued / SECOND, "date_time": {"$date": format_iso(stored)}}


def _oid(collection: str, number: int) -> str:
    """24 hexadecimal digits, different for every document of an export."""
    return f"{collection}{number:023x}"


def _float32(value: float) -> float:
    return float(np.float32(value))


def _write_lines(path: Path, documents: Iterable[Document]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for document in documents:
            _write(stream, document)


def _write(stream: IO[str], document: Document) -> None:
    stream.write(json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n")
