"""What this chapter asks approval for: merging records of different owners."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import MergeRefused
from accounts.models import Customer
from accounts.scope import scope_of
from accounts.services import merges
from users.approvals import ApprovalKind, Line, approval_kinds
from users.errors import CannotApply
from users.models import Approval, User
from users.queries import approvers
from users.roles import Permission, Reach


def _pair(approval: Approval) -> tuple[Customer | None, Customer | None]:
    wanted = merges.request_of(approval.values)
    rows = Customer.objects.in_bulk([wanted.survivor_id, wanted.loser_id])
    return rows.get(wanted.survivor_id), rows.get(wanted.loser_id)


def deciders(approval: Approval) -> list[User]:
    """The nearest managers that see both records, else who decides for the whole company."""
    pair = [row for row in _pair(approval) if row is not None]
    managers = approvers.holders(Permission.APPROVAL_DECIDE, reach=Reach.DEPARTMENT)
    for level in approvers.ancestry(pair[0].department_id if pair else None):
        found = [user for user in managers.filter(department_id=level) if _sees_all(user, pair)]
        if any(user != approval.asked_by for user in found):
            return found
    return list(approvers.holders(Permission.APPROVAL_DECIDE, reach=Reach.ALL))


def _sees_all(user: User, pair: Sequence[Customer]) -> bool:
    scope = scope_of(user)
    return all(scope.covers(owner_id=row.owner_id, department_id=row.department_id, customer_id=row.pk) for row in pair)


def carry_out(approval: Approval, by: User) -> None:
    """Merge what was asked for. Raises CannotApply with the reason."""
    try:
        merges.perform(request=merges.request_of(approval.values), by=by)
    except MergeRefused as refused:
        raise CannotApply(str(refused)) from None
    except ValidationError as error:
        raise CannotApply(" ".join(error.messages)) from None


def describe(approval: Approval) -> str:
    """What is asked, in a sentence."""
    survivor, loser = _pair(approval)
    said = {"survivor": survivor or "–", "loser": loser or approval.values.get("loser_code", "")}
    return _("Merge %(loser)s into %(survivor)s") % said


def lines(approval: Approval, reader: User) -> list[Line]:
    """Owners of the two records as they are and as the merge leaves them, if the reader sees both."""
    survivor, loser = _pair(approval)
    if survivor is None or loser is None or not _sees_all(reader, [survivor, loser]):
        return []
    kept = survivor if merges.request_of(approval.values).picks.get("owner_id") != "loser" else loser
    return [
        Line(loser.name, f"{loser.code} · {loser.owner or '–'}", survivor.code),
        Line(survivor.name, f"{survivor.code} · {survivor.owner or '–'}", f"{survivor.code} · {kept.owner or '–'}"),
    ]


def _url(approval: Approval) -> str:
    wanted = merges.request_of(approval.values)
    return reverse("accounts:merge_edit", args=[wanted.survivor_id, wanted.loser_id])


MERGE = ApprovalKind(
    code=merges.APPROVAL,
    # Translators: 合并客户档案
    label=gettext_lazy("Merge of two customers"),
    approvers=deciders,
    apply=carry_out,
    describe=describe,
    url=_url,
    lines=lines,
)


def register() -> None:
    """Fill the registry."""
    approval_kinds.add(MERGE.code, MERGE)
