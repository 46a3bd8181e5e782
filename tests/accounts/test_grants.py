"""What a grant opens, and that it opens nothing else through any side door."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.models import Contact, Customer
from sales.models import Order
from segmentation.models import Standing, TierHistory
from tests import factories
from users.models import User

NOTE, PERSON, ORDER = "Kanarienvogel", "Nachtigall", "ORD-Zaunkoenig"


@pytest.fixture
def rich(account: Customer, owner: User) -> Customer:
    """The owner's customer with something in each section."""
    account.note, account.address = f"{NOTE} note", f"{NOTE} street"
    account.save()
    contact = factories.contact(account, name=PERSON)
    factories.order(account, "918273.64", number=ORDER, contact=contact)
    return account


def fresh(user: User) -> User:
    """The user as the next request has them."""
    return User.objects.get(pk=user.pk)


def page(client: Client, user: User, address: str, *args: Any, **query: Any) -> str:
    client.force_login(user)
    answer = client.get(reverse(address, args=args), query)
    text: str = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    return text if answer.status_code == 200 else ""


@pytest.mark.parametrize(
    ("sections", "seen"),
    [
        (["identity"], {NOTE}),
        (["contacts"], {PERSON}),
        (["orders"], {ORDER}),
        (["identity", "contacts"], {NOTE, PERSON}),
        ([], set()),
        (["unheard-of"], set()),
    ],
)
def test_the_page_shows_the_granted_sections_alone(
    sections: list[str], seen: set[str], client: Client, rich: Customer, outsider: User
) -> None:
    factories.grant(rich, outsider, *sections)
    text = page(client, outsider, "accounts:customer_detail", rich.pk)
    assert "华为技术有限公司" in text
    assert "This view has been logged" in text
    assert {word for word in (NOTE, PERSON, ORDER) if word in text} == seen
    assert ("918,273" in text) is ("orders" in seen or ORDER in seen)


def test_a_grant_of_tiers_shows_the_tier_and_no_other_does(client: Client, rich: Customer, outsider: User) -> None:
    Standing.objects.update_or_create(customer=rich, defaults={"grade": "A", "flag": ""})
    verdict = 'aria-label="Verdicts'
    factories.grant(rich, outsider, "identity", "contacts")
    assert verdict not in page(client, outsider, "accounts:customer_detail", rich.pk)
    assert not page(client, outsider, "segmentation:history", rich.pk)
    factories.grant(rich, outsider, "tiers")
    assert verdict in page(client, outsider, "accounts:customer_detail", rich.pk)
    assert page(client, outsider, "segmentation:history", rich.pk)


def test_orders_and_their_chart_open_with_orders_alone(client: Client, rich: Customer, outsider: User) -> None:
    order = Order.objects.get()
    factories.grant(rich, outsider, "identity", "contacts", "tiers")
    assert not page(client, outsider, "sales:order_detail", order.pk)
    assert not page(client, outsider, "sales:customer_months", rich.pk)
    factories.grant(rich, outsider, "orders")
    assert ORDER in page(client, outsider, "sales:order_detail", order.pk)
    assert page(client, outsider, "sales:customer_months", rich.pk)


def test_a_grant_of_orders_hides_who_ordered(client: Client, rich: Customer, outsider: User) -> None:
    factories.grant(rich, outsider, "orders")
    assert PERSON not in page(client, outsider, "sales:order_detail", Order.objects.get().pk)


def test_lists_counts_sums_searches_and_exports_leave_granted_customers_out(
    client: Client, rich: Customer, outsider: User
) -> None:
    outsider.groups.set([Group.objects.get(name="sales_manager")])
    factories.grant(rich, outsider, "identity", "contacts", "orders", "tiers")
    client.force_login(outsider)
    words = {"华为", "918,273", NOTE, PERSON, ORDER, rich.code}
    for address, query in [
        ("accounts:customer_list", {}), ("accounts:customer_count", {}), ("accounts:view_counts", {}),
        ("accounts:customer_options", {"q": "华为"}), ("search", {"q": "华为"}),
        ("search", {"q": "hw"}), ("search", {"q": PERSON}), ("search", {"q": ORDER}), ("sales:order_list", {}),
        ("sales:order_list", {"customer": rich.pk}), ("sales:order_count", {}),
        ("dashboards:tiers", {}), ("dashboards:my_accounts", {}), ("segmentation:mover_list", {}),
        ("segmentation:pending_list", {}), ("users:change_list", {}),
    ]:  # fmt: skip
        text = page(client, outsider, address, **query)
        assert not [word for word in words - {query.get("q")} if word in text], address


def test_a_granted_sister_is_not_summed_into_the_group(client: Client, rich: Customer, outsider: User) -> None:
    mine = factories.customer(owner=outsider, name="Mine")
    Customer.objects.filter(pk=rich.pk).update(parent=mine)
    factories.grant(rich, outsider, "identity", "orders")
    text = page(client, outsider, "accounts:customer_detail", mine.pk, figures="group")
    assert "918,273" not in text
    assert "1 more you can" in text


@pytest.mark.parametrize(
    "over",
    [
        {"ends_at": timezone.now() - dt.timedelta(milliseconds=1), "starts_at": timezone.now() - dt.timedelta(days=3)},
        {"starts_at": timezone.now() + dt.timedelta(minutes=50)},
        {"withdrawn_at": timezone.now()},
    ],
    ids=["expired", "not begun", "withdrawn"],
)
def test_a_grant_that_does_not_hold_opens_nothing(
    over: dict[str, Any], client: Client, rich: Customer, outsider: User
) -> None:
    factories.grant(rich, outsider, "identity", "contacts", "orders", "tiers", **over)
    client.force_login(outsider)
    assert client.get(reverse("accounts:customer_detail", args=[rich.pk])).status_code == 404
    assert scope.sections_open(fresh(outsider), rich) == frozenset()


def test_a_grant_closes_at_the_very_moment_it_ends(client: Client, rich: Customer, outsider: User) -> None:
    grant = factories.grant(rich, outsider, "identity")
    client.force_login(outsider)
    path = reverse("accounts:customer_detail", args=[rich.pk])
    assert client.get(path).status_code == 200
    grant.ends_at = timezone.now()
    grant.save()
    assert client.get(path).status_code == 404


def test_a_grant_changes_nothing(client: Client, rich: Customer, outsider: User) -> None:
    factories.grant(rich, outsider, "identity", "contacts", "orders", "tiers", may_print=True)
    client.force_login(outsider)
    contact, order = Contact.objects.get(), Order.objects.get()
    for address, pk in [
        ("accounts:customer_edit", rich.pk), ("accounts:contact_create", rich.pk),
        ("accounts:contact_edit", contact.pk), ("accounts:contact_delete", contact.pk),
        ("sales:order_edit", order.pk),
    ]:  # fmt: skip
        assert client.post(reverse(address, args=[pk]), {"name": "x", "version": 1}).status_code in {403, 404}, address
    client.post(reverse("accounts:batch_stage"), {"id": [rich.pk], "to": "lost", "reason": "x", "confirm": 1})
    rich.refresh_from_db()
    assert (rich.name, rich.life_cycle) == ("华为技术有限公司", "prospect")


def test_readable_rows_follow_their_section(rich: Customer, outsider: User) -> None:
    Standing.objects.get_or_create(customer=rich)
    TierHistory.objects.create(customer=rich, grade="A", valid_from="2026-01-01", cause="first")
    factories.grant(rich, outsider, "contacts")
    user = fresh(outsider)
    assert Customer.objects.readable_by(user).get() == rich
    assert not Customer.objects.readable_by(user, "identity").exists()
    assert Contact.objects.readable_by(user).exists()
    for model in (Order, Standing, TierHistory):
        assert not model.objects.readable_by(user).exists()
    for model in (Customer, Contact, Order, Standing, TierHistory):
        assert not model.objects.visible_to(user).exists()
