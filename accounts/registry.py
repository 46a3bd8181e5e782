"""What chapters hang on a customer, filled by them in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from crm.lib.pdf import Part
from crm.lib.registry import Registry
from users.models import User
from users.roles import Permission

# Run inside the transaction that creates customers, with their ids: standings make their rows here.
customer_created: Registry[Callable[[Sequence[int]], None]] = Registry("customer-created hooks")


@dataclass(frozen=True)
class Panel:
    """A chapter's part of the customer page: a template and the function that gives its context.

    `context` gets the user, the customer's id and the ids the figures are about: the customer alone, or
    the visible members of its group. None leaves the panel out. `place` is one of `PLACES`.
    """

    code: str
    label: str | Promise
    template: str
    context: Callable[[User, int, Sequence[int]], dict[str, Any] | None]
    permission: Permission
    order: int = 100
    place: str = "main"
    section: str = ""


@dataclass(frozen=True)
class ArchivePart:
    """A chapter's part of the printed archive: the section it belongs to and the function that fills it."""

    code: str
    section: str
    content: Callable[[User, int], Part]
    permission: Permission
    order: int = 100


archive_parts: Registry[ArchivePart] = Registry("parts of the printed archive")


# Above the columns: banners, then key figures and verdicts in one box. In two columns: main, side.
PLACES = ("banner", "facts", "verdicts", "main", "side")

customer_panels: Registry[Panel] = Registry("customer panels")


@dataclass(frozen=True)
class Sparkline:
    """A row of numbers for each customer, oldest first, drawn as a small line in lists."""

    code: str
    label: str | Promise
    values: Callable[[Sequence[int]], Mapping[int, Sequence[int]]]
    permission: Permission


sparklines: Registry[Sparkline] = Registry("sparklines")


@dataclass(frozen=True)
class Hit:
    """One thing that a search found: what it is called, a second line, where it is."""

    label: str
    sub: str
    url: str


@dataclass(frozen=True)
class Search:
    """A kind of things that the search finds: `find` gets user, query and limit, and keeps to the user's scope."""

    code: str
    label: str | Promise
    find: Callable[[User, str, int], Sequence[Hit]]
    permission: Permission


searches: Registry[Search] = Registry("searches")
