"""Plate weights of the CSV layout: a file `gondola_G_shelf_S_plate_P.csv` per channel, lines `epoch_seconds,grams`."""

from __future__ import annotations

import hashlib
import re
import tarfile
import tempfile
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from saunter.adapters.datasets.nanostore.channels import Channels, describe_clocks
from saunter.adapters.datasets.nanostore.fields import EARLIEST, LATEST
from saunter.adapters.datasets.nanostore.geometry import Geometry, PlateKey
from saunter.adapters.datasets.nanostore.report import Report
from saunter.adapters.datasets.nanostore.spool import Spool, blocks_of, pack_block
from saunter.base.time import SECOND

#: The live system sends a fifth of a second at a time.
BLOCK_SAMPLES: Final = 12
_LINE_BYTES_MAX = 1 << 16
#: Blocks put together at a time: keeps memory flat however long the recording.
_WINDOW_BLOCKS = 256
_NAME = re.compile(r"gondola_(\d{1,6})_shelf_(\d{1,6})_plate_(\d{1,6})\.csv$")
_LINE = re.compile(
    rb"\s*(\d{9,10})(?:\.(\d+))?\s*,\s*([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[nN][aA][nN]|[iI]nf(?:inity)?))\s*$"
)


@dataclass(frozen=True)
class _Channel:
    """Where one channel's samples lie in the scratch file: times first, then grams."""

    offset: int
    rows: int
    clock: bytes


def find_csv(folder: Path) -> list[Path]:
    """`weights.tar.gz` (or .tar, .tgz), else the channel files of an unpacked folder, sorted; empty when there are neither."""
    packed = [folder / name for name in ("weights.tar.gz", "weights.tgz", "weights.tar") if (folder / name).is_file()]
    return packed[:1] or sorted(path for path in folder.rglob("gondola_*_shelf_*_plate_*.csv") if path.is_file())


def weights_name(sources: list[Path]) -> str:
    """What the weights are called in a report: the archive, or `weights` for loose channel files."""
    return "weights" if sources[0].suffix == ".csv" else sources[0].name


def read_csv_weights(sources: list[Path], geometry: Geometry, spool: Spool, report: Report) -> Channels:
    """Every channel into the spool as blocks of twelve samples per gondola (stream = the gondola's number)."""
    channels = Channels(geometry)
    with tempfile.SpooledTemporaryFile(max_size=64 << 20) as scratch:
        found: dict[PlateKey, _Channel] = {}
        for name, stream in _files(sources, report):
            _take_file(name, stream, channels, found, scratch=scratch, report=report)
        where = weights_name(sources)
        clocks = {gondola: _gondola_blocks(gondola, found, scratch, spool, report) for gondola in geometry.gondolas()}
        channels.describe(where, report)
        describe_clocks(clocks, where, report)
    return channels


def _files(sources: list[Path], report: Report) -> Iterator[tuple[str, IO[bytes]]]:
    for source in sources:
        if source.suffix == ".csv":
            with open(source, "rb") as stream:
                yield source.name, stream
        else:
            yield from _members(source, report)


def _members(source: Path, report: Report) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with tarfile.open(source, "r|*") as bundle:
            for member in bundle:
                stream = bundle.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield member.name, stream
    except (tarfile.TarError, EOFError, OSError, zlib.error) as damage:
        report.add(source.name, f"cut off or damaged ({damage}); the files before it were kept", "fetch the file again")


def _take_file(
    name: str, stream: IO[bytes], channels: Channels, found: dict[PlateKey, _Channel], *, scratch: IO[bytes], report: Report
) -> None:
    match = _NAME.fullmatch(PurePosixPath(name).name)
    if match is None:
        report.add(name, "not a channel file (gondola_G_shelf_S_plate_P.csv), ignored", kind="other files")
        return
    key = (int(match[1]), int(match[2]), int(match[3]))
    if key in channels.ranges:
        report.add(name, "this channel was read already, the second file was ignored", kind="repeated files")
        return
    times, grams = _read_channel(stream, name, report)
    channels.include(key, grams)
    if key in channels.geometry.plate_ids:
        offset = scratch.seek(0, 2)
        scratch.write(times.tobytes() + grams.tobytes())
        found[key] = _Channel(offset, len(times), hashlib.sha256(times.tobytes()).digest())


def _read_channel(stream: IO[bytes], name: str, report: Report) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    times, grams = array("q"), array("d")
    for line, raw in enumerate(_physical_lines(stream, name, report), 1):
        match = _LINE.match(raw)
        when = _nanoseconds(match[1], match[2]) if match else 0
        if match is None or not EARLIEST <= when < LATEST:
            if raw.strip():
                report.add(name, f"not `epoch_seconds,grams`, lost: {_shown(raw)}", "", line, "damaged lines")
            continue
        times.append(when)
        grams.append(float(match[3]))
    values = np.frombuffer(grams, dtype=np.float64) if grams else np.zeros(0)
    return np.array(times, dtype=np.int64), _finite(values, name, report)


def _physical_lines(stream: IO[bytes], name: str, report: Report) -> Iterator[bytes]:
    try:
        while raw := stream.readline(_LINE_BYTES_MAX):
            yield raw
    except (tarfile.TarError, EOFError, OSError, zlib.error) as damage:
        report.add(name, f"cut off or damaged ({damage}); the lines before it were kept", "fetch the file again")


def _nanoseconds(whole: bytes, fraction: bytes | None) -> int:
    return int(whole) * SECOND + (int(fraction[:9].ljust(9, b"0")) if fraction else 0)


def _finite(values: NDArray[np.float64], name: str, report: Report) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        grams = values.astype(np.float32)
    lost = ~np.isfinite(grams)
    if lost.any():
        report.add(
            name,
            f"{int(lost.sum())} samples are not finite numbers of grams, kept as no value",
            "",
            0,
            "values that are no number",
        )
        grams[lost] = np.nan
    return grams


def _gondola_blocks(
    gondola: int, found: dict[PlateKey, _Channel], scratch: IO[bytes], spool: Spool, report: Report
) -> NDArray[np.int64]:
    """Spool the blocks of one gondola; returns its clock (all sample times)."""
    mine = {key: channel for key, channel in sorted(found.items()) if key[0] == gondola}
    clock = _common_clock(channel for channel in mine.values() if channel.rows)
    if clock is None:
        return np.zeros(0, dtype=np.int64)
    times = _times(clock, scratch)
    aligned = {key: _aligned(key, mine[key], times, scratch, report) for key in mine if mine[key].clock != clock.clock}
    steps = np.diff(times)
    rate_hz = round(SECOND / float(np.median(steps[steps > 0])), 3) if (steps > 0).any() else 60.0
    blocks = blocks_of(times, BLOCK_SAMPLES)
    for start in range(0, len(blocks), _WINDOW_BLOCKS):
        window = blocks[start : start + _WINDOW_BLOCKS]
        low, high = window[0].start, window[-1].stop
        grams = np.stack(
            [aligned[key][low:high] if key in aligned else _grams(mine[key], low, high, scratch) for key in mine], axis=1
        )
        for block in window:
            payload = pack_block(times[block], grams[block.start - low : block.stop - low], rate_hz)
            spool.add(gondola, int(times[block][0]), int(times[block].max()), payload, block.start + 1)
    return times


def _common_clock(channels: Iterable[_Channel]) -> _Channel | None:
    """The channel whose times most channels share; ties go to the longest, then to the first."""
    listed = list(channels)
    shared = Counter(channel.clock for channel in listed)
    return max(listed, key=lambda channel: (shared[channel.clock], channel.rows, -channel.offset), default=None)


def _times(channel: _Channel, scratch: IO[bytes]) -> NDArray[np.int64]:
    scratch.seek(channel.offset)
    return np.frombuffer(scratch.read(8 * channel.rows), dtype=np.int64)


def _grams(channel: _Channel, low: int, high: int, scratch: IO[bytes]) -> NDArray[np.float32]:
    scratch.seek(channel.offset + 8 * channel.rows + 4 * low)
    return np.frombuffer(scratch.read(4 * (high - low)), dtype=np.float32)


def _aligned(
    key: PlateKey, channel: _Channel, times: NDArray[np.int64], scratch: IO[bytes], report: Report
) -> NDArray[np.float32]:
    """A channel put on its gondola's clock: values at times the clock does not have are lost (reported), missing ones are NaN."""
    own = _times(channel, scratch)
    order = np.argsort(times, kind="stable")
    places = np.minimum(np.searchsorted(times[order], own), len(times) - 1)
    matched = times[order][places] == own
    aligned = np.full(len(times), np.nan, dtype=np.float32)
    aligned[order[places[matched]]] = _grams(channel, 0, channel.rows, scratch)[matched]
    kept = len(np.unique(places[matched]))
    name = f"gondola_{key[0]}_shelf_{key[1]}_plate_{key[2]}.csv"
    lost, empty = len(own) - kept, len(times) - kept
    what = f"differs in times from its gondola: {lost} of its {len(own)} samples lost, {empty} left without value"
    report.add(name, what, kind="channels with other times")
    return aligned


def _shown(raw: bytes) -> str:
    return repr(raw.strip()[:50])[1:]
