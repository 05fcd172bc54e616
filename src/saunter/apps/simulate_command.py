"""`saunter simulate`: a recording with truth from a story."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from saunter.apps.output import bad_input_exits, say
from saunter.apps.recording_files import write_recording
from saunter.apps.stories import played, shop_of, story_of


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="simulate")(simulate_command)


def simulate_command(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A story: a file (*.scn), or the name of a packaged one.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The recording to write (.mcap).")],
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the pretend world; else the story's own.")] = None,
    shop: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The plan to play it in; else the shop the story names.")
    ] = None,
) -> None:
    """A recording with truth from a story: what the sensors of a pretend shop would have said.

    Example: saunter simulate demo --seed 7 -o demo.mcap
    """
    with bad_input_exits():
        story = story_of(scenario)
        texts = shop_of(story, shop)
        plan, records = played(texts, story, story.seed if seed is None else seed)
        count = write_recording(output, records, plan.store, texts, f"simulated: {story.title}")
    say(f"{output}: {count} records of {story.title!r}; next: saunter replay {output} --truth")
