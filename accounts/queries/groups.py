"""Groups of companies: the tree through `parent`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import Customer
from users.models import User

_UP = """
WITH RECURSIVE up AS (
    SELECT id, parent_id FROM accounts_customer WHERE id = %s
    UNION
    SELECT c.id, c.parent_id FROM accounts_customer c JOIN up ON c.id = up.parent_id
)
SELECT id FROM up
"""
_GROUP = """
WITH RECURSIVE up AS (
    SELECT id, parent_id FROM accounts_customer WHERE id = %s
    UNION
    SELECT c.id, c.parent_id FROM accounts_customer c JOIN up ON c.id = up.parent_id
), down AS (
    SELECT id FROM up WHERE parent_id IS NULL
    UNION
    SELECT c.id FROM accounts_customer c JOIN down ON c.parent_id = down.id
)
SELECT id FROM down
"""
_DOWN = """
WITH RECURSIVE down AS (
    SELECT id FROM accounts_customer WHERE id = %s
    UNION
    SELECT c.id FROM accounts_customer c JOIN down ON c.parent_id = down.id
)
SELECT id FROM down
"""

_ALL_UP = """
WITH RECURSIVE up AS (
    SELECT id, parent_id FROM accounts_customer WHERE id = ANY(%s)
    UNION
    SELECT c.id, c.parent_id FROM accounts_customer c JOIN up ON c.id = up.parent_id
)
SELECT id, parent_id FROM up
"""


@dataclass
class Member:
    """One visible company of a group, with those below it; `via_hidden` if a company between can't be seen."""

    customer: Customer
    below: list["Member"] = field(default_factory=list)
    via_hidden: bool = False


@dataclass(frozen=True)
class Group:
    """What a user sees of a group: the visible companies as trees, and how many more there are."""

    roots: list[Member]
    visible_ids: tuple[int, ...]
    hidden: int

    @property
    def size(self) -> int:
        """All companies of the group, seen or not."""
        return len(self.visible_ids) + self.hidden


def chain_up(customer_id: int) -> list[int]:
    """The ids from a customer up to the head of its group, itself first."""
    return _walk(_UP, customer_id)


def chains_up(customer_ids: Collection[int]) -> dict[int, int | None]:
    """The parent of each of those customers and of all above them."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_UP, [sorted(customer_ids)])
        return dict(cursor.fetchall())


def circles(links: Mapping[int, int]) -> list[int]:
    """The children among `links` (child → new parent) that would end up above themselves, in the order given.

    A link that closes a circle is left out of what the later ones are judged by.
    """
    parents = chains_up({*links, *links.values()})
    closed = []
    for child, parent in links.items():
        above: int | None = parent
        while above is not None and above != child:
            above = parents.get(above)
        if above == child:
            closed.append(child)
        else:
            parents[child] = parent
    return closed


def member_ids(customer_id: int) -> list[int]:
    """The ids of all companies of the group a customer belongs to, seen or not. One query."""
    return _walk(_GROUP, customer_id)


def subtree_ids(customer_id: int) -> list[int]:
    """The ids of a customer and of all below it, seen or not."""
    return _walk(_DOWN, customer_id)


def group_of(user: User, customer_id: int) -> Group:
    """The group of a customer as a user may see it. Three queries, whatever its size; one for a company alone.

    The customer itself is one that the user sees.
    """
    everybody = member_ids(customer_id)
    if everybody == [customer_id]:
        return Group([], (customer_id,), 0)
    seen = {row.pk: row for row in Customer.objects.visible_to(user).filter(pk__in=everybody)}
    parents = dict(Customer.objects.filter(pk__in=everybody).values_list("pk", "parent_id"))
    members = {pk: Member(row) for pk, row in sorted(seen.items(), key=lambda item: (item[1].sort_key, item[0]))}
    roots: list[Member] = []
    for pk, member in members.items():
        above: int | None = parents[pk]
        while above is not None and above not in members:
            member.via_hidden = True
            above = parents.get(above)
        (members[above].below if above is not None else roots).append(member)
    return Group(roots, tuple(members), len(everybody) - len(members))


def _walk(sql: str, customer_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [customer_id])
        return [pk for (pk,) in cursor.fetchall()]
