"""What the floors above hang on this one, filled by them in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from crm.lib.registry import Registry
from users.models import Approval, User
from users.roles import Permission

# Which changes of customers a user may read: a condition on `customer_id` of `Change`. Without an
# entry nobody reads any.
change_scope: Registry[Callable[[User], Q]] = Registry("scope of the change log")

# What reading the changes of a model asks beside CHANGE_VIEW, by model label (`users.user`). Changes
# that concern no customer are read by those who hold it, and by roles that reach the whole company.
change_permissions: Registry[Permission] = Registry("permissions of the change log")

# Where the row of a change is shown: by model label, a function of (id, the fields as logged) that
# gives the address.
record_urls: Registry[Callable[[int, dict[str, Any]], str]] = Registry("addresses of rows in the change log")

# What a change of parameters would do: by kind, a function of (user, scheme name, values) that
# prepares the answer and gives its address.
what_if: Registry[Callable[[User, str, Any], str]] = Registry("what-ifs")


# Told of what happens to approvals, inside the transaction: by name, a function of (approval, what happened,
# whom it concerns). What happened is a value of `users.constants.ApprovalEventKind`.
approval_hooks: Registry[Callable[[Approval, str, Sequence[User]], None]] = Registry("hooks of approvals")


@dataclass(frozen=True)
class SettingsPage:
    """A page that settings lead to; shown to those whom the permission table lets read it."""

    url_name: str
    label: str | Promise
    text: str | Promise
    icon: str


settings_pages: Registry[SettingsPage] = Registry("pages of settings")

# Told when somebody's second factor was added, removed, renewed or reset: (user, what happened).
security_hooks: Registry[Callable[[User, str], None]] = Registry("security hooks")
