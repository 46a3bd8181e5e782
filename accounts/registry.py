"""What chapters hang on a customer, filled by them in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
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


class Follow(StrEnum):
    """What becomes of rows that name a customer when it is merged into another."""

    MOVE = "move"  # they name the survivor from then on
    PUT_ASIDE = "put aside"  # derived, or the survivor has its own: removed, and kept for undoing the merge
    STAY = "stay"  # a record of the past: read through the redirect


@dataclass(frozen=True)
class CustomerReference:
    """A column that names customers, foreign key or plain, and what a merge does with its rows.

    A row that moves is put aside instead where `clash` holds, SQL about the row `{gone}` and one of the
    survivor's, `{kept}`: the table's rules would refuse the second.
    """

    model: str
    column: str = "customer_id"
    follow: Follow = Follow.MOVE
    clash: str = ""

    @property
    def key(self) -> str:
        """Its name in the registry and in what a merge stores."""
        return f"{self.model}.{self.column}"


# Every column that names a customer, on every floor; a test holds it against the models.
customer_references: Registry[CustomerReference] = Registry("references to customers")

# Run after rows changed hands, inside the transaction of a merge or its undoing, with the ids of both
# customers (the survivor first): totals are marked stale here.
customers_joined: Registry[Callable[[int, int], None]] = Registry("hooks of merged customers")


def add_references(*references: CustomerReference) -> None:
    """Add an app's columns that name customers."""
    for reference in references:
        customer_references.add(reference.key, reference)


@dataclass(frozen=True)
class Person:
    """Whom an erasure concerns. `names` are looked for where the customer is named too, `marks` (numbers and
    addresses nobody shares) everywhere.
    """

    contact_id: int
    customer_id: int
    names: tuple[str, ...]
    marks: tuple[str, ...]


# Where else a person's data stand: run inside the transaction of an erasure; the rows that were emptied.
erasers: Registry[Callable[[Person], int]] = Registry("erasers of personal data")
