"""What the lower floor keeps about customers, on the customer page."""

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.models import Customer, Fact
from accounts.registry import Panel, Person
from jobs import task_wording
from jobs.customers import CustomerName
from jobs.queries import tasks
from jobs.services import forgetting
from users.models import User
from users.registry import SettingsPage
from users.roles import Permission


def names(user: User, ids: Collection[int]) -> dict[int, CustomerName]:
    """What customers are called, those that the user sees."""
    rows = Customer.objects.visible_to(user).filter(pk__in=ids).only("id", "name", "short_name")
    return {row.pk: CustomerName(str(row), reverse("accounts:customer_detail", args=[row.pk])) for row in rows}


def open_tasks(user: User, customer_id: int, ids: Sequence[int]) -> dict[str, Any]:
    """What somebody is to do about the customer; the ids are of customers that the user sees."""
    return {"rows": task_wording.rows(user, tasks.of_customers(list(ids))), "customer_id": customer_id}


def forget(person: Person) -> int:
    """Take an erased person out of messages and tasks."""
    return forgetting.forget(customer_id=person.customer_id, names=person.names, marks=person.marks)


def proposals(user: User, customer_id: int, _ids: Sequence[int]) -> dict[str, Any] | None:
    """What is proposed for the customer and not settled yet; None where there is nothing."""
    count = Fact.objects.visible_to(user).unsettled().filter(customer_id=customer_id).count()
    if not count:
        return None
    return {"count": count}


PROPOSALS = Panel(
    "proposals",
    gettext_lazy("Proposed changes"),
    "accounts/_proposals.html",
    proposals,
    Permission.CUSTOMER_VIEW,
    5,
    "banner",
)
READS = SettingsPage(
    "accounts:read_list",
    # Translators: 查阅日志
    gettext_lazy("Log of reads"),
    gettext_lazy("Who read customers under a grant or that are protected, and every print."),
    "eye",
)
TASKS = Panel("tasks", gettext_lazy("Tasks"), "accounts/_tasks.html", open_tasks, Permission.CUSTOMER_VIEW, 5, "side")
