"""Versions of parameters that wait until somebody approves them, for the kinds that say so."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.approvals import ApprovalKind, Line
from users.errors import CannotApply, Conflict, Invalid
from users.models import Approval, User
from users.parameters import build, from_payload, kinds, plain_values, to_payload
from users.queries import approvers
from users.queries import parameters as queries
from users.roles import Permission
from users.services import approvals, parameters

KIND = "users.parameters"


@transaction.atomic
def ask(
    *,
    kind: str,
    values: Any,
    valid_from: dt.date,
    by: User,
    note: str = "",
    name: str = queries.MAIN,
    base_version: int,
) -> Approval:
    """Ask to save a new version. Raises Invalid and Conflict as saving it does, and NobodyToAsk."""
    of = kinds.get(kind)
    _built, faults = build(of, plain_values(of, to_payload(values)))
    if faults:
        raise Invalid(faults)
    latest = queries.latest_version(kind, name=name)
    if base_version != latest:
        raise Conflict(latest)
    asked = {
        "kind": kind,
        "name": name,
        "valid_from": valid_from.isoformat(),
        "payload": to_payload(values),
        "base_version": base_version,
    }
    return approvals.ask(kind=KIND, by=by, reason=note, values=asked)


def _approvers(approval: Approval) -> Iterable[User]:
    return approvers.holders(Permission.PARAMETER_APPROVE).exclude(pk=approval.asked_by_id)


def _apply(approval: Approval, _by: User) -> None:
    """Save the version in its author's name; who approved it stands in the approval."""
    said = approval.values
    of = kinds.get(said["kind"])
    try:
        parameters.save(
            kind=of.code,
            values=from_payload(of, said["payload"]),
            valid_from=_day(said["valid_from"]),
            by=approval.asked_by,
            note=approval.reason[:300],
            name=said["name"],
            base_version=said["base_version"],
            approved=True,
        )
    except Conflict as newer:
        words = _("Version %(version)s was saved meanwhile: look at it and ask again.")
        raise CannotApply(words % {"version": newer.version}) from newer
    except ValueError as error:
        raise CannotApply(str(error)) from error


def _describe(approval: Approval) -> str:
    of = kinds.find(approval.values["kind"])
    return _("New parameters: %(kind)s") % {"kind": of.label if of else approval.values["kind"]}


def _lines(approval: Approval, _user: User) -> Sequence[Line]:
    of, said = kinds.find(approval.values["kind"]), approval.values
    if of is None:
        return ()
    now = queries.version_in_force(of.code, on=_day(said["valid_from"]), name=said["name"])
    lines = queries.lines(of, plain_values(of, said["payload"]), queries.values_of(now, of))
    first = Line(_("Valid from"), "", said["valid_from"])
    return [first, *(Line(line.label, line.before, line.value) for line in lines if line.changed)]


def _url(approval: Approval) -> str:
    return reverse("users:parameter_detail", args=[approval.values["kind"], approval.values["name"]])


def _day(text: str) -> dt.date:
    day = parse_date(text)
    if day is None:
        raise CannotApply(_("This is not a day."))
    return day


APPROVAL = ApprovalKind(
    KIND, gettext_lazy("New version of parameters"), _approvers, _apply, _describe, url=_url, lines=_lines
)
