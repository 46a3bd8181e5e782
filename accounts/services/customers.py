"""Creating and changing customers."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import events
from accounts.constants import OUR_OWN, Kind, LifeCycle
from accounts.errors import CodeTakenError, RowsRefusedError
from accounts.models import Customer, LifeCycleTransition
from accounts.models.customers import DERIVED, search_keys
from accounts.queries import conflicts, owners, redirects, rights
from accounts.registry import customer_created
from accounts.scope import acting_scope
from accounts.services import codes, groups, validation
from crm.lib import dates
from crm.lib.rows import copy_rows
from users.constants import Cause
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes


@dataclass(frozen=True)
class NewCustomer:
    """What is known of a customer to be created. Without a code it gets one; None asks for the kind's rule."""

    name: str
    code: str = ""
    short_name: str = ""
    former_names: Sequence[str] = ()
    kind: str = Kind.END_USER
    counts_in_grading: bool | None = None
    life_cycle: str = LifeCycle.PROSPECT
    country: str = "CN"
    tax_number: str = ""
    industry_id: int | None = None
    region_id: int | None = None
    owner_id: int | None = None
    department_id: int | None = None
    parent_id: int | None = None
    address: str = ""
    website: str = ""
    staff_count: int | None = None
    yearly_turnover: Decimal | None = None
    founded_year: int | None = None
    currency: str = "CNY"
    language: str = "zh-hans"
    note: str = ""


COLUMNS = tuple(field.name for field in fields(NewCustomer))
# What `update` changes; the rest has services of its own.
EDITABLE = frozenset(COLUMNS) - {"owner_id", "department_id", "life_cycle"}


def clean_new(row: NewCustomer) -> dict[str, Any]:
    """The columns of a new customer, folded and checked; its code may still be empty.

    Raises ValidationError with a message for each field. Touches no database: a dry run uses it too.
    """
    values = {name: getattr(row, name) for name in COLUMNS}
    if values["counts_in_grading"] is None:
        values["counts_in_grading"] = validation.counts_by_default(row.kind)
    code = " ".join(values.pop("code").split())
    cleaned = validation.clean(values | {"code": code} if code else values)
    return cleaned | {"code": code}


@transaction.atomic
def create(*, new: NewCustomer, by: User) -> Customer:
    """Create one customer with its change set and first life-cycle step, and run the creation hooks.

    Who names no owner becomes the owner if they keep customers themselves. Raises PermissionDenied for
    an owner or department out of the user's reach, ValidationError, and CodeTakenError.
    """
    if new.owner_id is None and new.department_id is None:
        own = by.pk if owners.may_own(by) else None
        new = replace(new, owner_id=own, department_id=by.department_id)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Customer created"))
    try:
        (pk,) = create_many(rows=[new], by=by, change_set=change_set).values()
    except RowsRefusedError as refused:
        raise refused.errors[0] from None
    return Customer.objects.get(pk=pk)


@transaction.atomic
def create_many(
    *, rows: Sequence[NewCustomer], by: User | None, change_set: ChangeSet, since: Sequence[dt.date] = ()
) -> dict[str, int]:
    """Create customers by the thousand; returns the id of each code, in the order of the rows.

    A row without a department gets its owner's. `since`: the day of each record and of its first life-cycle step,
    for records brought along; today without it. One COPY each for customers and their first life-cycle
    steps, the creation hooks once, the log by ranges of ids. Raises PermissionDenied if `by` (None: the
    command line) may not create one of them, RowsRefusedError with the errors of each row, CodeTakenError.
    """
    if not rows:
        return {}
    prepared = _prepared(rows)
    _place(prepared)
    _refuse_unreachable(prepared, by)
    _refuse_hidden_parents(prepared, by)
    _name_codes(prepared)
    ids = _reserve_ids(Customer._meta.db_table, len(prepared))
    _refuse_taken([row["code"] for row in prepared])
    try:
        with transaction.atomic():
            _copy_customers(ids, prepared, since)
    except IntegrityError as error:
        _refuse_taken([row["code"] for row in prepared])
        raise error
    _copy_first_steps(ids, prepared, since or [dates.today()] * len(ids), by)
    _log(change_set, ids, prepared)
    for hook in customer_created:
        hook(ids)
    events.tell_created(ids)
    return dict(zip((row["code"] for row in prepared), ids, strict=True))


def _prepared(rows: Sequence[NewCustomer]) -> list[dict[str, Any]]:
    prepared: list[dict[str, Any]] = []
    errors: dict[int, ValidationError] = {}
    for place, row in enumerate(rows):
        try:
            prepared.append(clean_new(row))
        except ValidationError as error:
            errors[place] = error
    if errors:
        raise RowsRefusedError(errors)
    return prepared


def _place(prepared: Iterable[dict[str, Any]]) -> None:
    """Give customers without a department their owner's."""
    lacking = [row for row in prepared if row["department_id"] is None and row["owner_id"] is not None]
    homes = dict(User.objects.filter(pk__in={row["owner_id"] for row in lacking}).values_list("pk", "department_id"))
    for row in lacking:
        row["department_id"] = homes.get(row["owner_id"])


def _refuse_unreachable(prepared: Iterable[Mapping[str, Any]], by: User | None) -> None:
    if by is None:
        return
    if not by.may(Permission.CUSTOMER_CREATE):
        raise PermissionDenied
    scope = acting_scope(by, Permission.CUSTOMER_CREATE)
    for owner_id, department_id in {(row["owner_id"], row["department_id"]) for row in prepared}:
        if not scope.covers(owner_id=owner_id, department_id=department_id):
            raise PermissionDenied(_("This owner or department is outside your reach."))


def _refuse_hidden_parents(prepared: Sequence[Mapping[str, Any]], by: User | None) -> None:
    wanted = {row["parent_id"] for row in prepared} - {None}
    if not wanted:
        return
    known = (
        Customer.objects.filter(pk__in=wanted) if by is None else Customer.objects.visible_to(by).filter(pk__in=wanted)
    )
    missing = wanted - set(known.values_list("pk", flat=True))
    if missing:
        places = [place for place, row in enumerate(prepared) if row["parent_id"] in missing]
        raise RowsRefusedError({place: _no_such_parent() for place in places})


def _no_such_parent() -> ValidationError:
    return ValidationError({"parent_id": _("There is no such customer.")})


def _name_codes(prepared: Sequence[dict[str, Any]]) -> None:
    nameless = [row for row in prepared if not row["code"]]
    for row, code in zip(nameless, codes.take(len(nameless)), strict=True):
        row["code"] = code


def _refuse_taken(wanted: Sequence[str]) -> None:
    refused = {code for code, uses in Counter(wanted).items() if uses > 1}
    for batch in range(0, len(wanted), 5_000):
        found = Customer.objects.filter(code__in=wanted[batch : batch + 5_000])
        refused.update(found.values_list("code", flat=True))
        # The code of a merged record goes on leading to the one it went into.
        refused.update(redirects.survivors_of_codes(wanted[batch : batch + 5_000]))
    if refused:
        raise CodeTakenError(sorted(refused))


def _reserve_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [pk for (pk,) in cursor.fetchall()]


def _copy_customers(ids: Sequence[int], prepared: Sequence[Mapping[str, Any]], since: Sequence[dt.date]) -> None:
    now = timezone.now()
    created = [dates.start_of_day(day) for day in since] or [now] * len(ids)

    def line(pk: int, values: Mapping[str, Any], first: dt.datetime) -> list[Any]:
        keys = search_keys(values)
        return [pk, *(values[name] for name in COLUMNS), *(keys[name] for name in DERIVED), 1, first, now]

    columns = ("id", *COLUMNS, *DERIVED, "version", "created_at", "updated_at")
    copy_rows(Customer._meta.db_table, columns, map(line, ids, prepared, created))


def _copy_first_steps(
    ids: Sequence[int], prepared: Sequence[Mapping[str, Any]], since: Sequence[dt.date], by: User | None
) -> None:
    actor_id = by.pk if by else None
    steps = ((pk, "", row["life_cycle"], on, "", actor_id) for pk, row, on in zip(ids, prepared, since, strict=True))
    copy_rows(LifeCycleTransition._meta.db_table, ("customer_id", "before", "after", "on", "reason", "by_id"), steps)


def _log(change_set: ChangeSet, ids: Sequence[int], prepared: Sequence[Mapping[str, Any]]) -> None:
    if len(ids) == 1:
        changes.record_create(change_set, Customer(pk=ids[0], **prepared[0]), customer_id=ids[0])
        return
    changes.record_bulk(change_set, Customer, ids)


@transaction.atomic
def update(
    *, customer_id: int, values: Mapping[str, Any], version: int, by: User, change_set: ChangeSet | None = None
) -> Customer:
    """Change columns of one customer that the user opened at `version`, with a change set, or within one.

    Saves on top of what others changed meanwhile in other fields. Owner and department are handed over
    by `handover`, the stage is moved by `life_cycle`. Raises Customer.DoesNotExist, PermissionDenied,
    ValidationError, and EditConflictError if someone changed one of these fields since.
    """
    row = Customer.objects.visible_to(by).get(pk=customer_id)
    rights.require(by, Permission.CUSTOMER_EDIT, row)
    cleaned = clean_edit(row, values)
    if cleaned.get("parent_id", row.parent_id) != row.parent_id:
        _claim_parent(row, cleaned["parent_id"], by)
        row.refresh_from_db()
    while True:
        if row.version != version:
            conflict = conflicts.between(row, opened_version=version, mine=cleaned)
            if conflict is not None:
                raise conflict
        if _write(row, cleaned, by, change_set):
            return row
        row.refresh_from_db()


def clean_edit(row: Customer, values: Mapping[str, Any]) -> dict[str, Any]:
    """New values for some of a customer's columns, folded and checked.

    Raises ValidationError with a message for each field. Touches no database: a dry run uses it too.
    """
    if strange := set(values) - EDITABLE:
        raise ValueError(f"not edited here: {', '.join(sorted(strange))}")
    context = {name: getattr(row, name) for name in ("country", "kind") if name not in values}
    judged = dict(values)
    if judged.get("tax_number") == row.tax_number:
        del judged["tax_number"]  # an old number isn't judged again by an edit of something else
    if judged.get("kind") in OUR_OWN:
        judged.setdefault("counts_in_grading", False)
    return {name: value for name, value in validation.clean(context | judged).items() if name not in context}


def _claim_parent(row: Customer, parent_id: int | None, by: User) -> None:
    if parent_id is not None and not Customer.objects.visible_to(by).filter(pk=parent_id).exists():
        raise _no_such_parent()
    groups.claim_parent(customer_id=row.pk, parent_id=parent_id)


def _write(row: Customer, cleaned: Mapping[str, Any], by: User, change_set: ChangeSet | None) -> bool:
    """Write what differs where the row is still the one that was read; False if it isn't."""
    before = changes.snapshot(row)
    changed = {name: value for name, value in cleaned.items() if getattr(row, name) != value}
    if not changed:
        return True
    if redirects.survivors_of_codes([changed.get("code", "")]):
        raise CodeTakenError([changed["code"]])
    for name, value in changed.items():
        setattr(row, name, value)
    row.set_search_keys()
    keys = {name: getattr(row, name) for name in DERIVED}
    now = timezone.now()
    stored = Customer.objects.filter(pk=row.pk, version=row.version)
    try:
        with transaction.atomic():
            written = stored.update(**changed, **keys, version=row.version + 1, updated_at=now)
    except IntegrityError:
        _refuse_taken([row.code])
        raise
    if not written:
        return False
    row.version += 1
    row.updated_at = now
    within = change_set or changes.open_set(by=by, cause=Cause.PAGE, summary=_("Customer changed"))
    changes.record_update(within, row, before, customer_id=row.pk)
    events.tell_changed({row.pk: changed})
    return True
