"""Merging two records of one organisation, field by field, and parting them again."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Field
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import events
from accounts.core import merging
from accounts.core.merging import Pick
from accounts.errors import AlreadyMerged, MergeRefused
from accounts.models import Customer, CustomerRedirect, LifeCycleTransition, Merge
from accounts.models.customers import DERIVED
from accounts.queries import groups, redirects, rights
from accounts.registry import customers_joined
from accounts.services import customers, references
from crm.lib import dates
from users.constants import ApprovalState, Cause
from users.models import Approval, User
from users.roles import Permission
from users.services import approvals, changes

# The fields chosen one by one, in the order of the page.
FIELDS = (
    "name", "short_name", "code", "former_names", "kind", "counts_in_grading", "life_cycle", "country", "tax_number",
    "industry_id", "region_id", "owner_id", "department_id", "parent_id", "address", "website", "staff_count",
    "yearly_turnover", "founded_year", "currency", "language", "note",
)  # fmt: skip
APPROVAL = "accounts.merge"


@dataclass(frozen=True)
class Request:
    """Two records to be merged: what is kept of each, and the versions at which somebody looked at them."""

    survivor_id: int
    loser_id: int
    picks: Mapping[str, Pick]
    survivor_version: int
    loser_version: int


def request_of(values: Mapping[str, Any]) -> Request:
    """The request that an approval keeps among its values."""
    return Request(
        survivor_id=values["survivor_id"],
        loser_id=values["loser_id"],
        picks={name: Pick(pick) for name, pick in values["picks"].items()},
        survivor_version=values["survivor_version"],
        loser_version=values["loser_version"],
    )


def values_of(row: Customer) -> dict[str, Any]:
    """What a merge chooses from."""
    return {name: getattr(row, name) for name in FIELDS}


def needs_approval(*, survivor: Customer, loser: Customer, by: User) -> bool:
    """Whether somebody else must agree: `by` doesn't write both, or they have two owners and `by` can't hand them over.

    Raises PermissionDenied if the user may merge neither of the two.
    """
    pair = (survivor, loser)
    mine = [rights.may(by, Permission.CUSTOMER_MERGE, row) for row in pair]
    if not any(mine):
        raise PermissionDenied
    writes = all(rights.may(by, Permission.CUSTOMER_EDIT, row) for row in pair)
    hands_over = all(rights.may(by, Permission.CUSTOMER_REASSIGN, row) for row in pair)
    return not (all(mine) and (hands_over or (writes and survivor.owner_id == loser.owner_id)))


@transaction.atomic
def ask(*, request: Request, by: User, reason: str) -> Approval:
    """Ask the managers to merge two records that the user sees, and may merge one of.

    Raises Customer.DoesNotExist, PermissionDenied, AlreadyMerged, NobodyToAsk, and MergeRefused if it was asked before.
    """
    survivor, loser = _seen_pair(request, by)
    if not needs_approval(survivor=survivor, loser=loser, by=by):
        raise MergeRefused(_("You can merge these records yourself."))
    pair = {survivor.pk, loser.pk}
    waiting = Approval.objects.filter(kind=APPROVAL, state=ApprovalState.OPEN, customer_id__in=pair, object_id__in=pair)
    if waiting.exists():
        raise MergeRefused(_("Somebody already asked for this merge."))
    values = dataclasses.asdict(request) | {"picks": {name: pick.value for name, pick in request.picks.items()}}
    return approvals.ask(
        kind=APPROVAL, by=by, reason=reason, customer_id=survivor.pk, object_id=loser.pk, values=values
    )


def _seen_pair(request: Request, by: User) -> tuple[Customer, Customer]:
    pair = Customer.objects.visible_to(by).in_bulk([request.survivor_id, request.loser_id])
    if len(pair) < 2:
        _refuse_merged(request, by)
        raise Customer.DoesNotExist
    return pair[request.survivor_id], pair[request.loser_id]


@transaction.atomic
def merge(*, request: Request, by: User) -> Merge:
    """Merge two records the user sees, now.

    Raises Customer.DoesNotExist, PermissionDenied where it needs approval, AlreadyMerged, MergeRefused, and
    ValidationError if the chosen values don't fit each other.
    """
    survivor, loser = _seen_pair(request, by)
    if needs_approval(survivor=survivor, loser=loser, by=by):
        raise PermissionDenied
    return perform(request=request, by=by)


@transaction.atomic
def perform(*, request: Request, by: User) -> Merge:
    """Merge two records; whoever calls it has asked whether `by` may.

    Moves every row that names the loser, by the registry; writes the redirect, the change set and an event.
    Two people at once: the second finds one record gone and gets AlreadyMerged.
    """
    survivor, loser = _lock_pair(request, by)
    kept = merging.merged(values_of(survivor), values_of(loser), dict(request.picks))
    code = kept.pop("code")
    kept["parent_id"] = _parent(kept["parent_id"], survivor, loser)
    change_set = changes.open_set(
        by=by,
        cause=Cause.PAGE,
        summary=_("%(loser)s merged into %(survivor)s") % {"loser": loser, "survivor": survivor},
    )
    before = changes.snapshot(survivor)
    row = Merge.objects.create(
        survivor_id=survivor.pk,
        loser_id=loser.pk,
        loser_code=loser.code,
        loser_name=loser.name,
        loser=references.stored_row(Customer, loser.pk),
        before=before,
        after={},
        change_set=change_set,
        by=by,
    )
    _write_fields(survivor, kept, row)
    references.move_all(merge=row)
    changes.record_delete(change_set, loser, customer_id=survivor.pk)
    _delete(loser)
    spare = loser.code if code == survivor.code else survivor.code
    _write_code(survivor, code)
    CustomerRedirect.objects.create(old_id=loser.pk, old_code=spare, survivor=survivor, merge=row)
    row.after = changes.snapshot(survivor)
    row.save(update_fields=["after"])
    changes.record_update(change_set, survivor, before, customer_id=survivor.pk)
    for hook in customers_joined:
        hook(survivor.pk, loser.pk)
    events.tell_merged(survivor_id=survivor.pk, merged_id=loser.pk, merged_code=loser.code)
    return row


def _lock_pair(request: Request, by: User) -> tuple[Customer, Customer]:
    """Both rows and the heads of their groups, locked in the order of their ids. Raises AlreadyMerged, MergeRefused."""
    if request.survivor_id == request.loser_id:
        raise MergeRefused(_("A record can't be merged with itself."))
    pair = {request.survivor_id, request.loser_id}
    held: set[int] = set()
    while not (wanted := pair | {chain[-1] for pk in pair if (chain := groups.chain_up(pk))}) <= held:
        held |= wanted
        list(Customer.objects.select_for_update().filter(pk__in=held).order_by("pk").values_list("pk"))
    rows = Customer.objects.filter(pk__in=pair).in_bulk()
    if len(rows) < 2:
        _refuse_merged(request, by)
        raise MergeRefused(_("One of the records no longer exists."))
    survivor, loser = rows[request.survivor_id], rows[request.loser_id]
    if (survivor.version, loser.version) != (request.survivor_version, request.loser_version):
        raise MergeRefused(_("One of the records was changed meanwhile. Look at them again before you merge."))
    return survivor, loser


def _refuse_merged(request: Request, by: User) -> None:
    for pk in (request.loser_id, request.survivor_id):
        done = CustomerRedirect.objects.filter(old_id=pk).select_related("merge__by").first()
        if done is not None and (seen := redirects.survivor_of(by, pk)):
            said = {"name": done.merge.by, "code": done.old_code}
            raise AlreadyMerged(_("%(name)s already merged %(code)s.") % said, seen)


def _parent(chosen: int | None, survivor: Customer, loser: Customer) -> int | None:
    """The chosen parent, or the nearest one that doesn't lie below what is being merged."""
    pair = {survivor.pk, loser.pk}
    for parent_id in (chosen, survivor.parent_id, loser.parent_id):
        if parent_id is None or not pair & set(groups.chain_up(parent_id)):
            return parent_id
    return None


def _write_fields(survivor: Customer, kept: Mapping[str, Any], row: Merge) -> None:
    cleaned = dict(kept)
    editable = {name: value for name, value in kept.items() if name in customers.EDITABLE}
    cleaned |= customers.clean_edit(survivor, editable)
    changed = {name: value for name, value in cleaned.items() if getattr(survivor, name) != value}
    if "life_cycle" in changed:
        LifeCycleTransition.objects.create(
            customer=survivor,
            before=survivor.life_cycle,
            after=changed["life_cycle"],
            on=dates.today(),
            reason=_("Merged with %(code)s") % {"code": row.loser_code},
            by=row.by,
        )
    if row.loser.get("is_protected") and not survivor.is_protected:
        changed["is_protected"] = True
    for name, value in changed.items():
        setattr(survivor, name, value)
    survivor.version += 1
    survivor.updated_at = timezone.now()
    survivor.set_search_keys()
    written = [*changed, *DERIVED, "version", "updated_at"]
    Customer.objects.filter(pk=survivor.pk).update(**{name: getattr(survivor, name) for name in written})


def _write_code(survivor: Customer, code: str) -> None:
    if survivor.code == code:
        return
    survivor.code = code
    survivor.set_search_keys()
    keys = {name: getattr(survivor, name) for name in DERIVED}
    Customer.objects.filter(pk=survivor.pk).update(code=code, **keys)


def _delete(loser: Customer) -> None:
    """Delete the row by itself: what still named it would make the database refuse, here and not at the commit."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Customer._meta.db_table} WHERE id = %s", [loser.pk])  # noqa: S608
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# ── Undoing ─────────────────────────────────────────────────────────────────


def why_not_undone(row: Merge) -> list[str]:
    """What stands against undoing a merge, in words; nothing if it can be undone."""
    if row.undone_at is not None:
        return [_("This merge was undone already.")]
    if not Customer.objects.filter(pk=row.survivor_id).exists():
        return [_("The surviving record was itself merged into another. Undo that merge first.")]
    reasons = []
    code = row.loser["code"]
    if Customer.objects.filter(code=code).exclude(pk=row.survivor_id).exists():
        reasons.append(_("The code %(code)s belongs to another customer now.") % {"code": code})
    for field in Customer._meta.concrete_fields:
        related = field.related_model if field.name != "parent" else None
        target = row.loser.get(field.column)
        if related and target is not None and not related._base_manager.filter(pk=target).exists():
            reasons.append(_("What it had as “%(field)s” no longer exists.") % {"field": field.verbose_name})
    if _would_close_a_circle(row):
        reasons.append(_("Its parent company now lies below it. Move that company first."))
    return reasons


def _would_close_a_circle(row: Merge) -> bool:
    """Whether the parent that the loser had lies below what would go back to it."""
    parent_id = _present_parent(row)
    if parent_id is None:
        return False
    above = set(groups.chain_up(parent_id))
    kept = row.moves.filter(reference="accounts.customer.parent_id").values_list("moved", flat=True).first()
    children = set(Customer.objects.filter(pk__in=kept or [], parent_id=row.survivor_id).values_list("pk", flat=True))
    under_loser = {row.loser_id, *children}
    return bool(above & children) or (row.survivor_id in above and row.before["parent_id"] in under_loser)


def _present_parent(row: Merge) -> int | None:
    parent_id: int | None = row.loser.get("parent_id")
    if parent_id is None or Customer.objects.filter(pk=parent_id).exists():
        return parent_id
    return redirects.survivors([parent_id]).get(parent_id)


@transaction.atomic
def undo(*, merge_id: int, by: User) -> Merge:
    """Part two merged records: both are as they were, with what was theirs, in one change set.

    What somebody changed or added since stays with the survivor. Raises Merge.DoesNotExist, PermissionDenied,
    and MergeRefused with the reasons where it is impossible.
    """
    row = Merge.objects.visible_to(by).select_for_update().get(pk=merge_id)
    if reasons := why_not_undone(row):
        raise MergeRefused(*reasons)
    survivor = Customer.objects.select_for_update().get(pk=row.survivor_id)
    rights.require(by, Permission.CUSTOMER_MERGE, survivor)
    if reasons := why_not_undone(row):
        raise MergeRefused(*reasons)
    before = changes.snapshot(survivor)
    change_set = changes.open_set(
        by=by, cause=Cause.PAGE, summary=_("Merge of %(code)s undone") % {"code": row.loser_code}
    )
    CustomerRedirect.objects.filter(merge=row).delete()
    _take_back(survivor, row)
    references.restore_row(Customer, {**row.loser, "parent_id": None, "version": row.loser["version"] + 1})
    references.move_back(merge=row)
    Customer.objects.filter(pk=row.loser_id).update(parent_id=_present_parent(row), updated_at=timezone.now())
    _return_below(survivor, row)
    survivor.refresh_from_db()
    changes.record_update(change_set, survivor, before, customer_id=survivor.pk)
    changes.record_create(change_set, Customer.objects.get(pk=row.loser_id), customer_id=row.loser_id)
    for hook in customers_joined:
        hook(survivor.pk, row.loser_id)
    events.tell_created([row.loser_id])
    events.tell_changed({survivor.pk: [name for name in FIELDS if before[name] != changes.snapshot(survivor)[name]]})
    row.undone_at, row.undone_by = timezone.now(), by
    row.save(update_fields=["undone_at", "undone_by"])
    return row


def _take_back(survivor: Customer, row: Merge) -> None:
    """Give the survivor the values it had, except where somebody changed them since the merge."""
    now = changes.snapshot(survivor)
    back = [
        name
        for name in (*FIELDS, "is_protected")
        if name != "parent_id" and row.after.get(name) != row.before.get(name) and now[name] == row.after[name]
    ]
    was = Customer(**{name: _plain(name, row.before[name]) for name in back})
    for name in back:
        setattr(survivor, name, getattr(was, name))
    if "life_cycle" in back:
        _log_step_back(survivor, row)
    survivor.version += 1
    survivor.updated_at = timezone.now()
    survivor.set_search_keys()
    written = [*back, *DERIVED, "version", "updated_at"]
    Customer.objects.filter(pk=survivor.pk).update(**{name: getattr(survivor, name) for name in written})


def _return_below(survivor: Customer, row: Merge) -> None:
    """Put the survivor below its old parent again, unless somebody moved it since or that parent lies below it now."""
    was, given = row.before["parent_id"], row.after["parent_id"]
    if was == given or survivor.parent_id != given:
        return
    chain = groups.chain_up(was) if was is not None else []
    if was is None or (chain and survivor.pk not in chain):
        Customer.objects.filter(pk=survivor.pk).update(parent_id=was)


def _log_step_back(survivor: Customer, row: Merge) -> None:
    LifeCycleTransition.objects.create(
        customer=survivor,
        before=row.after["life_cycle"],
        after=survivor.life_cycle,
        on=dates.today(),
        reason=_("Merge of %(code)s undone") % {"code": row.loser_code},
    )


def _plain(name: str, value: Any) -> Any:
    """A value of the log as its column takes it."""
    return value if name.endswith("_id") else cast("Field[Any, Any]", Customer._meta.get_field(name)).to_python(value)
