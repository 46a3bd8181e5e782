"""The main navigation: one row for each section of the rail, in the rail's order.

A section shows when its page exists and the permission table lets the user read it. The letter is
the one pressed after `g`; t, x, l and p are kept for touchpoints, credit, loyalty and plans.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from users.access import Caller, rules
from users.models import User


@dataclass(frozen=True)
class Section:
    """One entry of the rail. `pages` are the URL names, or beginnings of them, that it holds."""

    key: str
    icon: str
    label: str | Promise
    url_name: str
    pages: tuple[str, ...] = ()
    foot: bool = False


@dataclass(frozen=True)
class Link:
    """A section as the page shows it."""

    section: Section
    href: str
    current: bool


_OF_SETTINGS = ("profile", "user_", "department_", "parameter_", "change_", "role_", "key_")
_SETTINGS = (*(f"users:{page}" for page in _OF_SETTINGS), "account_change_password")

SECTIONS = (
    # Translators: 今日
    Section("d", "sun", pgettext_lazy("rail", "Today"), "home", ("dashboards:my_day", "dashboards:my_accounts")),
    # Translators: 客户
    Section("c", "building-skyscraper", pgettext_lazy("rail", "Accounts"), "accounts:customer_list", ("accounts:",)),
    # Translators: 销售
    Section("s", "package", pgettext_lazy("rail", "Sales"), "sales:order_list", ("sales:",)),
    # Translators: 分级
    Section(
        "f",
        "chart-arrows-vertical",
        pgettext_lazy("rail", "Tiers"),
        "dashboards:tiers",
        ("dashboards:tier", "segmentation:"),
    ),
    # Translators: 任务
    Section("a", "checkbox", pgettext_lazy("rail", "Tasks"), "jobs:task_list", ("jobs:task",), foot=True),
    # Translators: 审批
    Section("v", "checks", pgettext_lazy("rail", "Approve"), "users:approval_list", ("users:approval_",), foot=True),
    # Translators: 导入 (bringing data in from files)
    Section("i", "database-import", pgettext_lazy("rail", "Imports"), "jobs:import_list", ("jobs:import",), foot=True),
    # Translators: 批次 (computations)
    Section("r", "progress", pgettext_lazy("rail", "Runs"), "jobs:run_list", ("jobs:run",), foot=True),
    # Translators: 设置
    Section(
        "o",
        "settings",
        pgettext_lazy("rail", "Settings"),
        "users:settings",
        _SETTINGS,
        foot=True,
    ),
)


def sections(request: HttpRequest) -> list[Link]:
    """The sections this user may open, the one of the present page marked."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    links = []
    for section in SECTIONS:
        href = page_url(section.url_name, request.user)
        if href:
            current = here == section.url_name or bool(section.pages and here.startswith(section.pages))
            links.append(Link(section, href, current))
    return links


def page_url(url_name: str, user: object) -> str:
    """The address of a page, or nothing if it doesn't exist or the user may not read it."""
    try:
        href = reverse(url_name)
    except NoReverseMatch:
        return ""
    rule = rules.find(url_name)
    if rule is None:
        return ""
    if rule.read is Caller.ANYONE:
        return href
    if not isinstance(user, User):
        return ""
    return href if rule.read is Caller.SIGNED_IN or user.may(rule.read) else ""
