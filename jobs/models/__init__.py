"""Work in hand: runs by machines, messages to people, events for other systems."""

from jobs.models.imports import Import
from jobs.models.messages import Message
from jobs.models.outbox import OutboxEvent, Subscription
from jobs.models.runs import Run, Schedule

__all__ = ["Import", "Message", "OutboxEvent", "Run", "Schedule", "Subscription"]
