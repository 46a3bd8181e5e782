"""Whom teams and grants let a user read, for the registries of `accounts.scope`."""

from collections.abc import Iterator

from accounts.models import AccessGrant, TeamMember
from accounts.scope import Opened
from users.models import User


def team_customer_ids(user: User) -> list[int]:
    """The customers on whose team a user is today. One query through one index."""
    return list(TeamMember.objects.live().filter(user=user).order_by().values_list("customer_id", flat=True).distinct())


def granted(user: User) -> Iterator[Opened]:
    """The grants a user holds at this moment. One query through one index."""
    rows = AccessGrant.objects.live().filter(user=user).order_by("id")
    for pk, customer_id, sections, may_print in rows.values_list("id", "customer_id", "sections", "may_print"):
        yield Opened(pk, customer_id, frozenset(sections), may_print)
