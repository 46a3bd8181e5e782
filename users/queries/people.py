"""Reading users: who signs in by a name, who is listed, who is left to administer."""

from django.db.models import Q, QuerySet

from users.constants import UserKind
from users.models import User

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
