"""Query counts of pages, against a recorded file, and the same for ten and for two hundred rows.

`RECORD_QUERIES=1 make test ARGS=tests/meta/test_queries.py` writes the file anew.
"""

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ArchivePrint, ReadLog
from accounts.services import facts
from crm.lib import dates
from jobs import runs
from jobs.services.runs import run_now
from sales.models import RollupMark
from tests import factories
from users.approvals import ApprovalKind, approval_kinds
from users.models import User
from users.services import approvals

pytestmark = pytest.mark.django_db

RECORD = Path(__file__).with_name("query_counts.json")
LISTS = {
    "accounts:customer_list": "",
    "accounts:customer_list by sales": "?sort=-segmentation.sales",
    "accounts:duplicate_list": "",
    "accounts:merge_list": "",
    "sales:order_list": "",
    "sales:product_list": "",
    "segmentation:pending_list": "",
    "dashboards:my_accounts": "",
    "dashboards:tiers": "",
    "jobs:run_list": "",
    "jobs:task_list": "?whose=team",
    "jobs:webhook_list": "",
    "users:change_list": "",
    "accounts:fact_list of mine": "?tab=mine",
    "users:approval_list": "",
    "users:approval_list of all": "?tab=all",
    "accounts:access": "",
    "accounts:print_list": "",
    "accounts:read_list": "",
    "search": "?q=Customer",
}
MOST = {"dashboards:tiers": 25}


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch, manager: User) -> None:
    of = ApprovalKind("test.query", "Request", lambda _: [manager], lambda *_: None, str)
    monkeypatch.setitem(approval_kinds._entries, of.code, of)


def fill(owner: User, count: int) -> None:
    day = dates.today() - dt.timedelta(days=70)
    for _ in range(count):
        approvals.ask(kind="test.query", by=owner, values={})
        customer = factories.customer(owner=owner, department=owner.department)
        factories.order(customer, "100.00", on=day)
        factories.product()
        by = User.objects.filter(groups__name="sales_manager").first() or owner
        facts.propose(customer_id=customer.pk, values={"note": "known"}, by=by)
        factories.grant(customer, owner, "identity")
        ReadLog.objects.create(user=owner, customer_id=customer.pk, door="page", request_id=customer.code)
        ArchivePrint.objects.create(
            number=customer.pk, at=timezone.now(), user=owner, customer_id=customer.pk, sections=["identity"]
        )
        RollupMark.objects.create(customer_id=customer.pk, day=day)
        factories.task(owner, customer_id=customer.pk)
    done = run_now(runs.request("segmentation.tiers", as_of=dates.today() - dt.timedelta(days=1), by=owner))
    assert done.state == "done", done.error


def count(client: Client, page: str, query: str) -> int:
    path = reverse(page.split(" ")[0]) + query
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, f"{page}: {answer.status_code}"
    return len(queries)


def test_pages_ask_as_often_as_recorded_and_no_more_with_more_rows(
    owner: User, manager: User, admin_user: User, client: Client
) -> None:
    manager.groups.add(*admin_user.groups.all())
    client.force_login(manager)
    fill(owner, 10)
    few = {page: count(client, page, query) for page, query in LISTS.items()}
    fill(owner, 60)
    many = {page: count(client, page, query) for page, query in LISTS.items()}
    assert many == few, "a page asks more often when there are more rows"
    if os.environ.get("RECORD_QUERIES"):
        RECORD.write_text(json.dumps(few, indent=2) + "\n")
    assert few == json.loads(RECORD.read_text())
    assert {page: n for page, n in few.items() if n > MOST.get(page, 15)} == {}


def test_a_customer_page_stays_within_its_queries(owner: User, client: Client) -> None:
    fill(owner, 3)
    client.force_login(owner)
    customer = owner.customers.order_by("pk")[0]
    path = reverse("accounts:customer_detail", args=[customer.pk])
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    assert len(queries) <= 25
