"""Saying something of a customer that another one keeps, and settling it field by field."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import Confidence, FactSource, FactState
from accounts.errors import FactsMoved
from accounts.models import Contact, Customer, Fact
from accounts.queries import facts as queries
from accounts.queries import rights
from accounts.services import contacts, customers
from crm.lib import dates
from jobs.services import messages
from users.constants import Cause
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes


@dataclass(frozen=True)
class Evidence:
    """Where somebody has it from, since when, how sure they are, and until when it holds."""

    source: str = FactSource.SALES
    note: str = ""
    known_on: dt.date | None = None
    confidence: int = Confidence.LIKELY
    expires_on: dt.date | None = None


@transaction.atomic
def propose(
    *,
    customer_id: int,
    values: Mapping[str, Any],
    by: User,
    evidence: Evidence | None = None,
    contact_id: int | None = None,
    cause: Cause = Cause.PAGE,
) -> list[Fact]:
    """Propose values for columns of a customer, or of one of its contacts, that the user sees: a fact for each
    that differs from what is stored. One's own earlier, unsettled word on a column is overtaken; others' stay
    beside it. The data steward is told.

    Raises Customer.DoesNotExist, Contact.DoesNotExist, PermissionDenied, and ValidationError for values that
    don't fit or if nothing differs.
    """
    customer = Customer.objects.visible_to(by).get(pk=customer_id)
    if not by.may(Permission.CUSTOMER_PROPOSE):
        raise PermissionDenied
    contact = Contact.objects.visible_to(by).get(pk=contact_id, customer=customer) if contact_id is not None else None
    said = _checked(evidence or Evidence())
    differing = _differing(customer, contact, values, by)
    if not differing:
        raise ValidationError(_("Nothing differs from what is stored."))
    change_set = changes.open_set(by=by, cause=cause, summary=_("Changes proposed"))
    earlier = Fact.objects.filter(customer=customer, contact=contact, field__in=list(differing), reporter=by)
    _overtake(earlier.filter(state=FactState.UNSETTLED), change_set, by=by)
    before = changes.snapshot(contact or customer)
    made = []
    for name, value in differing.items():
        fact = Fact(customer=customer, contact=contact, field=name, value=value, before=before[name], reporter=by)
        fact.source, fact.note, fact.confidence = said.source, said.note, said.confidence
        fact.known_on, fact.expires_on = said.known_on or dates.today(), said.expires_on
        fact.save()
        changes.record_create(change_set, fact, customer_id=customer.pk)
        made.append(fact)
    _tell_keepers(customer, made, change_set, by)
    return made


@transaction.atomic
def settle(
    *,
    customer_id: int,
    accept: Collection[int] = (),
    refuse: Collection[int] = (),
    seen: Mapping[int, Any] | None = None,
    by: User,
    answer: str = "",
) -> list[Fact]:
    """Accept or refuse facts of one customer, each by itself; accepting writes the column in the same change set.

    `seen` is what the column of each accepted fact held, as a JSON value, when the user decided; without it, what
    it held when the fact was said. Other unsettled facts on an accepted column are accepted too if they say the
    same, else overtaken. Those who said them are told.

    Raises
    ------
    Customer.DoesNotExist, Fact.DoesNotExist
        If the user doesn't see the customer, or a fact isn't one of its unsettled ones any more.
    PermissionDenied
        If the user doesn't write the customer's master data.
    FactsMoved
        If a column holds something else than was seen: it names them, and nothing was written.
    ValidationError
        If two of the accepted facts contradict each other, or a value doesn't fit.
    """
    Customer.objects.visible_to(by).get(pk=customer_id)
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=customer_id)
    rights.require(by, Permission.CUSTOMER_EDIT, customer)
    chosen = _chosen(customer, accept, refuse)
    accepted = [fact for fact in chosen if fact.pk in set(accept)]
    _refuse_contradictions(accepted)
    _refuse_moved(accepted, seen or {})
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Proposed changes settled"))
    _write_columns(customer, accepted, change_set, by)
    settled = [_settled(fact, fact.pk in set(accept), change_set, by, answer) for fact in chosen]
    settled += _settle_rivals(accepted, change_set, by)
    _tell_reporters(settled, change_set, by)
    return settled


# ── Proposing ───────────────────────────────────────────────────────────────


def _checked(said: Evidence) -> Evidence:
    faults: dict[str, Any] = {}
    if said.source not in FactSource.values:
        faults["source"] = _("Choose one of the list.")
    if said.confidence not in Confidence.values:
        faults["confidence"] = _("Choose one of the list.")
    if said.known_on is not None and said.known_on > dates.today():
        faults["known_on"] = _("This day is still to come.")
    if said.expires_on is not None and said.expires_on < dates.today():
        faults["expires_on"] = _("This day has passed.")
    if "\x00" in said.note or len(said.note) > 300:
        faults["note"] = _("300 characters at most.")
    if faults:
        raise ValidationError(faults)
    return said


def _differing(customer: Customer, contact: Contact | None, values: Mapping[str, Any], by: User) -> dict[str, Any]:
    """The values, checked as if they were saved, that differ from what is stored; as JSON."""
    row: Customer | Contact = contact or customer
    known = contacts.COLUMNS if contact is not None else customers.EDITABLE
    if strange := set(values) - known:
        raise ValidationError(_("These can't be proposed: %(names)s.") % {"names": ", ".join(sorted(strange))})
    cleaned = contacts.clean_edit(contact, values) if contact else customers.clean_edit(customer, values)
    parent_id = cleaned.get("parent_id")
    if (
        parent_id not in (None, customer.parent_id)
        and not Customer.objects.visible_to(by).filter(pk=parent_id).exists()
    ):
        raise ValidationError({"parent_id": _("There is no such customer.")})
    stored, wanted = changes.snapshot(row), changes.snapshot(type(row)(**cleaned))
    return {name: wanted[name] for name in cleaned if wanted[name] != stored[name]}


def _tell_keepers(customer: Customer, made: Sequence[Fact], change_set: ChangeSet, by: User) -> None:
    for user in queries.keepers_of(customer):
        if user != by:
            messages.tell(
                recipient=user,
                template="fact.proposed",
                values={"who": str(by), "count": len(made)},
                occasion=f"facts:{change_set.pk}",
                url=reverse("accounts:customer_facts", args=[customer.pk]),
                customer_id=customer.pk,
            )


# ── Settling ────────────────────────────────────────────────────────────────


def _chosen(customer: Customer, accept: Collection[int], refuse: Collection[int]) -> list[Fact]:
    wanted = {*accept, *refuse}
    if not wanted or set(accept) & set(refuse):
        raise ValidationError(_("Accept or refuse at least one, and none of them both."))
    rows = Fact.objects.unsettled().filter(customer=customer, pk__in=wanted)
    found = list(rows.select_for_update(of=("self",)).select_related("contact", "reporter").order_by("pk"))
    if len(found) < len(wanted):
        raise Fact.DoesNotExist
    return found


def _refuse_contradictions(accepted: Sequence[Fact]) -> None:
    said: dict[tuple[Any, str], Any] = {}
    for fact in accepted:
        if said.setdefault((fact.contact_id, fact.field), fact.value) != fact.value:
            raise ValidationError(_("Two of the accepted ones contradict each other: accept one of them."))


def _refuse_moved(accepted: Sequence[Fact], seen: Mapping[int, Any]) -> None:
    moved = []
    for fact in accepted:
        stored = changes.snapshot(fact.contact or fact.customer)[fact.field]
        if stored != seen.get(fact.pk, fact.before):
            moved.append(fact)
    if moved:
        raise FactsMoved(moved)


def _write_columns(customer: Customer, accepted: Sequence[Fact], change_set: ChangeSet, by: User) -> None:
    """Write what was accepted through the services that everybody writes through."""
    own = {fact.field: fact.value for fact in accepted if fact.contact_id is None}
    if own:
        customers.update(customer_id=customer.pk, values=own, version=customer.version, by=by, change_set=change_set)
    for contact in {fact.contact for fact in accepted if fact.contact is not None}:
        values = {fact.field: fact.value for fact in accepted if fact.contact_id == contact.pk}
        contacts.update(contact_id=contact.pk, values=values, version=contact.version, by=by, change_set=change_set)


def _settled(fact: Fact, accepted: bool, change_set: ChangeSet, by: User, answer: str = "") -> Fact:
    return _end(fact, FactState.ACCEPTED if accepted else FactState.REFUSED, change_set, by, answer)


def _settle_rivals(accepted: Sequence[Fact], change_set: ChangeSet, by: User) -> list[Fact]:
    found = []
    for fact in accepted:
        places = Fact.objects.filter(customer_id=fact.customer_id, contact=fact.contact, field=fact.field)
        for rival in places.filter(state=FactState.UNSETTLED).select_for_update(of=("self",)).order_by("pk"):
            same = rival.value == fact.value
            found.append(_end(rival, FactState.ACCEPTED if same else FactState.SUPERSEDED, change_set, by))
    return found


def _overtake(facts: Any, change_set: ChangeSet, *, by: User) -> None:
    for fact in facts.select_for_update(of=("self",)).order_by("pk"):
        _end(fact, FactState.SUPERSEDED, change_set, by)


def _end(fact: Fact, state: FactState, change_set: ChangeSet, by: User, answer: str = "") -> Fact:
    before = changes.snapshot(fact)
    fact.state, fact.settled_by, fact.settled_at = state, by, timezone.now()
    fact.answer = " ".join(answer.replace("\x00", "").split())[:300]
    fact.save(update_fields=["state", "settled_by", "settled_at", "answer"])
    changes.record_update(change_set, fact, before, customer_id=fact.customer_id)
    return fact


def _tell_reporters(settled: Sequence[Fact], change_set: ChangeSet, by: User) -> None:
    for reporter in {fact.reporter for fact in settled}:
        if reporter == by or not Customer.objects.visible_to(reporter).filter(pk=settled[0].customer_id).exists():
            continue
        states = [fact.state for fact in settled if fact.reporter_id == reporter.pk]
        messages.tell(
            recipient=reporter,
            template="fact.settled",
            values={
                "who": str(by),
                "accepted": states.count(FactState.ACCEPTED),
                "refused": len(states) - states.count(FactState.ACCEPTED),
            },
            occasion=f"facts:{change_set.pk}",
            url=reverse("accounts:customer_facts", args=[settled[0].customer_id]),
            customer_id=settled[0].customer_id,
        )
