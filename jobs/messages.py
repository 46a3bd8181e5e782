"""How messages are worded: when they are read, in the reader's language.

A chapter registers a template for each kind of message it sends: a function of the message's values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from crm.lib.registry import Registry
from jobs.constants import FailureKind, Way
from jobs.customers import seen_by
from jobs.models import Message, Run
from jobs.registry import run_kinds
from jobs.tasks_registry import task_kinds
from users.models import User

Template = Callable[[dict[str, Any]], str]
templates: Registry[Template] = Registry("message templates")


@dataclass(frozen=True)
class MessageKind:
    """What people decide on together: all templates that begin with its code and a dot.

    `way` is how they are told until they say otherwise. Who must know can choose how, not whether: `mandatory`.
    """

    code: str
    label: str | Promise
    way: Way = Way.BELL
    mandatory: bool = False


message_kinds: Registry[MessageKind] = Registry("message kinds")

KINDS = (
    # Translators: 批次与导入
    MessageKind("run", gettext_lazy("Runs and imports of mine")),
    # Translators: 审批
    MessageKind("approval", gettext_lazy("Approvals asked of me, and mine decided"), Way.EMAIL, mandatory=True),
    # Translators: 任务
    MessageKind("task", gettext_lazy("Tasks that colleagues give me")),
    # Translators: 双重验证
    MessageKind("security", gettext_lazy("Second factors of mine"), Way.EMAIL, mandatory=True),
    # Translators: 推送 (events sent to other systems)
    MessageKind("webhook", gettext_lazy("Webhooks that fail"), Way.EMAIL),
)

# Translators: 其他通知
OTHER = MessageKind("other", gettext_lazy("Everything else"))


def kind_of(template: str) -> MessageKind:
    """The kind a template belongs to: `approval.asked` to `approval`."""
    return message_kinds.find(template.partition(".")[0]) or OTHER


def text(message: Message) -> str:
    """A message in words. One whose template is gone says so much as is known."""
    template = templates.find(message.template)
    return template(message.values) if template else message.template


@dataclass(frozen=True)
class Notice:
    """A message as its recipient is shown it. `hidden`: it is about a customer they don't see any more."""

    message: Message
    hidden: bool = False

    @property
    def text(self) -> str:
        """The message in words; nothing of its values if it is hidden."""
        if self.hidden:
            return gettext("A notice about a customer you don't see any more")
        return text(self.message)

    @property
    def url(self) -> str:
        """Where it leads; nowhere if it is hidden."""
        return "" if self.hidden else self.message.url


def notices(reader: User, found: Sequence[Message]) -> list[Notice]:
    """Messages as a reader is shown them. One query for the customers that they are about."""
    seen = seen_by(reader, [message.customer_id for message in found])
    return [Notice(message, message.customer_id is not None and message.customer_id not in seen) for message in found]


# ── Words about runs ────────────────────────────────────────────────────────


def label(kind: str) -> str:
    """What a kind of run is called."""
    registered = run_kinds.find(kind)
    return str(registered.label) if registered else kind


def summary(kind: str, result: dict[str, Any]) -> str:
    """What came out of a run, in words; nothing if its kind has no words for it."""
    registered = run_kinds.find(kind)
    return registered.summary(result) if registered and registered.summary and result else ""


def failure(run_id: int, failure_kind: str, error: str) -> str:
    """Why a run failed, for the person who asked for it."""
    if failure_kind == FailureKind.REFUSED:
        return error
    if failure_kind == FailureKind.GAVE_UP:
        return gettext(
            "It was begun several times and never got to the end. What it had finished is kept; "
            "you can start it again. If it stops once more, quote run %(run)s to the administrator."
        ) % {"run": run_id}
    return gettext(
        "Something unforeseen stopped it and has been logged. Nothing of the step it was at was kept; "
        "quote run %(run)s to the administrator."
    ) % {"run": run_id}


def failure_of(run: Run) -> str:
    """Why a run failed, in words."""
    return failure(run.pk, run.failure, run.error)


def run_done(values: dict[str, Any]) -> str:
    """A run got to its end."""
    about = {"run": label(values["kind"]), "result": summary(values["kind"], values["result"])}
    # Translators: the name of a kind of run, then its result in words
    return gettext("%(run)s: %(result)s") % about if about["result"] else gettext("%(run)s is done") % about


def run_failed(values: dict[str, Any]) -> str:
    """A run failed."""
    reason = failure(values["run"], values["failure"], values["error"])
    return gettext("%(run)s did not succeed. %(reason)s") % {"run": label(values["kind"]), "reason": reason}


# ── Words about tasks ───────────────────────────────────────────────────────


def task_given(values: dict[str, Any]) -> str:
    """Somebody handed the reader a task."""
    kind = task_kinds.find(values["kind"])
    said = {"name": values["by"], "task": kind.text(values["values"]) if kind else values["kind"]}
    return gettext("%(name)s gave you a task: %(task)s") % said


# ── Words about webhooks ────────────────────────────────────────────────────


def webhook_parked(values: dict[str, Any]) -> str:
    """Events were given up after three days."""
    text = gettext("%(name)s: events could not be delivered for three days and are parked. They can be sent again.")
    return text % {"name": values["name"]}


def webhook_gone(values: dict[str, Any]) -> str:
    """The receiver answered 410."""
    text = gettext("%(name)s: the receiver says that the address is gone, so it is told nothing any more.")
    return text % {"name": values["name"]}


# ── Words about backups ─────────────────────────────────────────────────────


def backup_failed(_values: dict[str, Any]) -> str:
    """A backup could not be restored for trial."""
    return gettext("A backup could not be restored for trial. Older ones are kept; look at it today.")


def backup_stale(_values: dict[str, Any]) -> str:
    """No backup was restored for too long."""
    return gettext("No backup has been restored well for more than a week.")
