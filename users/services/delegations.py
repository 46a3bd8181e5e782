"""Giving one's approvals to somebody else for a while."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import dates
from users.constants import Cause, UserKind
from users.errors import Invalid
from users.models import ChangeSet, Delegation, User
from users.services import changes

LONGEST_DAYS = 366


@transaction.atomic
def delegate(*, by: User, to: User, until: dt.date) -> Delegation:
    """Let somebody decide in one's place until the end of a day; an earlier delegation ends.

    The giver may still decide. Who decides in another's place sees no customer they don't see anyway.
    Raises Invalid for oneself, somebody who may not sign in, or a day that isn't within a year from today.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    today = dates.today()
    if to.pk == by.pk:
        raise Invalid({"to": _("Choose somebody else.")})
    if not to.is_active or to.kind != UserKind.PERSON:
        raise Invalid({"to": _("%(name)s may not sign in.") % {"name": to}})
    if not today <= until <= today + dt.timedelta(days=LONGEST_DAYS):
        raise Invalid({"until": _("Choose a day from today to one year ahead.")})
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Approvals delegated"))
    _end_open(by, change_set)
    row = Delegation.objects.create(giver=by, taker=to, until=until)
    changes.record_create(change_set, row)
    return row


@transaction.atomic
def end(*, by: User) -> bool:
    """Take one's approvals back; False if none were given."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    if not Delegation.objects.filter(giver=by, ended_at=None).exists():
        return False
    _end_open(by, changes.open_set(by=by, cause=Cause.PAGE, summary=_("Delegation ended")))
    return True


def _end_open(giver: User, change_set: ChangeSet) -> None:
    for row in Delegation.objects.filter(giver=giver, ended_at=None):
        before = changes.snapshot(row)
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        changes.record_update(change_set, row, before)
