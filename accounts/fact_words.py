"""Messages about proposed changes, worded when read. They name no customer: whose scope has ended reads them too."""

from typing import Any

from django.utils.translation import gettext, ngettext


def proposed(values: dict[str, Any]) -> str:
    """Somebody proposed changes of a customer that the reader keeps."""
    return ngettext(
        "%(who)s proposes %(count)s change of a customer's master data",
        "%(who)s proposes %(count)s changes of a customer's master data",
        values["count"],
    ) % {"who": values["who"], "count": values["count"]}


def settled(values: dict[str, Any]) -> str:
    """What became of the reader's proposals."""
    if not values["refused"]:
        return gettext("%(who)s accepted what you proposed") % values
    if not values["accepted"]:
        return gettext("%(who)s did not accept what you proposed") % values
    return gettext("Of what you proposed, %(who)s accepted %(accepted)s and refused %(refused)s") % values
