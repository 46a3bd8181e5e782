"""Writing second factors: what people do with their own is logged, and an administrator can take away a lost one."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext as _

from users.constants import Cause
from users.errors import Invalid
from users.models import Change, User
from users.registry import security_hooks
from users.services import changes


@transaction.atomic
def reset(*, user: User, by: User | None, cause: Cause = Cause.PAGE) -> int:
    """Take away a user's lost second factors and recovery codes, end their sessions, log it, tell them.

    Returns how many were taken away. Whose role asks for one sets up a new one at the next sign-in.

    Raises
    ------
    Invalid
        For one's own: those are removed on the page of one's own security, which asks who it is.
    """
    if by is not None and by.pk == user.pk:
        raise Invalid({"": _("Your own second factors are removed in your profile.")})
    found = list(Authenticator.objects.select_for_update().filter(user=user))
    if not found:
        return 0
    Authenticator.objects.filter(pk__in=[one.pk for one in found]).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    _log(user, by=by, cause=cause, before=sorted({one.type for one in found}), after=[])
    _tell(user, "reset")
    return len(found)


@transaction.atomic
def log_own(*, user: User, happened: str, kind: str) -> None:
    """Log that a person added, removed or renewed a second factor of theirs, and tell them."""
    before, after = ([kind], []) if happened == "removed" else ([], [kind])
    _log(user, by=user, cause=Cause.PAGE, before=before, after=after)
    _tell(user, happened)


def _log(user: User, *, by: User | None, cause: Cause, before: list[str], after: list[str]) -> None:
    change_set = changes.open_set(by=by, cause=cause, summary=f"{user.username}: {user.name}")
    Change.objects.create(
        change_set=change_set,
        action="update",
        model=user._meta.label_lower,
        object_id=user.pk,
        before={"second_factors": before},
        after={"second_factors": after},
    )


def _tell(user: User, happened: str) -> None:
    for hook in security_hooks:
        hook(user, happened)
