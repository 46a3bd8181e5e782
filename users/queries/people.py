"""Reading users: who signs in by a name, who is listed, who is left to administer."""

from django.db.models import Q, QuerySet

from users.models import User

ADMINISTRATOR = "administrator"


def id_by_login(login: str) -> int | None:
    """The id of the user who signs in by this name or e-mail address, in any case of letters."""
    text = login.strip()
    found = User.objects.filter(Q(username__iexact=text) | Q(email=text.lower(), email__gt="")).order_by("id")
    return found.values_list("id", flat=True).first()


def listed(
    *, query: str = "", role: str = "", department_ids: tuple[int, ...] = (), active: str = ""
) -> QuerySet[User]:
    """Users by name, with department and roles; `active` is "yes", "no" or empty for both."""
    users = User.objects.select_related("department").prefetch_related("groups").order_by("name", "id")
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
