"""What other systems are told of customers, and of which customers a subscriber may be told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.scope import scope_of
from jobs.registry import EventKind
from jobs.services import outbox
from users.models import User
from users.roles import Permission

CREATED, CHANGED, MERGED = "customer.created", "customer.changed", "customer.merged"
BATCH = 2_000
_COLUMNS = ("id", "code", "name", "kind", "life_cycle", "country", "owner_id", "department_id", "parent_id", "version")

_EXAMPLE = {
    "id": 1042,
    "code": "KH-001042",
    "name": "岚屿重工有限公司",
    "kind": "end_user",
    "life_cycle": "active",
    "country": "CN",
    "owner_id": 17,
    "department_id": 3,
    "parent_id": None,
    "version": 5,
}

KINDS = (
    EventKind(CREATED, _("Customer created"), _("A new customer."), Permission.CUSTOMER_VIEW, _EXAMPLE),
    EventKind(
        CHANGED,
        _("Customer changed"),
        _("Master data, owner, department or stage changed; “fields” names what did."),
        Permission.CUSTOMER_VIEW,
        _EXAMPLE | {"fields": ["life_cycle", "owner_id"]},
    ),
    EventKind(
        MERGED,
        _("Customer merged"),
        _("Another record went into this one; its id and code lead here from now on."),
        Permission.CUSTOMER_VIEW,
        _EXAMPLE | {"merged_id": 1077, "merged_code": "KH-001077"},
    ),
)


def within_reach(user: User, customer_ids: Collection[int | None]) -> set[int | None]:
    """Those of the customers that the user sees now; None, the whole company, if they see all of it."""
    found: set[int | None] = set(
        Customer.objects.visible_to(user).filter(pk__in=[pk for pk in customer_ids if pk]).values_list("pk", flat=True)
    )
    return found | ({None} if None in customer_ids and scope_of(user).everything else set())


def tell_created(ids: Sequence[int]) -> None:
    """Tell other systems of new customers, if any listens; call it in their transaction."""
    outbox.emit_many(kind=CREATED, events=_payloads(dict.fromkeys(ids, ()), with_fields=False))


def tell_changed(fields: Mapping[int, Collection[str]]) -> None:
    """Tell other systems which columns of which customers changed, if any listens; call it after the write."""
    outbox.emit_many(kind=CHANGED, events=_payloads({pk: names for pk, names in fields.items() if names}))


def tell_merged(*, survivor_id: int, merged_id: int, merged_code: str) -> None:
    """Tell other systems that one customer went into another, if any listens; call it after the write."""
    said = {"merged_id": merged_id, "merged_code": merged_code}
    rows = _payloads({survivor_id: ()}, with_fields=False)
    outbox.emit_many(kind=MERGED, events=((pk, row | said) for pk, row in rows))


def _payloads(
    fields: Mapping[int, Collection[str]], *, with_fields: bool = True
) -> Iterable[tuple[int, dict[str, Any]]]:
    ids = list(fields)
    for start in range(0, len(ids), BATCH):
        rows = Customer.objects.filter(pk__in=ids[start : start + BATCH]).order_by("pk").values(*_COLUMNS)
        for row in rows:
            yield row["id"], row | ({"fields": sorted(fields[row["id"]])} if with_fields else {})
