"""Who is in an account's team. Joining gives read access to the account, leaving or the last day ends it."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.constants import TeamRole
from accounts.models import Customer, TeamMember
from accounts.queries import teams
from crm.lib import display
from jobs.services import messages
from users.constants import Cause, UserKind
from users.models import User
from users.services import changes


@transaction.atomic
def join(
    *, customer_id: int, user_id: int | None, role: str, starts_on: dt.date, ends_on: dt.date | None = None, by: User
) -> TeamMember:
    """Put a person into a customer's team from a day, and tell them; with its change set.

    Raises Customer.DoesNotExist out of sight, PermissionDenied for who may not manage the team, and ValidationError
    for somebody who can't sign in, days in the wrong order, a second lead or a second part at the same time.
    """
    # Locked: two who write the same team wait for each other here, and not for each other's rows.
    customer = Customer.objects.visible_to(by).select_for_update(no_key=True, of=("self",)).get(pk=customer_id)
    _require(by, customer)
    user = User.objects.filter(pk=user_id or 0, is_active=True, kind=UserKind.PERSON).first()
    if user is None:
        raise ValidationError({"user": _("Choose a colleague who may sign in.")})
    row = TeamMember(customer=customer, user=user, role=role, starts_on=starts_on, ends_on=ends_on)
    _save(row)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Joined the team"))
    changes.record_create(change_set, row, customer_id=customer.pk)
    if user != by:
        _tell(row)
    return row


@transaction.atomic
def change(*, member_id: int, role: str, starts_on: dt.date, ends_on: dt.date | None, by: User) -> TeamMember:
    """Change a membership that isn't over: its part and its days; with its change set. Raises as `join` does."""
    row = _managed(member_id, by)
    before = changes.snapshot(row)
    row.role, row.starts_on, row.ends_on = role, starts_on, ends_on
    _save(row)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Team changed"))
    changes.record_update(change_set, row, before, customer_id=row.customer_id)
    return row


@transaction.atomic
def leave(*, member_id: int, by: User) -> TeamMember:
    """End a membership at once: who manages the team ends any, everybody their own. With its change set.

    Raises TeamMember.DoesNotExist out of sight or if it has been left, and PermissionDenied.
    """
    row = _managed(member_id, by, own=True)
    before = changes.snapshot(row)
    row.left_at = timezone.now()
    row.save(update_fields=["left_at"])
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Left the team"))
    changes.record_update(change_set, row, before, customer_id=row.customer_id)
    return row


def _require(by: User, customer: Customer) -> None:
    if not teams.may_manage(by, customer):
        raise PermissionDenied(_("The owner, the department's manager and the team's lead say who is in the team."))


def _managed(member_id: int, by: User, *, own: bool = False) -> TeamMember:
    seen = (
        TeamMember.objects.visible_to(by)
        .filter(left_at__isnull=True)
        .select_for_update(no_key=True, of=("self", "customer"))
    )
    row = seen.select_related("customer", "user").get(pk=member_id)
    if not (own and row.user_id == by.pk):
        _require(by, row.customer)
    return row


def _save(row: TeamMember) -> None:
    if row.role not in TeamRole.values:
        raise ValidationError({"role": _("Choose one of the list.")})
    if row.ends_on is not None and row.ends_on < row.starts_on:
        raise ValidationError({"ends_on": _("The last day lies before the first.")})
    _refuse_clash(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        # Somebody else wrote between the question and the answer: the constraint has held, now say who.
        _refuse_clash(row)
        raise


def _refuse_clash(row: TeamMember) -> None:
    other = teams.in_the_way(
        customer_id=row.customer_id,
        role=row.role,
        user_id=row.user_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        but=row.pk,
    )
    if other is None:
        return
    said = {"name": other.user, "role": other.get_role_display(), "days": _days(other)}
    if other.user_id == row.user_id:
        raise ValidationError({"user": _("%(name)s is already in this team (%(role)s, %(days)s).") % said})
    raise ValidationError({"role": _("%(name)s leads this team %(days)s; a team has one lead at a time.") % said})


def _days(row: TeamMember) -> str:
    language = get_language() or "en"
    first = display.day(row.starts_on, language=language)
    if row.ends_on is None:
        return _("since %(first)s") % {"first": first}
    return _("from %(first)s to %(last)s") % {"first": first, "last": display.day(row.ends_on, language=language)}


def _tell(row: TeamMember) -> None:
    messages.tell(
        recipient=row.user,
        template="team.joined",
        values={"customer": str(row.customer), "role": row.role},
        occasion=f"team:{row.pk}",
        url=reverse("accounts:customer_detail", args=[row.customer_id]),
        customer_id=row.customer_id,
    )
