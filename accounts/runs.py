"""The run kinds of this chapter."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.services import duplicates
from jobs.registry import RunKind
from users.roles import Permission


def summary(result: dict[str, Any]) -> str:
    """What a search for duplicates came to."""
    count = result.get("new", 0)
    return ngettext("%(count)s new possible duplicate", "%(count)s new possible duplicates", count) % {
        "count": f"{count:,}"
    }


def result_url(_run_id: int, _result: dict[str, Any]) -> str:
    """Where the pairs are looked at."""
    return reverse("accounts:duplicate_list")


KINDS = [
    # Translators: 查重
    RunKind(
        duplicates.KIND,
        _("Search for duplicates"),
        duplicates.search,
        summary,
        result_url,
        permission=Permission.CUSTOMER_MERGE,
    )
]
