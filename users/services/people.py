"""Writing users: made and changed by an administrator, their own profile by themselves."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from users.constants import Cause, Language, Theme
from users.errors import Conflict, Invalid
from users.models import Change, Department, User
from users.queries import people
from users.roles import ROLES, Reach
from users.services import changes


@dataclass(frozen=True)
class Particulars:
    """What an administrator says of a user."""

    username: str
    name: str
    email: str = ""
    department: Department | None = None
    roles: Collection[str] = ()
    language: str = Language.CHINESE
    is_active: bool = True


@transaction.atomic
def create_user(*, of: Particulars, password: str | None, by: User | None, cause: Cause = Cause.PAGE) -> User:
    """Make a user who may sign in with the password, and log it. Without one nobody can until `set_password`.

    Raises
    ------
    Invalid
        If a name is taken, a role has no department to reach, or the password is weak.
    """
    user = _apply(User(), of)
    _check(user, of.roles)
    if password is not None:
        _check_password(password, user)
    user.set_password(password)
    user.save()
    user.groups.set(_groups(of.roles))
    change_set = changes.open_set(by=by, cause=cause, summary=f"{user.username}: {user.name}")
    changes.record_create(change_set, user, extra={"groups": sorted(of.roles)})
    return user


@transaction.atomic
def update_user(*, user: User, of: Particulars, version: int, by: User) -> User:
    """Change a user, roles and right to sign in included, and log it; who may not any longer is out at once.

    Raises
    ------
    Conflict
        If somebody saved the user after `version` was read.
    Invalid
        If a name is taken, a role has no department to reach, or nobody would be left to administer.
    """
    _lock_administrators()
    row = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if row.version != version:
        raise Conflict(row.version)
    before = changes.snapshot(row) | {"groups": _role_codes(row)}
    _apply(row, of)
    _check(row, of.roles)
    if not (row.is_active and people.ADMINISTRATOR in of.roles) and not people.other_administrators(row):
        raise Invalid({"roles": _("Nobody else may sign in as an administrator: this user must stay one.")})
    row.version += 1
    row.save()
    row.groups.set(_groups(of.roles))
    row.reset_roles()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=f"{row.username}: {row.name}")
    changes.record_update(change_set, row, before, extra={"groups": sorted(of.roles)})
    return row


@transaction.atomic
def update_profile(*, user: User, name: str, email: str, language: str, theme: str) -> User:
    """Change what a person says of themselves, and log it. Raises Invalid if the e-mail address is taken."""
    row = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    before = changes.snapshot(row)
    row.name, row.email, row.language, row.theme = name.strip(), email.strip().lower(), language, theme
    _check(row, _role_codes(row))
    row.version += 1
    row.save()
    change_set = changes.open_set(by=user, cause=Cause.PAGE, summary=f"{row.username}: {row.name}")
    changes.record_update(change_set, row, before)
    return row


@transaction.atomic
def set_password(*, user: User, password: str, by: User) -> None:
    """Give a user a new password and log that it happened, not what it is. Ends the user's sessions.

    Raises
    ------
    Invalid
        If the password is weak.
    """
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=f"{user.username}: {user.name}")
    Change.objects.create(
        change_set=change_set,
        action="update",
        model=user._meta.label_lower,
        object_id=user.pk,
        after={"password": True},
    )


def set_theme(*, user: User, theme: str) -> None:
    """Keep the look a person chose; a taste, so it isn't logged. Raises Invalid for a look there isn't."""
    if theme not in Theme.values:
        raise Invalid({"theme": _("There is no such look.")})
    User.objects.filter(pk=user.pk).update(theme=theme)


def set_language(*, user: User, language: str) -> None:
    """Keep the language a person chose; a taste, so it isn't logged. Raises Invalid for one there isn't."""
    if language not in Language.values:
        raise Invalid({"language": _("There is no such language.")})
    User.objects.filter(pk=user.pk).update(language=language)


def _apply(user: User, of: Particulars) -> User:
    user.username, user.name, user.email = of.username.strip(), of.name.strip(), of.email.strip().lower()
    user.department, user.language, user.is_active = of.department, of.language, of.is_active
    return user


def _check(user: User, roles: Collection[str]) -> None:
    faults: dict[str, str] = {}
    try:
        user.full_clean(exclude=["password", "groups", "department"])
    except ValidationError as error:
        faults = {("" if name == "__all__" else name): " ".join(told) for name, told in error.message_dict.items()}
    if "@" in user.username:
        faults["username"] = _("A user name has no @, so that it is never taken for an e-mail address.")
    if unknown := set(roles) - set(ROLES):
        faults["roles"] = _("There is no role %(code)s.") % {"code": ", ".join(sorted(unknown))}
    elif user.department is None and any(ROLES[code].reach is Reach.DEPARTMENT for code in roles):
        faults["department"] = _("One of the roles works with a whole department: say which.")
    if faults:
        raise Invalid(faults)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from error


def _lock_administrators() -> None:
    """One at a time decides who administers, so that two can't remove each other."""
    list(Group.objects.select_for_update().filter(name=people.ADMINISTRATOR))


def _groups(roles: Collection[str]) -> list[Group]:
    return list(Group.objects.filter(name__in=roles))


def _role_codes(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))
