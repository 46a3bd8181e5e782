"""What the search finds: customers, contacts, and what chapters add. Nothing out of the user's scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Customer
from accounts.queries import owners
from accounts.registry import Hit, searches
from crm.lib.search import normalise
from users.constants import UserKind
from users.models import User
from users.roles import Permission

LIMIT = 20
# So many matches are weighed against each other; the rest of very common texts is left out.
_WEIGHED = 200


@dataclass(frozen=True)
class Found:
    """The hits of one kind; `more` if there are others beyond the limit, `url` leads to all of them."""

    code: str
    label: str | Promise
    hits: Sequence[Hit]
    more: bool
    url: str = ""


def customers_named(user: User, query: str, *, limit: int = LIMIT) -> list[Customer]:
    """Visible customers that contain the text: an exact code first, then names that begin with it."""
    text = normalise(query.replace("\x00", ""))[:100]
    if not text:
        return []
    candidates = Customer.objects.visible_to(user).matching(text).order_by().values("pk")[:_WEIGHED]
    found = Customer.objects.filter(pk__in=candidates).annotate(
        weight=Case(
            When(code__iexact=text, then=Value(0)),
            When(Q(sort_key__startswith=text) | Q(search_text__startswith=text), then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    )
    return list(found.order_by("weight", "sort_key", "id").only(*_SHORT)[:limit])


_SHORT = ("code", "name", "short_name", "life_cycle", "owner_id", "department_id")


def contacts_named(user: User, query: str, *, limit: int = LIMIT) -> list[Contact]:
    """Visible contacts whose name, pinyin, e-mail or phone contains the text."""
    text = normalise(query.replace("\x00", ""))[:100]
    if not text:
        return []
    rows = Contact.objects.visible_to(user).matching(text).select_related("customer").order_by("name", "id")
    return list(rows.defer("search_text", "search_grams", "customer__search_text", "customer__search_grams")[:limit])


def owners_named(user: User, permission: Permission, query: str, *, limit: int = LIMIT) -> QuerySet[User]:
    """People whose name or user name contains the text, to whom the user may give customers."""
    people = owners.owners_in_reach(user, permission).select_related("department")
    return people.filter(Q(name__icontains=query) | Q(username__icontains=query)).order_by("name", "id")[:limit]


def people_named(query: str, *, limit: int = LIMIT) -> QuerySet[User]:
    """Colleagues who may sign in, of any department, whose name or user name contains the text."""
    people = User.objects.filter(is_active=True, kind=UserKind.PERSON).select_related("department")
    return people.filter(Q(name__icontains=query) | Q(username__icontains=query)).order_by("name", "id")[:limit]


def everything(user: User, query: str, *, limit: int = LIMIT) -> list[Found]:
    """All kinds of things the text is found in, those with hits first in their usual order."""
    if not normalise(query):
        return []
    parts = [_customers(user, query, limit), _contacts(user, query, limit)]
    for search in searches:
        if user.may(search.permission):
            hits = list(search.find(user, query, limit + 1))
            parts.append(Found(search.code, search.label, hits[:limit], len(hits) > limit))
    return [part for part in parts if part.hits]


def _customers(user: User, query: str, limit: int) -> Found:
    rows = customers_named(user, query, limit=limit + 1)
    hits = [
        Hit(str(row), f"{row.code} · {row.name}" if row.short_name else row.code, _page(row.pk)) for row in rows[:limit]
    ]
    return Found("customers", _("Customers"), hits, len(rows) > limit)


def _contacts(user: User, query: str, limit: int) -> Found:
    rows = contacts_named(user, query, limit=limit + 1)
    hits = [
        Hit(
            row.name,
            " · ".join(filter(None, [str(row.customer), row.post])),
            f"{_page(row.customer_id)}#contact-{row.pk}",
        )
        for row in rows[:limit]
    ]
    return Found("contacts", _("Contacts"), hits, len(rows) > limit)


def _page(customer_id: int) -> str:
    return reverse("accounts:customer_detail", args=[customer_id])
