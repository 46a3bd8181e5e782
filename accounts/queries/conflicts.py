"""What two editors of one record changed, read from the change log and said in words."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.errors import EditConflictError, FieldEdit
from crm.lib import display
from users.constants import Action
from users.models import Change
from users.services import changes


def between(row: models.Model, *, opened_version: int, mine: Mapping[str, Any]) -> EditConflictError | None:
    """What happened to `row` since an editor opened it at `opened_version` and filled in `mine`.

    None if nobody else touched the editor's fields: the edit can be saved on top. Values in the answer
    are JSON values as in the change log.
    """
    steps = row.version - opened_version  # type: ignore[attr-defined]
    log = list(
        Change.objects.filter(model=row._meta.label_lower, object_id=row.pk, action=Action.UPDATE)
        .select_related("change_set__actor")
        .order_by("-id")[: max(steps, 0)]
    )
    if not log:
        return None
    before: dict[str, Any] = {}
    last_hand: dict[str, str] = {}
    for change in log:
        for name, value in (change.before or {}).items():
            before[name] = value
            last_hand.setdefault(name, _actor(change))
    theirs = changes.snapshot(row)
    wanted = changes.snapshot(type(row)(**mine))
    edits = [
        FieldEdit(name, before.get(name, theirs[name]), theirs[name], wanted[name], last_hand.get(name, ""))
        for name in mine
    ]
    if not any(edit.theirs != edit.before for edit in edits):
        return None
    moved = [edit for edit in edits if not edit.before == edit.theirs == edit.mine]
    merged = [edit for edit in moved if edit.is_mine or edit.by_both or edit.mine == edit.before]
    return EditConflictError(
        version=row.version,  # type: ignore[attr-defined]
        by=_actor(log[0]),
        at=log[0].change_set.at,
        clashes=[edit for edit in moved if edit not in merged],
        merged=merged,
    )


def _actor(change: Change) -> str:
    actor = change.change_set.actor
    return str(actor) if actor else change.change_set.get_cause_display()


def label_of(model: type[models.Model], column: str) -> str:
    """What a column is called on screens."""
    field = next(field for field in model._meta.concrete_fields if field.attname == column)
    return str(field.verbose_name).capitalize()


def in_words(row: models.Model, column: str, value: Any) -> str:
    """A logged value as a reader knows it: a choice's label, a related row's name."""
    if value is None or value == "" or value == []:
        return ""
    field = next(field for field in row._meta.concrete_fields if field.attname == column)
    if isinstance(field, models.ForeignKey):
        related = field.related_model._default_manager.filter(pk=value).first()
        return str(related or value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return display.listed(value, language=get_language() or "en")
    return str(dict(getattr(field, "flatchoices", ())).get(value, value))
