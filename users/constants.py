"""Choices stored in this app's tables."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Language(TextChoices):
    """The languages of the screens; values are Django language codes."""

    ENGLISH = "en", "English"
    CHINESE = "zh-hans", "简体中文"


class Theme(TextChoices):
    """The look of the screens."""

    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserKind(TextChoices):
    """Who stands behind an account."""

    PERSON = "person", _("Person")
    PROGRAM = "program", _("Program")


class KeyReach(TextChoices):
    """Whose customers a key works with; the values of `users.roles.Reach`."""

    OWN = "own", _("Customers the program owns")
    DEPARTMENT = "department", _("Customers of some departments")
    ALL = "all", _("All customers")


class Cause(TextChoices):
    """Through which door a change came."""

    PAGE = "page", _("Page")
    API = "api", _("API")
    IMPORT = "import", _("Import")
    RUN = "run", _("Run")
    COMMAND = "command", _("Command line")


class Action(TextChoices):
    """What a change did to a row."""

    CREATE = "create", _("Created")
    UPDATE = "update", _("Changed")
    DELETE = "delete", _("Deleted")
    BULK_CREATE = "bulk_create", _("Created in bulk")
    BULK_UPDATE = "bulk_update", _("Changed in bulk")
    BULK_DELETE = "bulk_delete", _("Deleted in bulk")
    EXPORT = "export", _("Exported")
    ERASE = "erase", _("Erased")


class ApprovalState(TextChoices):
    """How an approval stands."""

    OPEN = "open", _("Waiting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


class StepState(TextChoices):
    """How one step of an approval stands."""

    WAITING = "waiting", _("Not its turn yet")
    OPEN = "open", _("Waiting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    DROPPED = "dropped", _("Not needed any more")


class ApprovalEventKind(TextChoices):
    """What happens to an approval."""

    ASKED = "asked", _("Asked")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    BLOCKED = "blocked", _("Could not be carried out")
    RAISED = "raised", _("Raised to the next manager")
    COMMENT = "comment", _("Comment")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
