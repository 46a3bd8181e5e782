"""Taking back what a change set did: bulk edits and imports, whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from crm.lib import display
from users.constants import Action, Cause
from users.errors import AlreadyUndone, UndoRefused
from users.models import ChangeSet, User
from users.queries import changes as log
from users.roles import Permission
from users.services import changes, undo_checks, undo_steps
from users.undoing import TABLE, Reason, Rows, query, undoings


@dataclass(frozen=True)
class Part:
    """How many rows of one model an undo puts back and removes."""

    label: str
    restored: int
    removed: int


@dataclass(frozen=True)
class Look:
    """What an undo would do, and what stands against it."""

    change_set: ChangeSet
    parts: Sequence[Part]
    reasons: Sequence[Reason]

    @property
    def rows(self) -> int:
        """How many rows it would touch."""
        return sum(part.restored + part.removed for part in self.parts)


@dataclass(frozen=True)
class Outcome:
    """What an undo did; `change_set_id` is its own entry in the log."""

    change_set_id: int
    parts: Sequence[Part]

    @property
    def restored(self) -> int:
        """How many rows went back to what they were."""
        return sum(part.restored for part in self.parts)

    @property
    def removed(self) -> int:
        """How many rows that the change had created are gone."""
        return sum(part.removed for part in self.parts)


def find(*, change_set_id: int, by: User) -> ChangeSet:
    """The change set, if the user may take such back: one's own, or anybody's with the permission.

    Raises ChangeSet.DoesNotExist for what the user can't see, PermissionDenied for what they see and may not undo.
    """
    found = ChangeSet.objects.select_related("actor", "undoes").get(pk=change_set_id)
    if found.actor_id != by.pk and not by.may(Permission.CHANGE_UNDO):
        raise _refusal(found, by)
    return found


def _refusal(change_set: ChangeSet, by: User) -> Exception:
    """403 for what the user sees, 404 for the rest."""
    seen = change_set.actor_id == by.pk or (
        by.may(Permission.CHANGE_VIEW) and log.visible_to(by).filter(change_set=change_set).exists()
    )
    return PermissionDenied(_("Not all of these rows are yours to change.")) if seen else ChangeSet.DoesNotExist()


def may_be_undone(label: str, action: str) -> bool:
    """Whether changes of a kind can go back at all, as far as the log's own row tells."""
    return label in undoings and action in (Action.CREATE, Action.BULK_CREATE, Action.UPDATE)


def rows_in(change_set: ChangeSet) -> int:
    """About how many rows a change set is about, from its log alone."""
    return sum(change_set.changes.values_list("rows", flat=True).iterator())


def look(*, change_set_id: int, by: User) -> Look:
    """What taking a change set back would do. Writes nothing.

    Raises as `find`, also where rows of it aren't the user's to change, and AlreadyUndone.
    """
    change_set = find(change_set_id=change_set_id, by=by)
    _refuse_second(change_set)
    with transaction.atomic():
        parts, reasons = _prepare(change_set, by)
        undo_checks.drop()
    return Look(change_set, parts, reasons)


@transaction.atomic
def undo(*, change_set_id: int, by: User, run_id: int | None = None) -> Outcome:
    """Put updated rows back and remove created ones, all or none, with a change set of its own.

    Raises as `look`, and UndoRefused with the reasons where later work depends on the rows.
    """
    find(change_set_id=change_set_id, by=by)
    change_set = ChangeSet.objects.select_for_update().get(pk=change_set_id)
    _refuse_second(change_set)
    parts, reasons = _prepare(change_set, by, lock=True)
    if reasons:
        raise UndoRefused(reasons)
    summary = _("Taken back: %(what)s") % {"what": change_set.summary or change_set.get_cause_display()}
    cause = Cause.RUN if run_id else Cause.PAGE
    back = changes.open_set(by=by, cause=cause, summary=summary, run_id=run_id, undoes=change_set)
    try:
        with transaction.atomic():
            undo_steps.apply(back, [Rows(part.label) for part in reversed(parts)])
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        text = _("Other rows depend on these, or a code or number that would come back is taken by now.")
        raise UndoRefused([Reason(text)]) from error
    undo_checks.drop()
    return Outcome(back.pk, parts)


def _refuse_second(change_set: ChangeSet) -> None:
    if change_set.undoes_id is not None:
        raise AlreadyUndone(_("This is itself a taking back; it isn't taken back again."))
    before = ChangeSet.objects.filter(undoes=change_set).select_related("actor").first()
    if before is not None:
        raise AlreadyUndone(
            _("%(who)s took this back already, on %(day)s.")
            % {"who": before.actor or _("The system"), "day": before.at.date().isoformat()}
        )


def _prepare(change_set: ChangeSet, by: User, *, lock: bool = False) -> tuple[list[Part], list[Reason]]:
    """Fill the table of rows, check the user's rights, and find what stands against it."""
    undo_checks.collect(change_set)
    reasons = undo_checks.unknown(change_set)
    parts = _parts()
    if not parts and not reasons:
        reasons = [Reason(_("Nothing of it is left to take back."))]
    if lock:
        undo_steps.lock(Rows(part.label) for part in parts)
    for part in parts:
        rows = Rows(part.label)
        if undoings.get(part.label).forbidden(by, rows):
            raise _refusal(change_set, by)
        reasons += undo_checks.against(change_set, rows, by)
    return parts, reasons


def _parts() -> list[Part]:
    counted = dict.fromkeys(undoings.keys(), (0, 0))
    sql = f"SELECT model, count(*) FILTER (WHERE kind = 'restore'), count(*) FILTER (WHERE kind = 'remove') FROM {TABLE} GROUP BY model"  # noqa: S608, E501
    for label, restored, removed in query(sql):
        counted[label] = (restored, removed)
    return [Part(label, *counts) for label, counts in counted.items() if any(counts)]


def said(reasons: Sequence[Reason]) -> list[str]:
    """Reasons as lines for a person, with their numbers and some names."""
    lines = []
    for reason in reasons:
        text = f"{reason.text} ({display.number(reason.rows)})" if reason.rows else reason.text
        lines.append(text + (": " + ", ".join(reason.examples) if reason.examples else ""))
    return lines
