"""What this chapter prints of a customer: the basic information card, its stages, and the contacts."""

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from accounts.registry import ArchivePart
from accounts.sections import CONTACTS, IDENTITY
from crm.lib import display
from crm.lib.pdf import Part
from users.models import User
from users.roles import Permission

_STEPS = 10
_CONTACTS = 200


def card(_user: User, customer_id: int) -> Part:
    """The basic information card and the latest stages."""
    row = Customer.objects.select_related("owner", "department", "industry", "region", "parent").get(pk=customer_id)
    language = get_language() or "en"
    turnover = row.yearly_turnover
    facts = [
        (_("Legal name"), row.name),
        (_("Short name"), row.short_name),
        (_("Former names"), display.listed(row.former_names, language=language)),
        (_("Code"), row.code),
        (_("Tax number"), row.tax_number),
        (_("Kind"), row.get_kind_display()),
        (_("Stage"), row.get_life_cycle_display()),
        (_("Industry"), str(row.industry or "")),
        (_("Region"), str(row.region or "")),
        (_("Address"), row.address),
        (_("Website"), row.website),
        (pgettext("number of people", "Staff"), display.number(row.staff_count) if row.staff_count is not None else ""),
        (_("Yearly turnover"), display.money(turnover, row.currency, language=language) if turnover else ""),
        (_("Founded in"), str(row.founded_year or "")),
        (_("Owner"), str(row.owner or _("nobody"))),
        (_("Department"), str(row.department or _("none"))),
        (_("Note"), row.note),
    ]
    steps = row.transitions.order_by("-id")[:_STEPS]
    return Part(
        _("Basic information"),
        facts=[(label, value) for label, value in facts if value],
        heads=(_("Stage"), _("on the day"), _("Reason")),
        rows=[(step.get_after_display(), display.day(step.on, language=language), step.reason) for step in steps],
    )


def people(_user: User, customer_id: int) -> Part:
    """The contacts, the most influential first."""
    rows = list(Contact.objects.filter(customer_id=customer_id).order_by("-influence", "name", "id")[:_CONTACTS])
    rows.sort(key=lambda row: (-(row.influence or 0), row.name))
    return Part(
        _("Contacts"),
        heads=(
            pgettext("of a person", "Name"),
            pgettext("job", "Post"),
            _("Part in decisions"),
            _("Phone"),
            _("E-mail"),
        ),
        rows=[
            (row.name, row.post, row.get_role_display(), " ".join(filter(None, (row.mobile, row.phone))), row.email)
            for row in rows
        ],
        note="" if rows else _("Nobody known there yet"),
    )


PARTS = (
    ArchivePart("accounts.card", IDENTITY, card, Permission.CUSTOMER_VIEW, 10),
    ArchivePart("accounts.contacts", CONTACTS, people, Permission.CUSTOMER_VIEW, 20),
)
