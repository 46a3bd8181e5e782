"""Programs and their keys: made, rotated, withdrawn by an administrator."""

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from users.constants import Cause, KeyReach, UserKind
from users.errors import Invalid
from users.models import ApiKey, Department, User
from users.models.keys import DEFAULT_RATE, hash_of, new_token
from users.roles import NOT_FOR_KEYS, Permission
from users.services import changes

LONGEST = dt.timedelta(days=366)
LONGEST_OVERLAP = dt.timedelta(days=30)
HIGHEST_RATE = 60_000
_USE_NOTED_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class KeyTerms:
    """What is said of a key: what for, what it may do, to whose customers, until when, how often."""

    label: str
    scopes: Collection[str]
    expires_at: dt.datetime
    reach: str = KeyReach.ALL
    departments: Collection[Department] = ()
    rate_per_minute: int = DEFAULT_RATE


@transaction.atomic
def create_program(*, name: str, by: User, department: Department | None = None) -> User:
    """Make a program: a user without password or roles, who does nothing until it has a key. Raises Invalid."""
    _require(by)
    program = User(kind=UserKind.PROGRAM, name=name.strip(), department=department)
    program.username = f"program-{secrets.token_hex(4)}"
    program.set_unusable_password()
    try:
        program.full_clean(exclude=["password", "groups", "department"])
    except ValidationError as error:
        raise Invalid({key: " ".join(told) for key, told in error.message_dict.items()}) from error
    program.save()
    changes.record_create(changes.open_set(by=by, cause=Cause.PAGE, summary=program.name), program)
    return program


@transaction.atomic
def issue(*, program: User, terms: KeyTerms, by: User) -> tuple[ApiKey, str]:
    """Make a key for a program and log it; returns it with its token, which nobody can read again.

    Raises PermissionDenied, and Invalid for a scope that `by` doesn't hold, a reach without departments, or an
    end that is past or more than a year away.
    """
    _require(by)
    _check(terms, by)
    return _save(program, terms, by)


@transaction.atomic
def create_with_key(*, name: str, department: Department | None, terms: KeyTerms, by: User) -> tuple[ApiKey, str]:
    """Make a program with its first key, both or neither; returns as `issue`. Raises as both."""
    return issue(program=create_program(name=name, department=department, by=by), terms=terms, by=by)


@transaction.atomic
def rotate(*, key_id: int, overlap: dt.timedelta, by: User) -> tuple[ApiKey, str]:
    """Replace a key by a new one with the same terms and term; the old one stays good for `overlap`, no longer.

    Raises PermissionDenied, ApiKey.DoesNotExist, and Invalid for a key that is no longer good.
    """
    _require(by)
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("user").get(pk=key_id)
    now = timezone.now()
    if not old.is_good(now):
        raise Invalid({"": _("This key is no longer good. Make a new one.")})
    if not dt.timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid({"overlap": _("The old key stays good for %(days)s days at most.") % {"days": 30}})
    terms = KeyTerms(
        label=old.label,
        scopes=old.scopes,
        expires_at=now + min(old.expires_at - old.created_at, LONGEST),
        reach=old.reach,
        departments=list(old.departments.all()),
        rate_per_minute=old.rate_per_minute,
    )
    made, token = _save(old.user, terms, by, replaces=old)
    _change(old, by, expires_at=min(old.expires_at, now + overlap))
    return made, token


@transaction.atomic
def withdraw(*, key_id: int, by: User) -> ApiKey:
    """End a key at once, and log it; the next request with it is refused. A second time changes nothing.

    Raises PermissionDenied and ApiKey.DoesNotExist.
    """
    _require(by)
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("user").get(pk=key_id)
    if key.withdrawn_at is None:
        _change(key, by, withdrawn_at=timezone.now())
    return key


def note_use(*, key: ApiKey) -> None:
    """Keep when a key was used last, written once a minute at most; a trace, so it isn't logged."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - _USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def _require(by: User) -> None:
    if not by.may(Permission.KEY_EDIT):
        raise PermissionDenied


def _check(terms: KeyTerms, by: User) -> None:
    faults: dict[str, str] = {}
    known = {permission.value for permission in set(Permission) - NOT_FOR_KEYS}
    now = timezone.now()
    if not terms.label.strip() or len(terms.label) > 80 or "\x00" in terms.label:
        faults["label"] = _("Say in up to 80 characters what the key is for.")
    if not terms.scopes:
        faults["scopes"] = _("Choose what the key may do.")
    elif strange := set(terms.scopes) - known:
        faults["scopes"] = _("No key may do this: %(scopes)s.") % {"scopes": ", ".join(sorted(strange))}
    elif beyond := [scope for scope in sorted(terms.scopes) if not by.may(Permission(scope))]:
        faults["scopes"] = _("You can't give what you don't have: %(scopes)s.") % {"scopes": ", ".join(beyond)}
    if terms.reach not in KeyReach.values:
        faults["reach"] = _("There is no such reach.")
    elif (terms.reach == KeyReach.DEPARTMENT) != bool(terms.departments):
        faults["departments"] = _("Name departments for a key that reaches some, and for no other.")
    if not now < terms.expires_at <= now + LONGEST:
        faults["expires_at"] = _("A key ends in the future, within a year.")
    if not 1 <= terms.rate_per_minute <= HIGHEST_RATE:
        faults["rate_per_minute"] = _("From 1 to %(most)s calls a minute.") % {"most": HIGHEST_RATE}
    if faults:
        raise Invalid(faults)


def _save(program: User, terms: KeyTerms, by: User, replaces: ApiKey | None = None) -> tuple[ApiKey, str]:
    prefix, token = new_token()
    key = ApiKey(
        user=program,
        label=terms.label.strip(),
        prefix=prefix,
        secret_hash=hash_of(token),
        scopes=sorted(set(terms.scopes)),
        reach=terms.reach,
        rate_per_minute=terms.rate_per_minute,
        expires_at=terms.expires_at,
        replaces=replaces,
    )
    key.save()
    key.departments.set(terms.departments)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=f"{program.name}: {key}")
    extra = {"departments": sorted(department.pk for department in terms.departments)}
    changes.record_create(change_set, key, extra=extra)
    return key, token


def _change(key: ApiKey, by: User, **values: dt.datetime) -> None:
    before = changes.snapshot(key)
    for name, value in values.items():
        setattr(key, name, value)
    key.save(update_fields=list(values))
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=f"{key.user.name}: {key}")
    changes.record_update(change_set, key, before)
