"""Telling people what happens to approvals: who decides them, and who asked."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.messages import templates
from jobs.services import messages
from users.approvals import approval_kinds
from users.constants import ApprovalEventKind as Happened
from users.models import Approval, User
from users.registry import approval_hooks

# Names of customers stay out of messages: whose scope has ended could still read them there.
_WORDS: dict[Happened, str | Promise] = {
    Happened.ASKED: _("%(asker)s asks for your decision: %(what)s"),
    Happened.RAISED: _("Not decided in time, so it comes to you: %(what)s, asked by %(asker)s"),
    Happened.APPROVED: _("%(who)s approved: %(what)s"),
    Happened.REFUSED: _("%(who)s refused: %(what)s"),
    Happened.EXPIRED: _("Nobody decided in time, so it expired: %(what)s"),
    Happened.COMMENT: _("%(who)s wrote about: %(what)s"),
}


def register() -> None:
    """Register the templates, and the hook that writes the messages."""
    for happened in _WORDS:
        templates.add(f"approval.{happened}", partial(words, happened))
    approval_hooks.add("jobs.messages", tell_of)


def tell_of(approval: Approval, happened: str, people: Sequence[User]) -> None:
    """Write a message to each of the people concerned, with the change it tells of."""
    if happened not in _WORDS:
        return
    last = approval.events.select_related("by").last()
    values = {
        "kind": approval.kind,
        "asker": str(approval.asked_by),
        "who": str(last.by) if last and last.by else "",
        "approval": approval.pk,
    }
    for user in people:
        messages.tell(
            recipient=user,
            template=f"approval.{happened}",
            values=values,
            occasion=f"approval:{approval.pk}:{approval.step}:{happened}:{last.pk if last else 0}",
            url=reverse("users:approval_detail", args=[approval.pk]),
        )


def words(happened: Happened, values: dict[str, Any]) -> str:
    """A message in words."""
    kind = approval_kinds.find(values["kind"])
    what = str(kind.label) if kind else values["kind"]
    return str(_WORDS[happened]) % {**values, "what": what, "who": values["who"] or gettext("Somebody")}
