"""Taking changes back: small ones at once, large ones as a run."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import display
from jobs import runs
from jobs.context import RunContext
from jobs.errors import RunFailed
from jobs.models import Run
from users.errors import AlreadyUndone, UndoRefused
from users.models import ChangeSet, User
from users.services import undo

KIND = "jobs.undo"
# Above this a person doesn't wait for the answer.
AT_ONCE = 5_000


def take_back(*, change_set_id: int, by: User) -> undo.Outcome | Run:
    """Take a change set back now, or ask for a run where it is large. Raises as `users.services.undo.undo`."""
    look = undo.look(change_set_id=change_set_id, by=by)
    if look.reasons:
        raise UndoRefused(look.reasons)
    if look.rows <= AT_ONCE:
        return undo.undo(change_set_id=change_set_id, by=by)
    under_way = latest_run(change_set_id)
    if under_way is not None and not under_way.has_ended:
        return under_way
    return runs.request(KIND, by=by, params={"change_set": change_set_id})


def latest_run(change_set_id: int) -> Run | None:
    """The run that takes a change set back, if one was asked for."""
    return Run.objects.filter(kind=KIND, params__change_set=change_set_id).order_by("-id").first()


def work(ctx: RunContext) -> dict[str, Any]:
    """Take the change set back in one transaction. Raises RunFailed in words for whoever asked."""
    by, change_set_id = ctx.run.requested_by, ctx.params["change_set"]
    if by is None:
        raise RunFailed(_("Nobody asked for this."))
    done = ChangeSet.objects.filter(undoes_id=change_set_id, run_id=ctx.run.pk).first()
    if done is not None:  # committed, and killed before the run could end
        return _result(change_set_id, done.pk, done.changes.values_list("action", "rows"))
    total = undo.rows_in(ChangeSet.objects.get(pk=change_set_id))
    ctx.progress(0, total, step=_("Taking back, all or nothing"))
    try:
        with ctx.publish():
            outcome = undo.undo(change_set_id=change_set_id, by=by, run_id=ctx.run.pk)
    except UndoRefused as refused:
        raise RunFailed("; ".join(undo.said(refused.reasons))) from None
    except (AlreadyUndone, PermissionDenied) as refused:
        raise RunFailed(str(refused) or _("Not all of these rows are yours to change.")) from None
    except ChangeSet.DoesNotExist:
        raise RunFailed(_("Not all of these rows are yours to change.")) from None
    ctx.progress(total, total)
    return {
        "change_set": change_set_id,
        "undo": outcome.change_set_id,
        "restored": outcome.restored,
        "removed": outcome.removed,
    }


def _result(change_set_id: int, back: int, logged: Any) -> dict[str, Any]:
    counts = {"update": 0, "bulk_delete": 0}
    for action, rows in logged:
        counts[action] = counts.get(action, 0) + rows
    return {
        "change_set": change_set_id,
        "undo": back,
        "restored": counts["update"],
        "removed": counts["bulk_delete"],
    }


def summary(result: dict[str, Any]) -> str:
    """What was taken back, in words."""
    return said(result["restored"], result["removed"])


def said(restored: int, removed: int) -> str:
    """How many rows went back and how many went, in words."""
    put = ngettext("%(n)s row put back", "%(n)s rows put back", restored) % {"n": display.number(restored)}
    gone = ngettext("%(n)s row removed", "%(n)s rows removed", removed) % {"n": display.number(removed)}
    return f"{put}; {gone}"


def result_url(run_id: int, result: dict[str, Any]) -> str:
    """The page of the change that was taken back."""
    return reverse("jobs:undo", args=[result["change_set"]])
