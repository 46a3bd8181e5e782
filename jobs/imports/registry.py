"""Kinds of imports: what a chapter declares so that its rows can be brought in from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from crm.lib.registry import Registry
from users.models import User
from users.roles import Permission

if TYPE_CHECKING:
    from jobs.imports.work import Outcome, Work

Text = str | Promise


@dataclass(frozen=True)
class Field:
    """One thing a row can say. `synonyms` are headers it is known by, in any language, separated by bars.

    With `fits`, a column is proposed only if all cells of the sample fit.
    """

    code: str
    label: Text
    synonyms: str = ""
    help: Text = ""
    fits: Callable[[str], bool] | None = None


@dataclass(frozen=True)
class Option:
    """One choice about how a file is read. With `choices` one of them, else a text or, if the default is, a bool."""

    code: str
    label: Text
    default: str | bool
    choices: Sequence[tuple[str, Text]] = ()
    help: Text = ""
    max_length: int = 40


@dataclass(frozen=True)
class ImportKind:
    """One kind of import.

    `needed` lists groups of alternatives, each a tuple of field codes: of every group one alternative must be
    mapped whole. `counts` names what is created and changed. `work` reads, checks and writes; `suggest` looks at a
    sample and proposes options. `check` raises MappingRefused where mapping and options don't fit each other.
    """

    code: str
    label: Text
    counts: Text
    fields: Sequence[Field]
    needed: Sequence[Sequence[Sequence[str]]]
    options: Sequence[Option]
    permissions: Sequence[Permission]
    work: Callable[[Work], Outcome]
    result_url: str = ""
    suggest: Callable[[Mapping[str, Sequence[str]]], dict[str, Any]] = field(default=lambda sample: {})
    check: Callable[[Mapping[str, Any], Mapping[str, Any]], None] = field(default=lambda places, options: None)

    def allows(self, user: User) -> bool:
        """Whether a user may bring in rows of this kind."""
        return user.may(Permission.IMPORT_RUN) and all(user.may(permission) for permission in self.permissions)

    def field(self, code: str) -> Field:
        """A field by its code."""
        return next(one for one in self.fields if one.code == code)


import_kinds: Registry[ImportKind] = Registry("import kinds")
