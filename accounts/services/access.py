"""Access to a customer outside one's scope: asked for with a reason, approved by a manager, over by itself."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccessGrant, ArchiveLookup, Customer
from accounts.parameters import ACCESS
from accounts.queries import access, archive
from accounts.scope import wholly_in
from accounts.sections import sections
from crm.lib import dates
from jobs.services import messages
from users.approvals import ApprovalKind, Line
from users.constants import ApprovalState, Cause
from users.errors import CannotApply
from users.models import Approval, User
from users.queries import approvers
from users.services import approvals, changes, parameters

KIND = "accounts.grant"
LOOKUP_HOLDS = dt.timedelta(days=1)
LONGEST_REASON = 300


@transaction.atomic
def request_access(*, lookup_id: int, asked: Collection[str], may_print: bool, reason: str, by: User) -> Approval:
    """Ask to read sections of a customer that a lookup of one's own found; the department's manager decides.

    Raises ArchiveLookup.DoesNotExist for a lookup that isn't one's own, found nothing or is a day old,
    ValidationError for what doesn't fit or was asked before, and `users.errors.NobodyToAsk`.
    """
    customer = looked_up(lookup_id=lookup_id, by=by)
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    if not reason:
        raise ValidationError({"reason": _("Say what you need it for: the manager decides by it.")})
    chosen = [code for code in _codes() if code in asked]
    if not chosen or len(chosen) != len(set(asked)):
        raise ValidationError({"sections": _("Choose at least one section of the list.")})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"access:{by.pk}:{customer.pk}"])
    waiting = Approval.objects.filter(kind=KIND, asked_by=by, customer_id=customer.pk, state=ApprovalState.OPEN)
    if waiting.exists():
        raise ValidationError(_("You have asked for this customer already, and it isn't decided yet."))
    values = {"sections": chosen, "may_print": may_print, "masked": archive.masked(customer), "asker": str(by)}
    return approvals.ask(kind=KIND, by=by, reason=reason, customer_id=customer.pk, values=values)


def looked_up(*, lookup_id: int, by: User) -> Customer:
    """The customer that a lookup of this person found, if it still lies outside their scope. Raises as above."""
    rows = ArchiveLookup.objects.filter(user=by, customer_id__isnull=False, at__gt=timezone.now() - LOOKUP_HOLDS)
    lookup = rows.get(pk=lookup_id)
    customer = Customer.objects.filter(pk=lookup.customer_id or 0).first()
    if customer is None or wholly_in(by, customer):
        raise ArchiveLookup.DoesNotExist
    return customer


@transaction.atomic
def withdraw(*, grant_id: int, by: User) -> AccessGrant:
    """End a grant now: the manager, the owner, or who holds it. With its change set; the holder is told.

    Raises AccessGrant.DoesNotExist out of sight or if it is over, and PermissionDenied.
    """
    rows = AccessGrant.objects.visible_to(by).live().select_for_update(of=("self",))
    grant = rows.select_related("customer", "user").get(pk=grant_id)
    if not access.may_withdraw(by, grant):
        raise PermissionDenied
    before = changes.snapshot(grant)
    grant.withdrawn_at, grant.withdrawn_by = timezone.now(), by
    grant.save(update_fields=["withdrawn_at", "withdrawn_by"])
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Access withdrawn"))
    changes.record_update(change_set, grant, before, customer_id=grant.customer_id)
    if grant.user_id != by.pk:
        messages.tell(
            recipient=grant.user,
            template="access.withdrawn",
            values={"customer": archive.masked(grant.customer), "by": str(by)},
            occasion=f"access.withdrawn:{grant.pk}",
            url=reverse("accounts:access"),
        )
    return grant


def _codes() -> list[str]:
    return sections.keys()


# ── The kind of approval ────────────────────────────────────────────────────


def _approvers(approval: Approval) -> Sequence[User]:
    """The manager of the customer's department; without one, of its owner's."""
    homes = Customer.objects.filter(pk=approval.customer_id or 0).values_list("department_id", "owner__department_id")
    department_id, owners = next(iter(homes), (None, None))
    return approvers.managers_of(department_id if department_id is not None else owners, but=approval.asked_by)


def _grant(approval: Approval, decider: User) -> None:
    """Carry an approved request out, in the deciding transaction: a grant from now until it ends by itself."""
    if not approval.asked_by.is_active:
        raise CannotApply(_("Who asked can't sign in any more."))
    customer = Customer.objects.filter(pk=approval.customer_id or 0).first()
    if customer is None:
        raise CannotApply(_("The customer is no longer on record."))
    now = timezone.now()
    days = parameters.in_force(ACCESS.code, on=dates.today()).values.grant_days
    row = AccessGrant.objects.create(
        customer=customer,
        user=approval.asked_by,
        sections=approval.values["sections"],
        may_print=approval.values["may_print"],
        reason=approval.reason[:LONGEST_REASON],
        approval_id=approval.pk,
        granted_by=decider,
        starts_at=now,
        ends_at=now + dt.timedelta(days=days),
    )
    change_set = changes.open_set(by=decider, cause=Cause.PAGE, summary=_("Access granted"))
    changes.record_create(change_set, row, customer_id=customer.pk)


def _describe(approval: Approval) -> str:
    """The request in a sentence; the name stays masked, as the asker reads it too."""
    said = {"asker": approval.values["asker"], "customer": approval.values["masked"]}
    return _("%(asker)s asks to read the archive of %(customer)s") % said


def _lines(approval: Approval, reader: User) -> list[Line]:
    customer = Customer.objects.readable_by(reader).filter(pk=approval.customer_id or 0).first()
    named = [sections.get(code).label for code in approval.values["sections"] if code in sections]
    rows: list[Any] = [Line(one, _("closed"), _("may be read")) for one in named]
    if customer is not None:
        rows.insert(0, Line(_("Customer"), customer.name, customer.code))
    rows.append(Line(_("Print"), _("no"), _("allowed") if approval.values["may_print"] else _("no")))
    days = parameters.in_force(ACCESS.code, on=dates.today()).values.grant_days
    rows.append(Line(_("Ends by itself after"), "", _("%(days)s days") % {"days": days}))
    return rows


def _page(approval: Approval) -> str:
    return reverse("accounts:customer_detail", args=[approval.customer_id])


APPROVAL = ApprovalKind(
    code=KIND,
    label=gettext_lazy("Access to a customer"),
    approvers=_approvers,
    apply=_grant,
    describe=_describe,
    url=_page,
    lines=_lines,
)
