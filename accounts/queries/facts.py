"""Reading facts: which wait to be settled and by whom, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer, Fact
from accounts.queries import rights
from accounts.queries.conflicts import label_of
from accounts.scope import acting_scope, strict_department_ids
from crm.lib import display
from users.models import User
from users.queries import approvers
from users.roles import Permission
from users.services import changes


@dataclass(frozen=True)
class FactRow:
    """One fact in words. `now` is what the column holds; `moved`, that it isn't what it was when this was said."""

    fact: Fact
    label: str
    whose: str
    before: str
    now: str
    value: str
    moved: bool
    rivals: int


def to_settle(user: User) -> QuerySet[Fact]:
    """The unsettled facts of customers whose master data the user writes."""
    keeps = acting_scope(user, Permission.CUSTOMER_KEEP).condition("customer__")
    owns = Q(pk__in=[])
    if user.may(Permission.CUSTOMER_EDIT):
        strict = strict_department_ids(user)
        edits = acting_scope(user, Permission.CUSTOMER_EDIT).condition("customer__")
        owns = edits & ~Q(customer__department_id__in=strict) if strict else edits
    return Fact.objects.visible_to(user).unsettled().filter(keeps | owns)


def said_by(user: User) -> QuerySet[Fact]:
    """What the user said of customers they still see."""
    return Fact.objects.visible_to(user).filter(reporter=user)


def may_settle(user: User, customer: Customer) -> bool:
    """Whether the user settles what is said of a customer: who writes its master data."""
    return rights.may(user, Permission.CUSTOMER_EDIT, customer)


def keepers_of(customer: Customer) -> list[User]:
    """Who is told of a proposal: the data stewards of its department and those above; without any, the owner."""
    line = approvers.ancestry(customer.department_id)
    stewards = approvers.holders(Permission.CUSTOMER_KEEP).filter(department_id__in=line, groups__name="data_steward")
    return list(stewards) or ([customer.owner] if customer.owner else [])


def rows(facts: Iterable[Fact], user: User) -> list[FactRow]:
    """Facts in words; a few queries for all of them. Select customer, contact and reporter with them."""
    found = list(facts)
    names = _Names(found, user)
    sides: dict[tuple[Any, ...], int] = {}
    for fact in found:
        sides[_place(fact)] = sides.get(_place(fact), 0) + 1
    return [_row(fact, names, rivals=sides[_place(fact)] - 1) for fact in found]


def _row(fact: Fact, names: "_Names", *, rivals: int) -> FactRow:
    target: Model = fact.contact or fact.customer
    now = changes.snapshot(target).get(fact.field)
    return FactRow(
        fact=fact,
        label=label_of(type(target), fact.field),
        whose=str(fact.contact) if fact.contact else "",
        before=names.words(fact.field, fact.before, target),
        now=names.words(fact.field, now, target),
        value=names.words(fact.field, fact.value, target),
        moved=now != fact.before,
        rivals=rivals,
    )


def _place(fact: Fact) -> tuple[Any, ...]:
    return (fact.customer_id, fact.contact_id, fact.field)


class _Names:
    """What the rows are called that the values point to, fetched once; customers only as far as the reader sees."""

    def __init__(self, facts: Sequence[Fact], user: User) -> None:
        wanted: dict[str, set[int]] = {}
        for fact in facts:
            field = _field(fact.contact or fact.customer, fact.field)
            if field.is_relation:
                current = getattr(fact.contact or fact.customer, fact.field)
                ids = {pk for pk in (fact.value, fact.before, current) if pk is not None}
                wanted.setdefault(fact.field, set()).update(ids)
        self.names: dict[tuple[str, Any], str] = {}
        for name, ids in wanted.items():
            for pk, words in _related(name, ids, user).items():
                self.names[name, pk] = words

    def words(self, name: str, value: Any, target: Model) -> str:
        """A stored value as a reader knows it."""
        if value is None or value == "" or value == []:
            return _("(empty)")
        field = _field(target, name)
        if field.is_relation:
            # Translators: a company or person outside the reader's scope
            return self.names.get((name, value)) or _("one you can't see")
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, list):
            return display.listed(value, language=get_language() or "en")
        return str(dict(getattr(field, "flatchoices", ())).get(value, value))


def _field(target: Model, name: str) -> Any:
    return next(field for field in target._meta.concrete_fields if field.attname == name)


def _related(name: str, ids: set[int], user: User) -> dict[int, str]:
    if name == "parent_id":
        return {row.pk: str(row) for row in Customer.objects.visible_to(user).filter(pk__in=ids)}
    if name == "reports_to_id":
        return {row.pk: str(row) for row in Contact.objects.visible_to(user).filter(pk__in=ids)}
    related = Customer._meta.get_field(name.removesuffix("_id")).related_model
    return {row.pk: str(row) for row in related._default_manager.filter(pk__in=ids)}  # type: ignore[union-attr]
