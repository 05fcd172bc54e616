"""Is this plan complete and consistent? Everything that loads but looks doubtful."""

from __future__ import annotations

from saunter.base.errors import Problem
from saunter.plan.check_goods import goods_warnings
from saunter.plan.check_places import place_warnings
from saunter.plan.types import Plan


def check_plan(plan: Plan) -> tuple[Problem, ...]:
    """Warnings about a plan that could be read, places first, then goods; empty when nothing looks doubtful.

    They name things by id and no lines: a plan need not come from files. None of them stops the shop.
    """
    return (*place_warnings(plan), *goods_warnings(plan))
