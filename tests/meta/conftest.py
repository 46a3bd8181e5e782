"""A company in which everything about one customer carries a word that nobody else may read."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import ArchiveLookup, Customer, DuplicatePair, Fact, SavedView
from accounts.services import merges
from crm.lib import dates, display
from jobs import runs
from jobs.models import Delivery, Export, Import, Message, OutboxEvent, Schedule, Subscription, Task
from jobs.services.runs import run_now
from sales.models import ExchangeRate, RollupMark
from segmentation.queries import boards
from tests import factories
from users.approvals import ApprovalKind, approval_kinds
from users.models import Approval, Change, ChangeSet, Department, ExternalId, User
from users.queries import approvers
from users.services import approvals

CANARY = "Kanarienvogel"
# The customer's sales, as exact and as rounded figures would show them.
CANARY_MONEY = ("91,827,364", "91827364", "91.83", "9,182.7", "91,827.4")


@dataclass
class World:
    """The cast, the customer, and an id for each kind of address."""

    account: Customer
    ids: dict[str, Any] = field(default_factory=dict)
    company_total: str = ""

    def canaries(self) -> list[str]:
        """What nobody may read who doesn't see the customer; sums over the whole company give its sales away too."""
        return [CANARY, *CANARY_MONEY, self.company_total]

    def queries(self) -> list[str]:
        """What is asked of every address: nothing, and all that could lead to the customer.

        The words looked for are not the canary itself, which an answer may repeat to whoever typed it.
        """
        asked = {"q": CANARY[2:-1], "customer": self.account.pk, "customer_id": self.account.pk, "id": self.account.pk}
        return ["", f"?{urlencode(asked)}", f"?format=csv&figures=group&order=-id&id={self.ids['order_id']}"]

    def payload(self) -> dict[str, Any]:
        """What a form or a program sends that means harm: names of the customer under every name a form may have."""
        pk, today = self.account.pk, dates.today()
        named = dict.fromkeys(("id", "customer", "customer_id", "customers", "parent", "parent_id", "survivor_id"), pk)
        return named | {
            "contact": self.ids["contact_id"], "contact_id": self.ids["contact_id"], "order": self.ids["order_id"],
            "original_id": self.ids["order_id"], "task": self.ids.get("task_id", 0), "user": self.ids["user_id"],
            "owner": self.ids["outsider_id"], "owner_id": self.ids["outsider_id"],
            "department": self.ids["west_id"], "department_id": self.ids["west_id"],
            "stage": "lost", "to": "lost", "life_cycle": "lost", "kind": "end_user", "country": "CN", "currency": "CNY",
            "language": "en", "name": "Overwritten", "reason": "because", "note": "x", "comment": "x", "version": 1,
            "survivor_version": self.account.version, "loser_version": 1, "grade": "C", "role": "service",
            "starts_on": today.isoformat(), "until": (today + dt.timedelta(days=9)).isoformat(), "approve": "1",
            "decision": "approve", "same": "0", "confirm": "1", "sections": "identity", "text": "x",
        }  # fmt: skip

    def leaks_in(self, text: str) -> list[str]:
        """The canaries in an answer; sums over the whole company give the customer's sales away too."""
        return [word for word in self.canaries() if word in text]


def all_routes() -> list[tuple[str, list[str]]]:
    """Every URL name with the names of its arguments."""
    found: list[tuple[str, list[str]]] = []

    def walk(patterns: list[Any], space: str, above: list[str]) -> None:
        for pattern in patterns:
            arguments = [*above, *pattern.pattern.converters]
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space, arguments)
            elif isinstance(pattern, URLPattern):
                found.append((f"{space}{pattern.name}", arguments))

    walk(get_resolver().url_patterns, "", [])
    return found


@pytest.fixture
def world(owner: User, east: Department, west: Department, outsider: User, manager: User) -> World:
    account = factories.customer(
        code=f"{CANARY}-1",
        name=f"{CANARY} GmbH",
        short_name=f"{CANARY} short",
        address=f"{CANARY} street",
        note=f"{CANARY} note",
        owner=owner,
        department=east,
        life_cycle="active",
    )
    contact = factories.contact(account, name=f"{CANARY} person", email="kanarienvogel@example.com")
    gone = factories.customer(name=f"{CANARY} gone", code=f"{CANARY}-2", owner=owner, department=east)
    merge = merges.perform(request=merges.Request(account.pk, gone.pk, {}, 1, 1), by=owner)
    twin = factories.customer(name=f"{CANARY} twin", code=f"{CANARY}-3", owner=owner, department=east)
    pair = DuplicatePair.objects.create(low=account, high=twin, score=60, evidence={"domains": [CANARY]}, digest="x")
    member = factories.member(account, owner)
    grant = factories.grant(account, manager, "identity", reason=f"{CANARY} reason")
    lookup = ArchiveLookup.objects.create(user=owner, query=CANARY, match="name", customer_id=account.pk)
    day = dates.today() - dt.timedelta(days=40)
    order = factories.order(account, "91827364.50", on=day, number=f"{CANARY}-O1", note=f"{CANARY} order")
    RollupMark.objects.create(customer_id=account.pk, day=day)
    others = factories.customer(owner=outsider, department=west)
    other = factories.order(others, "10.00", on=day)
    RollupMark.objects.create(customer_id=others.pk, day=day)
    # Enough others that no line of the company's curve lies at the customer's own sales.
    for amount in (100, 99, 98, 97, 96, 95, 90, 89, 88, 10, 5):
        bulk = factories.customer(department=west)
        factories.order(bulk, f"{amount}000000.00", on=day)
        RollupMark.objects.create(customer_id=bulk.pk, day=day)
    for as_of in (dates.month_end(day), dates.today() - dt.timedelta(days=1)):
        tiers = run_now(runs.request("segmentation.tiers", as_of=as_of))
        assert tiers.state == "done", tiers.error
    beside = run_now(runs.request("segmentation.tiers", as_of=day, params={"window_months": 6}))
    change_set = ChangeSet.objects.create(cause="page", actor=owner, summary=f"{CANARY} changed")
    Change.objects.create(
        change_set=change_set,
        action="update",
        model="accounts.customer",
        object_id=account.pk,
        customer_id=account.pk,
        before={"name": "x"},
        after={"name": f"{CANARY} GmbH"},
    )
    run = runs.request("segmentation.tiers", by=owner)
    message = Message.objects.create(
        recipient=owner, template="run.done", occasion="x", values={"kind": run.kind, "result": {}}
    )
    task = Task.objects.create(
        kind="manual", occasion="x", assignee=owner, customer_id=account.pk, values={"text": f"{CANARY} task"}
    )
    subscription = Subscription.objects.create(
        target="https://erp.example/hook", kinds=["order.created"], subscriber=owner
    )
    event = OutboxEvent.objects.create(kind="order.created", customer_id=account.pk, payload={"number": order.number})
    delivery = Delivery.objects.create(
        subscription=subscription, event=event, lane=account.pk, next_at=timezone.now(), gives_up_at=timezone.now()
    )
    view = SavedView.objects.create(owner=owner, name=f"{CANARY} view")
    upload = Import.objects.create(kind="customers", file_name=f"{CANARY}.csv", folder="none", size=1, by=owner)
    export = Export.objects.create(
        code="canary", kind="customers", by=owner, format="csv", language="en", words=[["Name", f"{CANARY} words"]]
    )
    ExternalId.objects.create(resource="customer", source="erp", external_id=f"{CANARY}-1", object_id=account.pk)
    Fact.objects.create(
        customer=account, field="address", value=f"{CANARY} moved", reporter=owner, known_on=dates.today()
    )
    rate = ExchangeRate.objects.create(currency="USD", day=day, rate=Decimal("7.1"))
    key, _token = factories.key()
    return World(
        account,
        {
            "customer_id": account.pk,
            "other_id": twin.pk,
            "pair_id": pair.pk,
            "merge_id": merge.pk,
            "contact_id": contact.pk,
            "member_id": member.pk,
            "grant_id": grant.pk,
            "lookup_id": lookup.pk,
            "order_id": order.pk,
            "own_order_id": other.pk,
            "product_id": factories.product().pk,
            "category_id": factories.category().pk,
            "rate_id": rate.pk,
            "run_id": run.pk,
            "task_id": task.pk,
            "message_id": message.pk,
            "step": "cancel",
            "act": "done",
            "approval_id": asked_about(account).pk,
            "mailing_id": 0,
            "session_id": 0,
            "pk": 0,
            "provider_id": "none",
            "signed": "no-such-link",
            "change_set_id": change_set.pk,
            "tier_run_id": beside.result["tier_run"],
            "schedule_id": Schedule.objects.order_by("pk").values_list("pk", flat=True)[0],
            "subscription_id": subscription.pk,
            "delivery_id": delivery.pk,
            "user_id": owner.pk,
            "department_id": east.pk,
            "kind": "segmentation.tiers",
            "name": "main",
            "version": 1,
            "program_id": key.user_id,
            "key_id": key.pk,
            "code": "segmentation.sales",
            "source": "erp",
            "external_id": f"{CANARY}-1",
            "view_id": view.pk,
            "import_id": upload.pk,
            "export_kind": "customers",
            "export_id": export.pk,
            "outsider_id": outsider.pk,
            "west_id": west.pk,
        },
        company_total=_worded_total(),
    )


def asked_about(account: Customer) -> Approval:
    """A request about the customer that waits for its manager."""
    kind = ApprovalKind(
        "test.canary",
        "Ask-42",
        lambda approval: approvers.managers_of(approval.asked_by.department_id),
        lambda *_: None,
        lambda approval: f"{approval.values['what']}",
    )
    if kind.code not in approval_kinds:
        approval_kinds.add(kind.code, kind)
    return approvals.ask(
        kind=kind.code,
        by=account.owner,
        customer_id=account.pk,
        reason=f"{CANARY} reason",
        values={"what": f"{CANARY} request"},
    )


def _worded_total() -> str:
    """The company's sales as a dashboard words them."""
    total = sum(cell["value"] for cell in map(boards.latest_day().mix.get, "ABC"))  # type: ignore[union-attr]
    return display.money(Decimal(total) / 100, "CNY", language="en")
