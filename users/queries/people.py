"""Reading users: who signs in by a name, who is listed, who is left to administer."""

from django.db.models import Q, QuerySet

from users.constants import UserKind
from users.models import User
from users.queries import departments
from users.roles import Permission, Reach

ADMINISTRATOR = "administrator"


def id_by_login(login: str) -> int | None:
    """The id of the user who signs in by this name or e-mail address, in any case of letters."""
    text = login.strip()
    named = Q(username__iexact=text) | Q(email=text.lower(), email__gt="")
    found = User.objects.filter(named, kind=UserKind.PERSON).order_by("id")
    return found.values_list("id", flat=True).first()


def listed(
    *, query: str = "", role: str = "", department_ids: tuple[int, ...] = (), active: str = ""
) -> QuerySet[User]:
    """People by name, with department and roles; `active` is "yes", "no" or empty for both."""
    everybody = User.objects.filter(kind=UserKind.PERSON).order_by("name", "id")
    users = everybody.select_related("department").prefetch_related("groups")
    if query:
        users = users.filter(Q(name__icontains=query) | Q(username__icontains=query) | Q(email__icontains=query))
    if role:
        users = users.filter(groups__name=role)
    if department_ids:
        users = users.filter(department_id__in=department_ids)
    if active:
        users = users.filter(is_active=active == "yes")
    return users


def other_administrators(user: User) -> bool:
    """Whether somebody else may sign in as an administrator."""
    return User.objects.filter(is_active=True, groups__name=ADMINISTRATOR).exclude(pk=user.pk).exists()


def led_by(user: User, permission: Permission, prefix: str = "") -> Q:
    """Whom a user leads: the people of the departments in which a role of theirs allows the act.

    A condition on users, or on rows that reach one through `prefix`. Nobody where no role allows it.
    """
    reaches = {role.reach for role in user.roles if user.is_active and permission in role.permissions}
    if Reach.ALL in reaches:
        return ~Q(pk__in=[])  # everybody; an empty condition would vanish beside another one
    if Reach.DEPARTMENT in reaches and user.department_id is not None:
        return Q(**{f"{prefix}department_id__in": departments.subtree_ids(user.department_id)})
    return Q(pk__in=[])


def colleagues_of(user: User, permission: Permission) -> QuerySet[User]:
    """To whom a user may hand work: themselves, the people of their department and below, and those they lead."""
    allowed = Q(pk=user.pk) | led_by(user, permission)
    if user.department_id is not None:
        allowed |= Q(department_id__in=departments.subtree_ids(user.department_id))
    return User.objects.filter(allowed, is_active=True, kind=UserKind.PERSON).order_by("name", "id")
