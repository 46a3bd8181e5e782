"""What this app's services refuse, as the API tells it."""

from django.utils.translation import gettext as _

from sales.errors import NumberTaken, OrderInvalid, OrderRefused, Stale, StepNotAllowed
from users.api.problems import Fault, Problem, Translator, fault, translators

# What the services call by the name of a record, the API calls by its id.
_NAMES = {"customer": "customer_id", "contact": "contact_id", "original": "original_id", "product": "product_id"}


def register() -> None:
    """Called when all apps are loaded."""
    translators.add("sales.taken", Translator(NumberTaken, _taken))
    translators.add("sales.invalid", Translator(OrderInvalid, lambda error: Problem("invalid", errors=faults(error))))
    translators.add("sales.refused", Translator(OrderRefused, lambda error: Problem("refused", str(error))))
    translators.add("sales.step", Translator(StepNotAllowed, lambda error: Problem("conflict", str(error))))
    translators.add("sales.stale", Translator(Stale, _stale))


def faults(error: OrderInvalid) -> list[Fault]:
    """The broken rules of an order, with pointers."""
    found = [fault(_NAMES.get(name, name), text) for name, text in error.fields.items()]
    for place, messages in sorted(error.lines.items()):
        found += [fault(_NAMES.get(name, name), text, at=f"/lines/{place}") for name, text in messages.items()]
    return found


def _taken(error: NumberTaken) -> Problem:
    return Problem("conflict", _("The source and number of an order are its own for ever."), errors=faults(error))


def _stale(error: Stale) -> Problem:
    return Problem("changed-meanwhile", _("The record is now at version %(version)s.") % {"version": error.version})
