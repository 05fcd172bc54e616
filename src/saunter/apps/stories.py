"""Stories and the shops they are played in: from files, or from those packaged with Saunter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from saunter.base.errors import InputProblems, Problem
from saunter.plan import Plan, parse_plan
from saunter.records import AnyRecord
from saunter.simulation import (
    SUITES,
    Scenario,
    Story,
    demo_text,
    parse_scenario,
    read_story,
    shop_texts,
    simulate,
    story_problems,
    suite,
)

#: The story that comes with Saunter; any other is a file.
DEMO: Final = "demo"


def story_of(scenario: str) -> Story:
    """The story in a file, or the packaged one of that name.

    Raises InputProblems with every mistake in it, and with what the shop that it names could not play of the rest.
    """
    absent = no_story(scenario)
    if absent is not None:
        raise InputProblems([absent])
    path = Path(scenario)
    return _sound(read_story(_text(path), path.name) if path.is_file() else read_story(demo_text(), "demo.scn"))


def no_story(scenario: str) -> Problem | None:
    """What is wrong with a name that is neither a story's file nor a packaged story; None where it is one."""
    path = Path(scenario)
    if path.is_file() or scenario == DEMO:
        return None
    what = "there is no such file" if path.suffix else "there is neither a suite nor a file of this name"
    remedy = f"give a story's file (*.scn), a scenario (*.toml), a suite ({', '.join(SUITES)}), or `{DEMO}`"
    return Problem(scenario, 0, "this is a folder" if path.is_dir() else what, remedy)


def shop_of(story: Story, folder: Path | None) -> Mapping[str, str]:
    """The plan's texts of the shop that a story is played in: those of `folder`, else the packaged shop that it names."""
    if folder is None:
        return shop_texts(story.shop)
    from saunter.adapters.plans.folder import read_plan_texts

    return read_plan_texts(folder)


def is_scenario(name: str) -> bool:
    """Whether a command's SCENARIO is one of many shoppers (a suite's name or a *.toml file), not a story."""
    return Path(name).suffix == ".toml" or (name in SUITES and not Path(name).is_file())


def scenario_of(name: str) -> Scenario:
    """The scenario in a file, or the suite of that name; raises InputProblems with every mistake in it."""
    path = Path(name)
    if path.is_file():
        return parse_scenario(_text(path), path.name)
    if name in SUITES:
        return suite(name)
    raise InputProblems([Problem(name, 0, "there is no such file", f"give a scenario's file, or one of {', '.join(SUITES)}")])


def scenario_shop(scenario: Scenario, seed: int, folder: Path | None) -> Mapping[str, str]:
    """The plan's texts of the shop a scenario happens in: those of `folder`, else the made-up shop that it names."""
    if folder is None:
        return shop_texts(scenario.shop, seed)
    from saunter.adapters.plans.folder import read_plan_texts

    return read_plan_texts(folder)


def played(texts: Mapping[str, str], story: Story, seed: int) -> tuple[Plan, Iterator[AnyRecord]]:
    """The shop, and all records of a story played in it, in order of arrival."""
    plan = parse_plan(texts)
    return plan, simulate(plan, story, seed)


def _sound(story: Story) -> Story:
    """The story if it has no mistake of its own; what is wrong with it in its shop is told with the mistakes, not after."""
    own = story.problems()
    if not own:
        return story
    try:
        found = story_problems(parse_plan(shop_texts(story.shop)), story, story.seed)
    except InputProblems as error:
        raise InputProblems([*error.problems, *own]) from None
    here = [each if each in own else replace(each, what=f"{each.what} (shop: {story.shop})") for each in found]
    raise InputProblems(sorted(here, key=lambda problem: problem.line))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputProblems([Problem(str(path), 0, f"this is no text: {error}", "a story is plain UTF-8 text")]) from None
