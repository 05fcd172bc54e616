"""A small pretend NanoStore on disk: two gondolas of two shelves of three plates, in the files the real one uses."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saunter.adapters.datasets.nanostore import Imported, import_nanostore
from saunter.base.time import SECOND, format_iso
from saunter.records import AnyRecord

#: The first sample of every pretend recording: 2020-03-01 10:00:00 UTC.
START = 1_583_056_800 * SECOND

Lines = list[str]


def box(x: float, y: float, z: float, sizes: tuple[float, float, float], turn: float = 0.0) -> dict[str, Any]:
    """Coordinates as the export writes them: what is zero is left out."""
    shift = {axis: value for axis, value in zip("xyz", (x, y, z), strict=True) if value}
    rotation = {"z": turn} if turn else {}
    return {"transform": {"translation": shift, "rotation": rotation}, "dim_x": sizes[0], "dim_y": sizes[1], "dim_z": sizes[2]}


def shelf_id(gondola: int, shelf: int) -> dict[str, Any]:
    return {"gondola_id": {"id": gondola}, "shelf_index": shelf}


def plate_id(gondola: int, shelf: int, plate: int) -> dict[str, Any]:
    return {"shelf_id": shelf_id(gondola, shelf), "plate_index": plate}


@dataclass
class Shop:
    """Writes the files of a pretend shop; every part can be replaced before `load`."""

    root: Path
    gondolas: tuple[int, ...] = (1, 2)
    shelves: tuple[int, ...] = (1, 2)
    plates: tuple[int, ...] = (1, 2, 3)
    written: list[Path] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        path = self.root / "recording"
        path.mkdir(exist_ok=True)
        return path

    @property
    def store(self) -> Path:
        path = self.root / "store"
        path.mkdir(exist_ok=True)
        return path

    def geometry(self) -> None:
        """Gondola 1 stands along x facing -y, gondola 2 is turned by a quarter."""
        turn = {1: 0.0, 2: -np.pi / 2}
        sizes = (0.3, 0.03, 2.0)
        gondolas = [
            {"id": {"id": g}, "coordinates": box(2.0 * (g - 1), 0.5, 0.0, sizes, turn.get(g, 0.0))} for g in self.gondolas
        ]
        shelves = [
            {"id": shelf_id(g, s), "coordinates": box(0.0, -0.4, 0.5 * s, (0.3, 0.4, 0.25))}
            for g in self.gondolas
            for s in self.shelves
        ]
        plates = [
            {"id": plate_id(g, s, p), "coordinates": box(0.1 * (p - 1), 0.0, 0.0, (0.1, 0.4, 0.0))}
            for g in self.gondolas
            for s in self.shelves
            for p in reversed(self.plates)
        ]
        for name, group, entries in (
            ("Gondolas", "gondolas", gondolas),
            ("Shelves", "shelves", shelves),
            ("Plates", "plates", plates),
        ):
            (self.store / f"{name}.json").write_text(json.dumps({group: entries}))

    def channel(self, gondola: int, shelf: int, plate: int, rows: Iterable[tuple[int, float]] | Lines) -> None:
        """One CSV of weights from (nanoseconds, grams) or from raw lines."""
        lines = [row if isinstance(row, str) else f"{row[0] / SECOND:.6f},{row[1]}" for row in rows]
        folder = self.folder / "weights"
        folder.mkdir(exist_ok=True)
        (folder / f"gondola_{gondola}_shelf_{shelf}_plate_{plate}.csv").write_text("\n".join(lines) + "\n")

    def channels(self, samples: int = 30) -> None:
        """Every plate of the geometry at 50 Hz, slightly alive."""
        for gondola in self.gondolas:
            for shelf in self.shelves:
                for plate in self.plates:
                    self.channel(gondola, shelf, plate, readings(samples, 100.0 * shelf + plate))

    def pack(self) -> None:
        """The unpacked CSVs into weights.tar.gz, as the real recording has them."""
        folder = self.folder / "weights"
        with tarfile.open(self.folder / "weights.tar.gz", "w:gz") as bundle:
            for path in sorted(folder.iterdir()):
                bundle.add(path, path.name)
                path.unlink()
        folder.rmdir()

    def products_csv(self, *rows: str) -> None:
        header = "Name,Gondola,Shelf,Plate,Weight,Price,Image"
        (self.folder / "products.csv").write_text("\n".join((header, *rows)) + "\n")

    def documents(self, name: str, documents: Iterable[Any], folder: Path | None = None) -> None:
        """JSON lines; a text goes in as it is."""
        lines = [entry if isinstance(entry, str) else json.dumps(entry) for entry in documents]
        ((folder or self.folder) / name).write_text("\n".join(lines) + "\n")

    def export(self, weights: Iterable[Any], targets: Iterable[Any] | None = None) -> None:
        """An export folder with these weights and people, two products and their places."""
        self.geometry()
        self.documents("plate_data.json", weights)
        self.documents("products.json", [product("012345678905", "Tea", 50.0), product("36000291452", "Jam", 300.0)])
        places = [facing("012345678905", (1, 1, 1), (1, 1, 2)), facing("36000291452", (2, 1, 1))]
        self.documents("planogram.json", places)
        if targets is not None:
            self.documents("full_targets.json", targets)

    def csv(self, *rows: str) -> None:
        """A CSV folder with all plates and these products."""
        self.geometry()
        self.channels()
        self.products_csv(*(rows or ("Tea,1,1,1,50,1,x",)))

    def load(self, party: str | None = "p1", **options: Any) -> Imported:
        return import_nanostore(self.folder, party=party, **options)


def readings(samples: int, level_g: float, start: int = START, period: int = 20_000_000) -> list[tuple[int, float]]:
    """Samples of a plate that lives: two values in turn."""
    return [(start + index * period, level_g + 0.25 * (index % 2)) for index in range(samples)]


def weights(gondola: int, last: int, grams: np.ndarray[Any, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A `plate_data` document: 12 samples at 60 Hz whose last was taken at `last`; index 0 is NaN."""
    values = np.full((12, 3, 4), np.nan, dtype="<f4")
    values[:, 1:, 1:] = 100.0 + np.arange(12)[:, None, None] * 0.25 if grams is None else grams
    about = {
        "plate_id": {"shelf_id": {"gondola_id": {"id": gondola}}},
        "freq_samp": 60.0,
        "values": {"data": base64.b64encode(values.tobytes()).decode(), "shape": list(values.shape), "type": "DATATYPE_FLOAT32"},
    }
    header = {"t_origin": format_iso(last), "t_issue": format_iso(last + 96_000_000)}
    document = {"_id": {"$oid": f"{gondola}-{last}"}, "document": {"header": header, "plate_data": about}, "gondola_id": gondola}
    return document | changes


def people(when: int, *targets: dict[str, Any]) -> dict[str, Any]:
    """A `full_targets` document."""
    header = {"t_origin": format_iso(when), "t_issue": format_iso(when)}
    return {"_id": {"$oid": f"t-{when}"}, "document": {"header": header, "targets": {"targets": list(targets)}}, "id": 0}


def person(name: str, state: str = "TARGETSTATE_VALID_ENTRANCE", **joints: Any) -> dict[str, Any]:
    """A target with a head a metre and a half up, and these joints."""
    parts: dict[str, Any] = {"head": point(40, -20, 60)} | joints
    return {"target_id": {"id": name}, "target_state": state} | parts


def point(x: float, y: float, z: float, score: float = 0.5) -> dict[str, Any]:
    """A joint in inches; what is zero is left out, as protobuf does."""
    found = {axis: value for axis, value in zip("xyz", (x, y, z), strict=True) if value}
    return {"point": found, "score": score} if score else {"point": found}


def product(barcode: str, name: str, grams: Any = None, price: Any = 1) -> dict[str, Any]:
    about = {"name": name} | ({} if grams is None else {"weight": grams}) | ({} if price is None else {"price": price})
    return {"_id": {"$oid": barcode}, "product_id": {"barcode_type": "UPC", "id": barcode}, "metadata": about}


def facing(barcode: str, *plates: tuple[int, int, int]) -> dict[str, Any]:
    about = {"barcode_type": "UPC", "id": barcode} if barcode else {}
    return {"plate_ids": [plate_id(*key) for key in plates], "planogram_product_id": about}


@dataclass(frozen=True)
class Making:
    """The makers of documents, for tests that cannot import them."""

    start: int = START
    weights: Callable[..., dict[str, Any]] = weights
    people: Callable[..., dict[str, Any]] = people
    person: Callable[..., dict[str, Any]] = person
    point: Callable[..., dict[str, Any]] = point
    product: Callable[..., dict[str, Any]] = product
    facing: Callable[..., dict[str, Any]] = facing
    readings: Callable[..., list[tuple[int, float]]] = readings
    box: Callable[..., dict[str, Any]] = box

    def shop(self, root: Path) -> Shop:
        return Shop(root)

    def said(self, imported: Imported) -> list[str]:
        """The report as lines."""
        return [str(problem) for problem in imported.report]

    def of(self, records: Iterable[AnyRecord], stream: str) -> list[Any]:
        """The records of one stream."""
        return [record for record in records if record.envelope.stream == stream]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture(scope="session")
def make() -> Making:
    return Making()


@pytest.fixture(scope="session")
def bundle_of() -> Callable[[dict[str, bytes]], bytes]:
    """A tar.gz of named contents."""

    def packed(files: dict[str, bytes]) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as bundle:
            for name, content in files.items():
                about = tarfile.TarInfo(name)
                about.size = len(content)
                bundle.addfile(about, io.BytesIO(content))
        return stream.getvalue()

    return packed
