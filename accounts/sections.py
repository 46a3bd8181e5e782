"""The sections of a customer's archive: what a grant of access can open, each on its own.

Chapters add theirs in `AppConfig.ready()`. Inside the scope all of them are open.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.lib.registry import Registry

IDENTITY = "identity"
CONTACTS = "contacts"


@dataclass(frozen=True)
class Section:
    """One part of the archive; `text` says what stands in it."""

    code: str
    label: str | Promise
    text: str | Promise


sections: Registry[Section] = Registry("sections of the archive")

OWN = (
    # Translators: 基本资料
    Section(IDENTITY, _("Basic information"), _("Names, tax number, address, size, group, stages.")),
    Section(CONTACTS, _("Contacts"), _("The people we know there, with phone and e-mail.")),
)
