"""A shop goes on only from everything it needs to know: half of a day is not enough, and it says so."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from tests.apps.running.the_counter import Points, World, opened, trade, world
from tests.pipeline.the_stall import stall

from saunter.base.errors import InputProblems
from saunter.simulation.table import START_NS


def test_after_an_upgrade_whose_inputs_are_forgotten_the_shop_does_not_open_on_half_a_memory(tmp_path: Path) -> None:
    trade(tmp_path, seconds=1)
    with opened(tmp_path, World(world()), stall(), Points(), 10**18, START_NS) as runner:
        last = runner._inputs.last()
        for number in (last, last - 1):
            runner._inputs.save(number, pickle.dumps(("0.0-other", "stall", None)))
        runner._inputs.forget(4)
        with pytest.raises(InputProblems, match="only those from batch 4 on are left"):
            runner.recover()
        runner._inputs.forget(last + 1)
        with pytest.raises(InputProblems, match="start the version that ran it last"):
            runner.recover()
