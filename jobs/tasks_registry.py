"""Kinds of tasks: how they are worded when they are read, and when their reason is gone.

A chapter registers its kinds in `AppConfig.ready()`: `task_kinds.add(kind.code, kind)`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from crm.lib.registry import Registry

if TYPE_CHECKING:
    from jobs.models import Task


@dataclass(frozen=True)
class TaskKind:
    """One kind of task.

    `text` says what is to be done, `reason` why, both from the task's values in the reader's language.
    `action` names what the task's address is for (“Fill in”). `settled` gets open tasks of the kind and gives
    the ids of those whose reason is gone: the night closes them. Who closes a task when its reason goes
    calls `jobs.services.tasks.complete` or `cancel` with the occasion.
    """

    code: str
    label: str | Promise
    text: Callable[[dict[str, Any]], str]
    reason: Callable[[dict[str, Any]], str] | None = None
    action: str | Promise = ""
    settled: Callable[[Sequence["Task"]], Iterable[int]] | None = None


task_kinds: Registry[TaskKind] = Registry("task kinds")
