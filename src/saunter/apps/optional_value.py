"""An option whose value may be left out: `--truth` alone, or `--truth FILE`, wherever it stands on the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: What the option holds when it stands alone.
LEFT_OUT: Final = ""


def with_value(arguments: Sequence[str], option: str, valued: Sequence[str]) -> list[str]:
    """The arguments with `option` in the form `option=value`, the value empty where it was left out.

    The word after the option is its value unless that is another option, or the only word that could be the command's
    own argument. `valued` are the other options that take a value. What follows `--` is left alone.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given, rest = list(arguments[:end]), list(arguments[end:])
    if option not in given:
        return [*given, *rest]
    place = given.index(option)
    candidate = given[place + 1] if place + 1 < len(given) else None
    if candidate is None or (candidate.startswith("-") and candidate != "-"):
        return [*given[:place], f"{option}={LEFT_OUT}", *given[place + 1 :], *rest]
    others = _own_arguments([*given[:place], *given[place + 2 :]], valued) + max(0, len(rest) - 1)
    if others == 0:
        return [*given[:place], f"{option}={LEFT_OUT}", *given[place + 1 :], *rest]
    return [*given[:place], f"{option}={candidate}", *given[place + 2 :], *rest]


def _own_arguments(arguments: Sequence[str], valued: Sequence[str]) -> int:
    """How many words are neither options nor the values of options."""
    count, expects_value = 0, False
    for word in arguments:
        if expects_value:
            expects_value = False
        elif word.startswith("-") and word != "-":
            expects_value = word in valued
        else:
            count += 1
    return count
