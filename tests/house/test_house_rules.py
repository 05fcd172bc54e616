"""The rules that watch the test session, watched: an unexpected skip or a forgotten file fails CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed, and these sessions need a checkout")
SKIPPING = "import pytest\n\ndef test_of_the_far_shop():\n    pytest.skip('far/weights.csv is absent')\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small house with our rules, one test that skips, and a git checkout of its own."""
    (tmp_path / "tests" / "house").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests" / "conftest.py")
    (tmp_path / "tests" / "test_far.py").write_text(SKIPPING)
    (tmp_path / "tests" / "house" / "expected_skips.txt").write_text("")
    (tmp_path / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n.hypothesis/\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def session(house: Path, *, ci: bool = True, data: str = "data", workers: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SAUNTER_DATA": str(house / data), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("CI", None)
    if ci:
        environment["CI"] = "true"
    parallel = ["-n", str(workers)] if workers else ["-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(house), *parallel, "tests"]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_a_skip_that_is_not_on_the_list_fails_ci(house: Path, workers: int) -> None:
    outcome = session(house, workers=workers)
    assert outcome.returncode == 1
    assert "skipped, but not on tests/house/expected_skips.txt: tests/test_far.py::test_of_the_far_shop" in outcome.stdout


@pytest.mark.slow
def test_a_skip_on_the_list_is_fine_only_while_its_data_is_absent(house: Path) -> None:
    (house / "tests" / "house" / "expected_skips.txt").write_text("tests/test_far.py::* needs far/weights.csv\n")
    assert session(house).returncode == 0
    (house / "data" / "far").mkdir(parents=True)
    (house / "data" / "far" / "weights.csv").write_text("")
    assert session(house).returncode == 1


@pytest.mark.slow
def test_outside_ci_skips_are_not_judged(house: Path) -> None:
    assert session(house, ci=False).returncode == 0


@pytest.mark.slow
def test_a_test_that_leaves_a_file_in_the_tree_fails_ci(house: Path) -> None:
    (house / "tests" / "test_far.py").write_text("def test_litters():\n    open('litter.txt', 'w').close()\n")
    outcome = session(house)
    assert outcome.returncode == 1
    assert "left in the working tree: litter.txt" in outcome.stdout


@pytest.mark.slow
def test_a_test_that_leaves_a_thread_running_fails(house: Path) -> None:
    thread = "threading.Thread(target=threading.Event().wait, args=(2,), name='spinner').start()"
    (house / "tests" / "test_far.py").write_text(f"import threading\n\ndef test_spins():\n    {thread}\n")
    outcome = session(house)
    assert outcome.returncode == 1
    assert "left threads running: ['spinner']" in outcome.stdout
