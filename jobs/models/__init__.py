"""Work in hand: runs by machines, tasks by people, messages to people, events for other systems."""

from jobs.models.backups import Backup
from jobs.models.exports import Export
from jobs.models.imports import Import, SavedMapping
from jobs.models.messages import Mailing, Message, MessageSettings
from jobs.models.outbox import OutboxEvent
from jobs.models.runs import Run, Schedule
from jobs.models.tasks import Task
from jobs.models.webhooks import Delivery, DeliveryTry, Subscription

__all__ = [
    "Backup", "Delivery", "DeliveryTry", "Export", "Import", "Mailing", "Message", "MessageSettings", "OutboxEvent",
    "Run", "SavedMapping", "Schedule", "Subscription", "Task",
]  # fmt: skip
