"""Taking a person's name and numbers out of messages and tasks."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from jobs.models import Message, Task

BLANK = "—"


def forget(*, customer_id: int, names: Collection[str], marks: Collection[str]) -> int:
    """Blank the marks wherever they stand in what messages and tasks say, and the names where the customer is
    named too: others bear the same name elsewhere. Returns how many rows were changed.
    """
    words = [word for word in (*names, *marks) if word]
    found = 0
    messages = Message.objects.annotate(all_values=Cast("values", TextField()))
    for row in messages.filter(_holds(marks) | (_holds(names) & Q(customer_id=customer_id))):
        found += Message.objects.filter(pk=row.pk).update(values=_without(row.values, words))
    tasks = Task.objects.annotate(all_values=Cast("values", TextField()))
    for task in tasks.filter(_holds(marks) | (_holds(names) & Q(customer_id=customer_id))):
        found += Task.objects.filter(pk=task.pk).update(values=_without(task.values, words))
    return found


def _holds(words: Collection[str]) -> Q:
    condition = Q(pk__in=[])
    for word in words:
        condition |= Q(all_values__icontains=word)
    return condition


def _without(value: Any, words: Collection[str]) -> Any:
    """A JSON value with the words blanked in its texts."""
    if isinstance(value, dict):
        return {key: _without(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, words) for one in value]
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, BLANK)
    return value
