"""The command and its trials: what is played, on how many cores, and what comes out when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from saunter.apps.accuracy.playing import Careful, TrialResult
from saunter.apps.accuracy.running import results_of
from saunter.apps.accuracy.suites import PART_VISITS, SUITES, pieces_of, staged_crowd
from saunter.apps.accuracy.trials import Trial, Wanted
from saunter.apps.main import app
from saunter.base.errors import Refused
from saunter.records import AnyRecord, Envelope, Reading, Tick

TICK = Tick(envelope=Envelope(store="s", stream="t", sequence=0, happened=0, arrived=0))


def saunter(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["bench", "accuracy", *(str(word) for word in words)])


def quick(trial: Trial) -> TrialResult:
    """Stands for playing a trial; a worker finds it by its name."""
    return TrialResult(trial, shop_s=float(trial.seed))


@pytest.mark.parametrize(("visits", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [26, 25]), (125, [42, 42, 41])])
def test_long_runs_are_cut_into_few_pieces_of_about_the_same_size(visits: int, sizes: list[int]) -> None:
    assert pieces_of(visits) == sizes
    assert all(size <= PART_VISITS for size in sizes)


def test_the_visits_wanted_are_spread_over_the_seeds_and_no_world_is_played_twice() -> None:
    trials = SUITES["ordinary"].trials(Wanted(Path(), visits=1001, seeds=5))
    assert sum(trial.visits for trial in trials) == 1001
    assert {trial.seed for trial in trials} == {1, 2, 3, 4, 5}
    assert len({(trial.seed, trial.part) for trial in trials}) == len(trials)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_trials_whatever_plays_them(processes: int) -> None:
    trials = [Trial("none", "n", seed) for seed in range(5)]
    assert [result.trial for result in results_of(trials, processes, quick)] == trials


def sleeps(note: str) -> None:
    """A trial that takes for ever, and says which process plays it."""
    Path(note).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as on Unix")
def test_who_kills_a_bench_has_killed_its_workers_too(tmp_path: Path) -> None:
    notes = [str(tmp_path / name) for name in ("one", "two")]
    program = f"from tests.apps.accuracy.test_running import *\nif __name__ == '__main__': list(results_of({notes!r}, 2, sleeps))"
    script = tmp_path / "bench.py"
    script.write_text(program, encoding="utf-8")
    bench = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    workers = [int(within(lambda note=note: Path(note).read_text(encoding="utf-8"))) for note in notes]
    bench.kill()
    bench.wait()
    within(lambda: "" if any(is_alive(worker) for worker in workers) else "gone")


def within(found: Callable[[], str], seconds: float = 60.0) -> str:
    """What is there at last; fails when it does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            if text := found():
                return text
        time.sleep(0.1)
    raise AssertionError(f"not there after {seconds:g} s")


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_fault_stops_the_shop_and_not_the_bench_but_a_refusal_is_no_fault() -> None:
    heard: list[Reading] = []

    def step(reading: Reading) -> list[AnyRecord]:
        heard.append(reading)
        if len(heard) == 1:
            raise Refused("not this one")
        raise KeyError("t5")

    shop = Careful(step)
    with pytest.raises(Refused):
        shop(TICK)
    assert (shop(TICK), shop(TICK)) == ((), ())
    assert len(heard) == 2
    assert shop.crash.startswith("KeyError: 't5' (test_running.py, line ")


def test_every_wrong_option_is_named_at_once() -> None:
    done = saunter("--suite", "holiday", "--cases", "x.json")
    assert done.exit_code == 2
    assert "there is no suite holiday" in done.stderr
    assert "labelled cases belong to the suite nanostore" in done.stderr
    assert saunter("--without", "luck").exit_code == 2


def test_absent_cases_are_said_to_be_absent(tmp_path: Path) -> None:
    done = saunter("--cases", tmp_path / "none.json")
    assert done.exit_code == 2
    assert "none.json" in done.stderr


@pytest.mark.slow
def test_a_crowd_is_played_the_same_twice_and_every_method_has_every_figure() -> None:
    done = [saunter("--suite", "ordinary", "--visits", "2", "--seeds", "1", "--processes", "1", "--json") for _ in range(2)]
    assert done[0].exit_code == 0, done[0].output
    found, again = (json.loads(each.stdout) for each in done)
    for each in (found, again):
        del each["ordinary"]["saunter"]["measured"]["machine"]  # its commit changes while somebody works on it
    assert found == again
    assert list(found) == ["ordinary"]
    assert list(found["ordinary"]) == ["saunter", "baselines"]
    assert list(found["ordinary"]["baselines"]) == ["nearest", "competition-winner", "without-review"]
    for method in (found["ordinary"]["saunter"], *found["ordinary"]["baselines"].values()):
        assert {"visits", "exact_receipts", "touches_per_1000", "time_to_receipt_p99_s", "calibration_error"} <= method.keys()
        assert set(method["intervals"]) <= method.keys()


def test_every_stretch_of_a_crowd_draws_its_own_audits() -> None:
    """p1 to p20 come in every stretch: were all drawn with one salt, the same names would be audited everywhere or nowhere."""
    salts = []
    for seed, part in ((1, 0), (1, 1), (2, 0)):
        with staged_crowd(Trial(suite="ordinary", name="ordinary", seed=seed, part=part, visits=1)) as stage:
            salts.append(stage.plan.policies.audit_salt)
    assert len(set(salts)) == len(salts)
