"""Who decides: managers along the department tree, holders of a permission, and those in whose place one acts."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from crm.lib import dates
from users.constants import UserKind
from users.models import Delegation, Department, User
from users.roles import ROLES, Permission, Reach


def holders(permission: Permission, *, reach: Reach | None = None) -> QuerySet[User]:
    """Everybody who may do an act, by a role with this reach if one is given."""
    roles = [
        role.code
        for role in ROLES.values()
        if permission in role.permissions and (reach is None or role.reach is reach)
    ]
    people = User.objects.filter(is_active=True, kind=UserKind.PERSON)
    return people.filter(groups__name__in=roles).distinct().order_by("name", "id")


def managers_of(department_id: int | None, *, but: User | None = None) -> list[User]:
    """Who manages a department: of it, else of the next one above that has a manager, else who decides for all.

    `but` is left out, as nobody decides on their own request: then the next manager above is asked.
    """
    managers = holders(Permission.APPROVAL_DECIDE, reach=Reach.DEPARTMENT)
    for level in ancestry(department_id):
        found = [user for user in managers.filter(department_id=level) if user != but]
        if found:
            return found
    return [user for user in holders(Permission.APPROVAL_DECIDE, reach=Reach.ALL) if user != but]


def above(people: Iterable[User], *, but: User | None = None) -> list[User]:
    """The next higher managers: of a department above all of these people's, else who decides for all."""
    present = {user.pk for user in people}
    lines = [ancestry(user.department_id) for user in people]
    shared = [level for level in lines[0] if all(level in line for line in lines)] if lines else []
    own = {user.department_id for user in people}
    start = next((level for level in shared if level not in own), None)
    return [user for user in managers_of(start, but=but) if user.pk not in present]


def is_above(user: User, people: Iterable[User]) -> bool:
    """Whether a user manages a department above that of one of these people, or decides for all."""
    if not user.may(Permission.APPROVAL_DECIDE):
        return False
    if any(role.reach is Reach.ALL and Permission.APPROVAL_DECIDE in role.permissions for role in user.roles):
        return True
    return any(user.department_id in ancestry(one.department_id)[1:] for one in people)


def ancestry(department_id: int | None) -> list[int]:
    """A department and those it is part of, the nearest first. One small query."""
    parents = dict(Department.objects.values_list("id", "parent_id")) if department_id is not None else {}
    line: list[int] = []
    while department_id is not None and department_id not in line:
        line.append(department_id)
        department_id = parents.get(department_id)
    return line


def delegations() -> QuerySet[Delegation]:
    """The delegations in force today, between people who may sign in."""
    in_force = Q(ended_at=None, until__gte=dates.today(), giver__is_active=True, taker__is_active=True)
    return Delegation.objects.filter(in_force)


def givers_to(user: User) -> list[User]:
    """In whose place a user decides today."""
    return [row.giver for row in delegations().filter(taker=user).select_related("giver")]


def with_delegates(people: Iterable[User]) -> list[User]:
    """People and those who decide in their place today, each once."""
    found = {user.pk: user for user in people}
    for row in delegations().filter(giver_id__in=list(found)).select_related("taker"):
        found.setdefault(row.taker_id, row.taker)
    return list(found.values())
