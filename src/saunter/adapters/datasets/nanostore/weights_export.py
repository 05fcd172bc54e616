"""Plate weights of the export layout: `plate_data`, a document per gondola and fifth of a second."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saunter.adapters.datasets.nanostore.channels import Channels, describe_clocks
from saunter.adapters.datasets.nanostore.documents import read_documents
from saunter.adapters.datasets.nanostore.fields import (
    Damaged,
    Fields,
    instant,
    integer,
    listing,
    number,
    part,
    text,
    within_our_time,
)
from saunter.adapters.datasets.nanostore.geometry import Geometry
from saunter.adapters.datasets.nanostore.report import Report
from saunter.adapters.datasets.nanostore.spool import Spool, blocks_of, pack_block
from saunter.base.limits import BLOCK_SAMPLES_MAX
from saunter.base.time import SECOND, from_seconds

#: The rate of every scale of this shop, used where a document does not name one.
RATE_HZ: Final = 60.0
_RATE_HZ_MAX = 10_000.0
#: A shelf or plate number beyond this is damage, not furniture.
_INDEX_MAX = 1000

Shape = tuple[int, int, int]


@dataclass
class _Reader:
    """What is learned while reading: the last shape and time of each gondola, the channels met."""

    geometry: Geometry
    spool: Spool
    report: Report
    where: str
    channels: Channels
    shapes: dict[int, Shape] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    out_of_order: int = 0
    substitutes: dict[str, int] = field(default_factory=dict)
    extremes: dict[Shape, _Extremes] = field(default_factory=dict)

    def note(self, what: str) -> None:
        """Count something handled the same way every time."""
        self.substitutes[what] = self.substitutes.get(what, 0) + 1


def read_export_weights(path: Path, geometry: Geometry, spool: Spool, report: Report) -> Channels:
    """Every document of `plate_data` into the spool (stream = the gondola's number); damaged ones are reported by line."""
    reader = _Reader(geometry, spool, report, path.name, Channels(geometry))
    for line, document in read_documents(path, report):
        try:
            _take(reader, document, line)
        except Damaged as damage:
            report.add(path.name, f"weights lost: {damage}", "", line, "damaged documents")
    _describe(reader)
    return reader.channels


def _take(reader: _Reader, document: Fields, line: int) -> None:
    inner = part(document, "document")
    weights = part(inner, "plate_data")
    gondola = _gondola(document, weights)
    if gondola not in reader.geometry.gondolas():
        raise Damaged(f"gondola {gondola} is not in the geometry")
    grams = _grams(reader, gondola, part(weights, "values"))
    times, rate_hz = _times(reader, document, part(inner, "header"), weights, len(grams))
    _note_order(reader, gondola, int(times[-1]))
    columns = _columns(reader, gondola, grams)
    for block in blocks_of(times, BLOCK_SAMPLES_MAX):
        span = times[block]
        reader.spool.add(gondola, int(span[0]), int(span.max()), pack_block(span, columns[block], rate_hz), line)


def _gondola(document: Fields, weights: Fields) -> int:
    plate = part(weights, "plate_id")
    shelf = part(plate, "shelf_id")
    if integer(shelf, "shelf_index") or integer(plate, "plate_index"):
        raise Damaged("covers a single shelf or plate; only documents of whole gondolas are understood")
    return integer(part(shelf, "gondola_id"), "id") or integer(document, "gondola_id")


def _grams(reader: _Reader, gondola: int, values: Fields) -> NDArray[np.float32]:
    """The samples of a document as (samples, shelves + 1, plates + 1) grams."""
    kind = text(values, "type")
    if kind not in ("", "DATATYPE_FLOAT32"):
        raise Damaged(f"values are {kind}, not DATATYPE_FLOAT32")
    try:
        packed = base64.b64decode(text(values, "data"), validate=True)
    except (binascii.Error, ValueError):
        raise Damaged("values are no base64 text") from None
    shape = _shape(reader, gondola, values, len(packed))
    if not math.prod(shape) and not packed:
        raise Damaged("holds no samples")
    if math.prod(shape) * 4 != len(packed):
        raise Damaged(f"{len(packed)} bytes of values do not fill the shape {list(shape)}")
    grams = np.frombuffer(packed, dtype="<f4").reshape(shape).astype(np.float32)
    reader.shapes[gondola] = shape
    if np.isfinite(grams[:, 0, :]).any() or np.isfinite(grams[:, :, 0]).any():
        reader.note("documents with values at shelf or plate number 0, which does not exist; these values were dropped")
    if np.isinf(grams).any():
        reader.note("documents with infinite values, kept as no value")
        grams[np.isinf(grams)] = np.nan
    return grams


def _shape(reader: _Reader, gondola: int, values: Fields, size: int) -> Shape:
    given = listing(values, "shape")
    if given:
        sizes = [integer({"shape": value}, "shape") for value in given]
        if len(sizes) != 3 or min(sizes) < 0 or sizes[0] > BLOCK_SAMPLES_MAX or max(sizes[1:]) > _INDEX_MAX:
            raise Damaged(f"the shape {str(given)[:60]} is not [samples, shelves + 1, plates + 1]")
        return sizes[0], sizes[1], sizes[2]
    if not size:
        return 0, 0, 0
    mine = reader.geometry.of_gondola(gondola)
    usual = (0, max(key[1] for key in mine) + 1, max(key[2] for key in mine) + 1)
    shelves, plates = reader.shapes.get(gondola, usual)[1:]
    if not shelves * plates or size % (4 * shelves * plates):
        raise Damaged("names no shape, and its size fits none of this gondola's")
    reader.note("documents without a shape; their gondola's usual one was used")
    return size // (4 * shelves * plates), shelves, plates


def _times(reader: _Reader, document: Fields, header: Fields, weights: Fields, samples: int) -> tuple[NDArray[np.int64], float]:
    """Sample times: the header's t_origin stamps the last sample (docs/nanostore.md), the others lie before it by the rate."""
    last = instant(header, "t_origin")
    if last is None:
        last = _other_time(reader, document, header)
    rate_hz = number(weights, "freq_samp")
    if not 0 < rate_hz <= _RATE_HZ_MAX:
        reader.note(f"documents without a usable freq_samp; {RATE_HZ:g} Hz was used")
        rate_hz = RATE_HZ
    before = np.round(np.arange(samples - 1, -1, -1) * (SECOND / rate_hz)).astype(np.int64)
    times = last - before
    within_our_time(int(times[0]))
    return times, rate_hz


def _other_time(reader: _Reader, document: Fields, header: Fields) -> int:
    issued = instant(header, "t_issue")
    if issued is not None:
        reader.note("documents without t_origin; t_issue was used, about 0.1 s later")
        return issued
    epoch = number(document, "timestamp")
    if not math.isfinite(epoch) or epoch <= 0 or epoch > 1e10:
        raise Damaged("has no time (t_origin, t_issue, timestamp)")
    reader.note("documents without t_origin and t_issue; timestamp was used, about 0.1 s later")
    return within_our_time(from_seconds(epoch))


def _note_order(reader: _Reader, gondola: int, last: int) -> None:
    reader.out_of_order += last < reader.last.get(gondola, last)
    reader.last[gondola] = max(last, reader.last.get(gondola, last))


def _columns(reader: _Reader, gondola: int, grams: NDArray[np.float32]) -> NDArray[np.float32]:
    """The columns of every plate of the geometry, NaN where the document has none; every channel met is noted."""
    shelves, plates = grams.shape[1:]
    extremes = reader.extremes.setdefault((gondola, shelves, plates), _Extremes(shelves, plates))
    extremes.include(grams)
    mine = sorted(reader.geometry.of_gondola(gondola))
    columns = np.full((len(grams), len(mine)), np.nan, dtype=np.float32)
    present = [index for index, (_, shelf, plate) in enumerate(mine) if shelf < shelves and plate < plates]
    columns[:, present] = grams[:, [mine[index][1] for index in present], [mine[index][2] for index in present]]
    return columns


class _Extremes:
    """Smallest and largest value and number of values of every channel of one shape, widened document by document."""

    def __init__(self, shelves: int, plates: int) -> None:
        self.low_g = np.full((shelves, plates), np.nan, dtype=np.float32)
        self.high_g = np.full((shelves, plates), np.nan, dtype=np.float32)
        self.values = np.zeros((shelves, plates), dtype=np.int64)

    def include(self, grams: NDArray[np.float32]) -> None:
        """Widen by the samples of one document: grams [sample, shelf, plate], NaN where nothing was said."""
        self.low_g = np.fmin(self.low_g, np.fmin.reduce(grams, axis=0))
        self.high_g = np.fmax(self.high_g, np.fmax.reduce(grams, axis=0))
        self.values += np.isfinite(grams).sum(axis=0)


def _note_channels(reader: _Reader) -> None:
    for (gondola, shelves, plates), extremes in reader.extremes.items():
        for shelf in range(1, shelves):
            for plate in range(1, plates):
                key = (gondola, shelf, plate)
                count = int(extremes.values[shelf, plate])
                # A channel outside the geometry counts only where it has a value: arrays are padded with NaN to a rectangle.
                if key in reader.geometry.plate_ids or count:
                    low, high = float(extremes.low_g[shelf, plate]), float(extremes.high_g[shelf, plate])
                    reader.channels.widen(key, low, high, count)


def _describe(reader: _Reader) -> None:
    report, where = reader.report, reader.where
    for what, count in reader.substitutes.items():
        report.add(where, f"{count} {what}")
    if reader.out_of_order:
        report.add(where, f"{reader.out_of_order} documents stand before an earlier one of their gondola; sorted by time")
    _note_channels(reader)
    reader.channels.describe(where, report)


def describe_export_clocks(
    starts: dict[int, NDArray[np.int64]], ends: dict[int, NDArray[np.int64]], where: str, report: Report
) -> None:
    """Report how the gondolas' clocks differ, and blocks of one gondola that overlap (both are kept)."""
    describe_clocks({gondola: np.sort(times) for gondola, times in ends.items()}, where, report)
    for gondola, started in starts.items():
        order = np.argsort(started, kind="stable")
        overlaps = int((started[order][1:] <= ends[gondola][order][:-1]).sum())
        if overlaps:
            report.add(where, f"g{gondola}: {overlaps} blocks overlap the one before them with other values, both kept")
