"""Work in hand: runs by machines, tasks by people, messages to people, events for other systems."""

from jobs.models.imports import Import
from jobs.models.messages import Mailing, Message, MessageSettings
from jobs.models.outbox import OutboxEvent
from jobs.models.runs import Run, Schedule
from jobs.models.tasks import Task
from jobs.models.webhooks import Delivery, DeliveryTry, Subscription

__all__ = [
    "Delivery", "DeliveryTry", "Import", "Mailing", "Message", "MessageSettings", "OutboxEvent", "Run", "Schedule",
    "Subscription", "Task",
]  # fmt: skip
