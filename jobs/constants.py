"""Choices stored in this app's tables."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The kind of run that works through `jobs.registry.night_steps`.
NIGHT = "night"


class RunState(TextChoices):
    """Where a run stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


class FailureKind(TextChoices):
    """Why a run failed: it refused with a reason, something unforeseen happened, or no try got to the end."""

    REFUSED = "refused", _("Not possible")
    UNEXPECTED = "unexpected", _("Unexpected")
    GAVE_UP = "gave_up", _("Given up")


class TaskState(TextChoices):
    """Where a task stands."""

    OPEN = "open", _("To do")
    DONE = "done", pgettext_lazy("task", "Done")
    CANCELLED = "cancelled", _("No longer needed")


# The kind of task that people write down themselves.
MANUAL = "manual"


class DeliveryState(TextChoices):
    """What became of an event on its way to a subscriber."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Delivered")
    # Translators: 搁置 (given up after three days; can be sent again by hand)
    PARKED = "parked", _("Parked")
    # Translators: 未发送 (outside what the subscriber may see)
    WITHHELD = "withheld", _("Not sent")


class Way(TextChoices):
    """How a person wants to be told of things of a kind. E-mail comes beside the bell."""

    BELL = "bell", _("In the bell")
    EMAIL = "email", _("E-mail at once")
    DIGEST = "digest", _("One e-mail a day")
    OFF = "off", _("Not at all")


class Channel(TextChoices):
    """How a message leaves the house. The bell isn't one: it shows what is in the table."""

    EMAIL = "email", _("E-mail")
    DIGEST = "digest", _("Daily e-mail")


class MailingState(TextChoices):
    """Where an e-mail stands."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Left out")


class LeftOut(TextChoices):
    """Why an e-mail was left out."""

    NO_GATEWAY = "no_gateway", _("No mail server is set up")
    NO_ADDRESS = "no_address", _("No e-mail address")
    INACTIVE = "inactive", _("May not sign in")
    OUT_OF_SIGHT = "out_of_sight", _("Doesn't see the customer any more")
    READ = "read", _("Read before")
    STOPPED = "stopped", _("Wants no e-mail of this")


class ExportFormat(TextChoices):
    """What kind of file a list leaves as."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
