"""What a service of this app refuses, in words for the person who asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _


class Invalid(ValueError):
    """Values that can't be saved: what is wrong, by field ("" for the whole)."""

    def __init__(self, faults: Mapping[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" if name else str(reason) for name, reason in faults.items()))
        self.faults = dict(faults)


class Conflict(Exception):
    """Somebody saved the same record meanwhile; nothing was overwritten."""

    def __init__(self, version: int) -> None:
        super().__init__(f"version {version} was saved meanwhile")
        self.version = version


class AlreadyUndone(Exception):
    """The change was taken back before; the message says when and by whom."""


class UndoRefused(Exception):
    """The change can't be taken back; `reasons` name what stands against it."""

    def __init__(self, reasons: Sequence[Any]) -> None:
        super().__init__("; ".join(str(reason.text) for reason in reasons))
        self.reasons = list(reasons)


class CannotApply(Exception):
    """What was approved can't be carried out now; its message, worded and translated, says why."""


class AlreadyDecided(Exception):
    """Somebody was faster: `who` decided, `state` in words is what came of it. Nothing was changed."""

    def __init__(self, *, who: str, state: str) -> None:
        said = {"who": who, "state": state}
        words = _("%(who)s was faster: %(state)s.") if who else _("It is no longer open: %(state)s.")
        super().__init__(words % said)
        self.who, self.state = who, state


class NobodyToAsk(Exception):
    """No one who may decide is left: the message says what to do about it."""

    def __init__(self) -> None:
        super().__init__(
            _("Nobody who may decide this can sign in. Ask an administrator to name a manager for the department.")
        )


class OwnRequest(PermissionDenied):
    """Nobody decides what they themselves asked for, nor in the place of the one who did."""

    def __init__(self) -> None:
        super().__init__(_("Nobody decides on their own request: somebody else has to."))


class NotAnApprover(PermissionDenied):
    """The person may see the request, but its decision is others'."""

    def __init__(self) -> None:
        super().__init__(_("The decision is not yours."))
