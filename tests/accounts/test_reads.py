"""The log of reads: under a grant and of protected records, once each, and one query where nothing is to be logged."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.constants import Door
from accounts.models import Customer, ReadLog
from accounts.services import reads
from crm.lib.requests import request_id
from tests import factories
from users.models import User


def fresh(user: User) -> User:
    """The user as the next request has them."""
    return User.objects.get(pk=user.pk)


def test_an_ordinary_read_writes_nothing_and_costs_one_query(account: Customer, executive: User, owner: User) -> None:
    for user, queries in ((executive, 1), (owner, 1)):
        reads.note(by=user, customer_ids=[account.pk], door=Door.PAGE)  # what is worked out once per request
        with CaptureQueriesContext(connection) as asked:
            assert reads.note(by=user, customer_ids=[account.pk], door=Door.PAGE) == frozenset()
        assert len(asked) == queries
    assert not ReadLog.objects.exists()


def test_a_protected_customer_is_logged_whoever_reads_it(account: Customer, owner: User, executive: User) -> None:
    Customer.objects.update(is_protected=True)
    for user in (owner, executive):
        assert reads.note(by=user, customer_ids=[account.pk], door=Door.API) == {account.pk}
    assert list(ReadLog.objects.order_by("id").values_list("user", "door", "is_protected", "grant_id")) == [
        (owner.pk, "api", True, None), (executive.pk, "api", True, None),
    ]  # fmt: skip


def test_a_read_under_a_grant_names_the_grant(account: Customer, outsider: User) -> None:
    grant = factories.grant(account, outsider, "identity")
    other = factories.customer(owner=outsider)
    assert reads.note(by=outsider, customer_ids=[account.pk, other.pk], door=Door.PAGE) == {account.pk}
    row = ReadLog.objects.get()
    assert (row.user, row.customer_id, row.grant_id, row.is_protected) == (outsider, account.pk, grant.pk, False)


def test_who_has_the_customer_in_scope_reads_it_without_the_grant(account: Customer, owner: User) -> None:
    factories.grant(account, owner, "identity")
    assert reads.note(by=owner, customer_ids=[account.pk], door=Door.PAGE) == frozenset()


def test_one_request_is_logged_once_for_each_door(account: Customer, outsider: User) -> None:
    factories.grant(account, outsider, "identity")
    for request in ("r1", "r1", "r2"):
        token = request_id.set(request)
        reads.note(by=outsider, customer_ids=[account.pk, account.pk], door=Door.PAGE)
        reads.note(by=outsider, customer_ids=[account.pk], door=Door.PRINT)
        request_id.reset(token)
    assert sorted(ReadLog.objects.values_list("request_id", "door")) == [
        ("r1", "page"), ("r1", "print"), ("r2", "page"), ("r2", "print"),
    ]  # fmt: skip


def test_a_run_that_names_itself_is_logged_once(account: Customer, outsider: User) -> None:
    factories.grant(account, outsider, "identity")
    for _ in range(2):
        reads.note(by=outsider, customer_ids=[account.pk], door=Door.EXPORT, occasion="run:12")
    reads.note(by=outsider, customer_ids=[account.pk], door=Door.EXPORT)
    assert ReadLog.objects.count() == 2


@pytest.mark.parametrize(
    ("address", "door"),
    [
        ("accounts:customer_detail", "page"),
        ("accounts:customer_peek", "page"),
        ("accounts:customer_edit", "page"),
        ("accounts:customer_list", "page"),
        ("customers", "export"),
        ("sales:order_list", "page"),
        ("orders", "export"),
        ("sales:customer_months", "page"),
        ("segmentation:history", "page"),
    ],
)
def test_every_door_logs_a_protected_customer_exactly_once(
    address: str, door: str, client: Client, account: Customer, owner: User
) -> None:
    factories.order(account)
    Customer.objects.filter(pk=account.pk).update(is_protected=True)
    client.force_login(owner)
    answer: Any
    if door == "export":
        answer = client.post(reverse("jobs:export_new", args=[address]))
    else:
        answer = client.get(reverse(address, args=[] if address.endswith("list") else [account.pk]))
    assert answer.status_code == 200
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    assert list(ReadLog.objects.values_list("customer_id", "user", "door")) == [(account.pk, owner.pk, door)]


def test_the_page_of_an_order_is_a_read_of_its_customer(client: Client, account: Customer, owner: User) -> None:
    order = factories.order(account)
    Customer.objects.update(is_protected=True)
    client.force_login(owner)
    client.get(reverse("sales:order_detail", args=[order.pk]))
    assert ReadLog.objects.count() == 1


def test_a_refused_read_is_not_logged_as_a_read(client: Client, account: Customer, outsider: User) -> None:
    Customer.objects.update(is_protected=True)
    client.force_login(outsider)
    assert client.get(reverse("accounts:customer_detail", args=[account.pk])).status_code == 404
    assert not ReadLog.objects.exists()
