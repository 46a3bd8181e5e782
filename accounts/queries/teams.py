"""Reading an account's team."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.constants import TeamRole
from accounts.models import Customer, TeamMember
from accounts.queries import rights
from crm.lib import dates
from users.models import User
from users.roles import Permission

_ORDER = {role: place for place, role in enumerate(TeamRole.values)}


@dataclass(frozen=True)
class Team:
    """A customer's team on a day: who is in it, who will be, and who was."""

    now: Sequence[TeamMember]
    coming: Sequence[TeamMember]
    past: Sequence[TeamMember]

    @property
    def lead(self) -> TeamMember | None:
        """The single interface, if there is one today."""
        return next((member for member in self.now if member.role == TeamRole.LEAD), None)


def team_of(customer: Customer) -> Team:
    """The team of a customer that the caller has found in scope. One query."""
    today = dates.today()
    rows = list(TeamMember.objects.filter(customer=customer).select_related("user__department"))
    rows.sort(key=lambda row: (_ORDER[row.role], row.starts_on, row.pk))
    over = [row for row in rows if row.left_at is not None or (row.ends_on is not None and row.ends_on < today)]
    kept = [row for row in rows if row not in over]
    return Team(
        now=[row for row in kept if row.starts_on <= today],
        coming=[row for row in kept if row.starts_on > today],
        past=sorted(over, key=lambda row: row.left_at or dates.start_of_day(row.ends_on or today), reverse=True),
    )


def leads(user: User, customer: Customer) -> bool:
    """Whether a user is the team's lead today."""
    return TeamMember.objects.live().filter(customer=customer, user=user, role=TeamRole.LEAD).exists()


def may_manage(user: User, customer: Customer) -> bool:
    """Whether a user may say who is in the team: the owner, the department's manager, the lead."""
    return rights.may(user, Permission.TEAM_EDIT, customer) or (user.is_active and leads(user, customer))


def in_the_way(
    *, customer_id: int, role: str, user_id: int, starts_on: dt.date, ends_on: dt.date | None, but: int | None
) -> TeamMember | None:
    """A membership that overlaps these days: another lead if this is to be one, or another part of the same person."""
    clash = Q(user_id=user_id)
    if role == TeamRole.LEAD:
        clash |= Q(role=TeamRole.LEAD)
    rows = TeamMember.objects.filter(clash, customer_id=customer_id, left_at__isnull=True).exclude(pk=but or 0)
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        rows = rows.filter(starts_on__lte=ends_on)
    return rows.select_related("user").order_by("starts_on", "id").first()
