"""What holds for every test: nothing is left running or lying about, and under CI nothing is skipped unexpectedly."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import threading
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).parent.parent
EXPECTED_SKIPS = Path(__file__).parent / "house" / "expected_skips.txt"

# Two busy cores make single examples slow; the number of examples bounds the time instead.
settings.register_profile("saunter", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("saunter")


def data_folder() -> Path:
    """The folder of real data, whether or not it is there."""
    return Path(os.environ.get("SAUNTER_DATA") or REPOSITORY / ".." / "shared" / "data")


@pytest.fixture(autouse=True)
def nothing_keeps_running() -> Iterator[None]:
    """A test that leaves a thread or a process behind fails."""
    before = set(threading.enumerate())
    yield
    threads = [thread.name for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    processes = [child.name for child in multiprocessing.active_children()]
    assert not threads, f"the test left threads running: {threads}"
    assert not processes, f"the test left processes running: {processes}"


def is_expected(node: str, lines: list[str], data: Path) -> bool:
    """Whether a skip is on the list. A line is a pattern of test ids, `needs`, and the data whose absence excuses it."""
    for line in lines:
        pattern, _, needs = (part.strip() for part in line.partition(" needs "))
        if fnmatch(node, pattern) and needs and not (data / needs).exists():
            return True
    return False


def expected_skips() -> list[str]:
    """The lines of the short list, without comments."""
    rows = (row.partition("#")[0].strip() for row in EXPECTED_SKIPS.read_text().splitlines())
    return [row for row in rows if row]


def files_in_the_tree() -> set[str]:
    """Every file that git would see, tracked or not; empty outside a checkout."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        return set(subprocess.run(listing, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines())
    except (OSError, subprocess.CalledProcessError):
        return set()


class HouseRules:
    """Under CI, fails a session that skipped what is not on the list, or left files in the working tree."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}
        self.complaints: list[str] = []
        self.files_before: set[str] = set()

    def pytest_sessionstart(self) -> None:
        self.files_before = files_in_the_tree()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = _reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped[report.nodeid] = _reason(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        allowed = expected_skips()
        unexpected = {node: why for node, why in self.skipped.items() if not is_expected(node, allowed, data_folder())}
        self.complaints = [
            f"skipped, but not on tests/house/expected_skips.txt: {node} ({why})" for node, why in unexpected.items()
        ]
        self.complaints += [f"left in the working tree: {name}" for name in sorted(files_in_the_tree() - self.files_before)]
        if self.complaints and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.complaints:
            terminalreporter.section("house rules broken", red=True)
            for complaint in self.complaints:
                terminalreporter.line(complaint)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


def pytest_configure(config: pytest.Config) -> None:
    """The rules are watched once, by the process that sees all reports."""
    if os.environ.get("CI") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(HouseRules(), "saunter-house-rules")
