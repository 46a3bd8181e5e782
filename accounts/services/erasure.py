"""Erasing a person's data: the contact, what was said of it, what was logged of it. The seals of the log stay valid."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import FactState
from accounts.models import Contact, Customer, Fact
from accounts.queries import rights
from accounts.registry import Person, erasers
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.roles import Permission
from users.services import changes, erasing

# What is left of a person in columns that can't be empty.
BLANK = "—"
_EMPTY = ("post", "department", "mobile", "phone", "email", "wechat", "role", "attitude", "note", "search_text")


@transaction.atomic
def erase(*, contact_id: int, reason: str, by: User) -> ChangeSet:
    """Erase a person for good: nothing can take it back. What remains is that somebody was known there.

    Empties the contact and its search keys, what was proposed of it, what the change log kept of it, messages and
    tasks of its customer that name it, and what chapters add by `accounts.registry.erasers`. The erasure itself is
    logged, without the person. Raises Contact.DoesNotExist, PermissionDenied, and ValidationError without a reason
    or for a person erased before.
    """
    contact = Contact.objects.visible_to(by).select_related("customer").get(pk=contact_id)
    rights.require(by, Permission.CUSTOMER_ERASE, contact.customer)
    Customer.objects.select_for_update(no_key=True).get(pk=contact.customer_id)
    contact.refresh_from_db()
    if not reason.strip():
        raise ValidationError({"reason": _("Say who asked for it and when, without naming the person.")})
    if contact.erased_at is not None:
        raise ValidationError(_("This person was erased before."))
    person = person_of(contact)
    if any(text.casefold() in reason.casefold() for text in (*person.names, *person.marks)):
        raise ValidationError({"reason": _("The reason is kept for ever: leave the person out of it.")})
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Personal data erased"))
    _empty(contact)
    said = _forget_facts(contact)
    logged = erasing.erase(changes=of_person(contact.pk), change_set=change_set)
    elsewhere = {code: erasers.get(code)(person) for code in erasers.keys()}  # noqa: SIM118 - a Registry iterates over its entries
    Change.objects.create(
        change_set=change_set,
        action=Action.ERASE,
        model=Contact._meta.label_lower,
        object_id=contact.pk,
        customer_id=contact.customer_id,
        after={"reason": reason.strip()[:300], "facts": said, "changes": logged, **elsewhere},
    )
    return change_set


def person_of(contact: Contact) -> Person:
    """The names and marks by which a person is found elsewhere."""
    marks = (contact.mobile, contact.phone, contact.email, contact.wechat)
    return Person(
        contact_id=contact.pk,
        customer_id=contact.customer_id,
        names=(contact.name,),
        marks=tuple(dict.fromkeys(mark for mark in marks if len(mark) >= 6)),
    )


def of_person(contact_id: int) -> list[int]:
    """The ids of the changes that hold a person's data."""
    own = Change.objects.filter(model=Contact._meta.label_lower, object_id=contact_id)
    facts = Fact.objects.filter(contact_id=contact_id).values("pk")
    said = Change.objects.filter(model=Fact._meta.label_lower, object_id__in=facts)
    return sorted({*own.values_list("pk", flat=True), *said.values_list("pk", flat=True)})


def _empty(contact: Contact) -> None:
    now = timezone.now()
    Contact.objects.filter(pk=contact.pk).update(
        **dict.fromkeys(_EMPTY, ""),
        name=BLANK,
        influence=None,
        reports_to=None,
        search_grams=[],
        version=contact.version + 1,
        updated_at=now,
        erased_at=now,
    )


def _forget_facts(contact: Contact) -> int:
    facts = Fact.objects.filter(contact=contact)
    facts.filter(state=FactState.UNSETTLED).update(state=FactState.SUPERSEDED, settled_at=timezone.now())
    return facts.update(value=None, before=None, note="", answer="")


def require(by: User, contact: Contact) -> None:
    """Refuse who may not erase this person, with PermissionDenied."""
    if not rights.may(by, Permission.CUSTOMER_ERASE, contact.customer):
        raise PermissionDenied
