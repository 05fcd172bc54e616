"""What stands beside a measured figure: the commit, the machine, and how much memory the process holds."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

import msgspec

_HERE = Path(__file__).parent
#: Kernel files that say what this machine is; other systems have none and answer less.
_CPU_FACTS = Path("/proc/cpuinfo")
_MEMORY_FACTS = Path("/proc/meminfo")
_OWN_MEMORY = Path("/proc/self/statm")


class Machine(msgspec.Struct, frozen=True):
    """Where and of what a figure was measured. `commit` is empty outside a checkout, and ends in `+` with local changes."""

    commit: str
    cpu: str
    cores: int
    memory_gib: float
    python: str
    system: str


def this_machine() -> Machine:
    """The machine this process runs on."""
    return Machine(
        commit=_commit(),
        cpu=_fact(_CPU_FACTS, "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gib=round(_memory_kib() / 2**20, 1),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
    )


def peak_memory_mib() -> float:
    """The most memory this process ever held, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 2**20 if sys.platform == "darwin" else peak / 2**10, 1)


def memory_mib() -> float:
    """The memory this process holds now, MiB; the peak where the system does not tell."""
    try:
        pages = int(_OWN_MEMORY.read_text().split()[1])
    except OSError:
        return peak_memory_mib()
    return round(pages * resource.getpagesize() / 2**20, 1)


def _commit() -> str:
    head = _git("rev-parse", "--short=12", "HEAD")
    return head + "+" if head and _git("status", "--porcelain", "--untracked-files=no") else head


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=_HERE, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _memory_kib() -> int:
    fact = _fact(_MEMORY_FACTS, "MemTotal").split()
    return int(fact[0]) if fact and fact[0].isdigit() else 0


def _fact(file: Path, key: str) -> str:
    try:
        rows = file.read_text().splitlines()
    except OSError:
        return ""
    return next((row.partition(":")[2].strip() for row in rows if row.startswith(key)), "")
