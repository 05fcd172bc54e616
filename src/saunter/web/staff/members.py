"""Members of staff and their passwords (argon2; a password itself is never kept)."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from saunter.ports.books import Member, PersonalData
from saunter.web.security import fresh_id

#: Characters of the shortest password that is taken.
PASSWORD_CHARACTERS_MIN = 10


def first_member(
    personal: PersonalData, name: str, password: str, role: Literal["reviewer", "staff", "manager", "engineer"] = "manager"
) -> Member:
    """Adds a member of staff, or gives one a new password. Raises ValueError for an empty name or a short password."""
    problems = [] if name.strip() else ["give a name to sign in with"]
    if len(password) < PASSWORD_CHARACTERS_MIN:
        problems.append(f"a password has at least {PASSWORD_CHARACTERS_MIN} characters")
    if problems:
        raise ValueError("; ".join(problems))
    known = personal.member(name.strip())
    staff = known.staff if known else fresh_id("staff")
    member = Member(name=name.strip(), staff=staff, role=role, password=_hasher().hash(password))
    personal.keep_member(member)
    return member


async def member_with(personal: PersonalData, name: str, password: str) -> Member | None:
    """The member of this name and password. A name that nobody has takes as long to refuse as a wrong password."""
    member = personal.member(name) if name else None
    kept = member.password if member else _nobodys()
    right = await asyncio.to_thread(_is_right, kept, password)
    return member if right else None


def _is_right(kept: str, password: str) -> bool:
    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(fresh_id("nobody"))
