"""The page on which an editor settles what two people changed, and what comes back from it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.errors import EditConflictError, FieldEdit
from accounts.queries.conflicts import in_words, label_of
from users.requests import UserRequest

# Fields of the frame of a form, which the conflict page writes anew.
_FRAME = ("csrfmiddlewaretoken", "version", "opened_at")


def opened(post: QueryDict, present: int) -> tuple[int, dt.datetime]:
    """The version a form was opened at, and when. Without a version it was never opened: the oldest one."""
    text = post.get("version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
    try:
        moment = parse_datetime(post.get("opened_at", ""))
    except ValueError:
        moment = None
    return min(version, present), moment if moment and timezone.is_aware(moment) else timezone.now()


def without_theirs(values: Mapping[str, Any], post: QueryDict) -> dict[str, Any]:
    """The values to save: those for which the editor took the other's stay as they are stored."""
    return {name: value for name, value in values.items() if post.get(f"pick-{name}") != "theirs"}


def page(
    request: UserRequest, template: str, row: models.Model, conflict: EditConflictError, opened_at: dt.datetime
) -> HttpResponse:
    """The conflict in words, with everything that was filled in kept for the second check."""
    clashing = {edit.name for edit in conflict.clashes}
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in _FRAME and not (name.startswith("pick-") and name.removeprefix("pick-") in clashing)
    ]
    kept += [(f"pick-{edit.name}", "theirs") for edit in conflict.merged if not edit.is_mine]
    context = {
        "row": row,
        "conflict": conflict,
        "opened_at": opened_at,
        "kept": kept,
        "clashes": [_clash(row, edit) for edit in conflict.clashes],
        "merged": [_merged(row, edit) for edit in conflict.merged],
    }
    return render(request, template, context, status=409)


def _clash(row: models.Model, edit: FieldEdit) -> dict[str, str]:
    return {
        "name": edit.name,
        "label": label_of(type(row), edit.name),
        "before": in_words(row, edit.name, edit.before),
        "theirs": in_words(row, edit.name, edit.theirs),
        "mine": in_words(row, edit.name, edit.mine),
    }


def _merged(row: models.Model, edit: FieldEdit) -> dict[str, str]:
    by = _("both alike") if edit.by_both else _("you") if edit.is_mine else edit.by
    return {
        "label": label_of(type(row), edit.name),
        "before": in_words(row, edit.name, edit.before),
        "now": in_words(row, edit.name, edit.result),
        "by": by,
    }
