"""Every documented event is told, with the fields that its example has."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.constants import LifeCycle
from accounts.models import Customer
from accounts.services import customers, handover, life_cycle
from jobs.models import OutboxEvent, Subscription
from jobs.registry import event_kinds
from sales.services import orders
from sales.services.order_rules import LineInput, OrderInput
from users.models import Department, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(webhook: Subscription) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    Subscription.objects.update(kinds=event_kinds.keys())

    def events() -> list[tuple[str, dict[str, Any]]]:
        found = list(OutboxEvent.objects.order_by("id").values_list("kind", "payload"))
        for kind, payload in found:
            assert set(payload) == set(event_kinds.get(kind).example), kind
        OutboxEvent.objects.all().delete()
        return found

    return events


def test_a_customer_made_and_changed_is_told_each_time(
    told: Any, owner: User, manager: User, colleague: User, account: Customer, east: Department
) -> None:
    made = customers.create(new=customers.NewCustomer(name="New"), by=owner)
    assert [(kind, payload["id"]) for kind, payload in told()] == [("customer.created", made.pk)]
    customers.update(customer_id=account.pk, values={"name": "Other", "note": ""}, version=account.version, by=owner)
    [(kind, payload)] = told()
    assert (kind, payload["name"], payload["fields"]) == ("customer.changed", "Other", ["name"])
    handover.reassign(customer_ids=[account.pk], owner_id=colleague.pk, department_id=None, by=manager)
    [(kind, payload)] = told()
    assert (payload["fields"], payload["owner_id"]) == (["owner_id"], colleague.pk)
    life_cycle.move(customer_ids=[account.pk, made.pk], to=LifeCycle.ACTIVE, reason="", by=manager)
    assert [payload["fields"] for _, payload in told()] == [["life_cycle"]] * 2


def test_an_order_made_is_told(told: Any, owner: User, account: Customer) -> None:
    line = LineInput(quantity=Decimal(1), unit_price=Decimal("10.00"), description="Goods")
    orders.create_order(new=OrderInput(customer_id=account.pk, ordered_at=timezone.now(), lines=[line]), by=owner)
    assert [kind for kind, _ in told()] == ["order.created"]


def test_each_kind_of_event_is_in_the_document() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert {kind for kind in event_kinds.keys() if f"`{kind}`" not in text} == set()  # noqa: SIM118
