"""Printing a customer's archive: numbered without gaps, watermarked, and written down before it leaves."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.constants import Door
from accounts.models import ArchivePrint, Customer, ReadLog
from accounts.queries import access
from accounts.registry import archive_parts
from accounts.scope import opened_to, wholly_in
from crm.lib import dates, pdf
from crm.lib.requests import request_id
from users.constants import Action, Cause
from users.models import Change, User
from users.services import changes


@transaction.atomic
def print_archive(*, customer_id: int, by: User) -> tuple[ArchivePrint, bytes]:
    """Print what a user may print of a customer, as PDF, under the company's next number.

    The number, the log of reads and the change log are written with it or not at all, so no number is ever missing.

    Raises
    ------
    Customer.DoesNotExist
        Out of the user's sight.
    PermissionDenied
        Seen, but the role prints nothing, or no grant allows printing.
    """
    customer = Customer.objects.readable_by(by).get(pk=customer_id)
    allowed = access.may_print(by, customer)
    if not allowed:
        raise PermissionDenied(_("Your access to this customer does not allow printing."))
    pdf.load()
    row = ArchivePrint(
        number=_next_number(), at=timezone.now(), user=by, customer_id=customer.pk, sections=sorted(allowed)
    )
    content = pdf.render(_document(row, customer))
    row.save()
    _log(row, customer)
    return row, content


def printed_number(row: ArchivePrint) -> str:
    """A print's number as it stands on the paper."""
    return f"P-{row.number:06}"


def _next_number() -> int:
    """One more than the last. The lock holds until the print is written: the next one waits, and no number is lost."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('archive prints'))")
    last = ArchivePrint.objects.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _document(row: ArchivePrint, customer: Customer) -> pdf.Document:
    at = row.at.astimezone(dates.company_zone())
    stamp = f"{row.user} ({row.user.username}) · {at:%Y-%m-%d %H:%M} · {printed_number(row)}"
    parts = sorted(archive_parts, key=lambda part: part.order)
    shown = [part for part in parts if part.section in row.sections and row.user.may(part.permission)]
    return pdf.Document(
        # Translators: 客户档案
        title=_("Customer archive: %(name)s") % {"name": customer.name},
        subtitle=_("Code %(code)s. Not to be passed on.") % {"code": customer.code},
        watermark=stamp,
        foot=stamp,
        language=get_language() or "en",
        parts=[part.content(row.user, customer.pk) for part in shown],
    )


def _log(row: ArchivePrint, customer: Customer) -> None:
    """Every print is a read that is logged, whoever has the customer; and it stands in the customer's history."""
    grants = () if wholly_in(row.user, customer) else opened_to(row.user).get(customer.pk, ())
    printable = [grant.grant_id for grant in grants if grant.may_print]
    ReadLog.objects.create(
        user=row.user,
        customer_id=customer.pk,
        door=Door.PRINT,
        request_id=request_id.get() or uuid.uuid4().hex,
        grant_id=printable[-1] if printable else None,
        is_protected=customer.is_protected,
    )
    summary = _("Archive printed: %(number)s") % {"number": printed_number(row)}
    change_set = changes.open_set(by=row.user, cause=Cause.PAGE, summary=summary)
    Change.objects.create(
        change_set=change_set,
        action=Action.EXPORT,
        model=Customer._meta.label_lower,
        object_id=customer.pk,
        customer_id=customer.pk,
        after={"print": printed_number(row), "sections": row.sections},
    )
