"""The list as a page: views, columns, export, type-ahead, and how many queries they take."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Customer, ListColumns, SavedView
from segmentation.models import Standing
from tests import factories
from users.models import User


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


@pytest.fixture
def site(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def queries(site: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = site.get(address)
        if answer.streaming:
            b"".join(answer)
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "address",
    [
        "/customers/",
        "/customers/?sort=name",
        "/customers/?segmentation.tier=A&sort=-changed&columns=industry&columns=owner",
    ],
)
def test_a_list_takes_the_same_few_queries_for_ten_rows_and_a_thousand(address: str, site: Client, owner: User) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            row = factories.customer(owner=owner, department=owner.department)
            Standing.objects.update_or_create(customer=row, defaults={"grade": "A", "sales_minor": 5})

    fill(10)
    few = queries(site, address)
    fill(60)
    many = queries(site, address)
    assert few == many
    assert many <= 15


def test_the_page_of_a_customer_takes_at_most_25_queries(site: Client, owner: User, account: Customer) -> None:
    for n in range(5):
        factories.contact(account)
        factories.customer(owner=owner, parent=account, name=f"sister {n}")
    assert queries(site, url("customer_detail", account.pk)) <= 25


def test_a_view_is_saved_used_and_deleted(site: Client, owner: User, account: Customer) -> None:
    factories.customer(owner=owner, name="Lost Ltd", life_cycle="lost")
    address = url("view_create") + "?stage=lost&sort=-changed&columns=kind"
    assert site.post(address, {"name": " Lost  ones "}).status_code == 302
    view = SavedView.objects.get()
    assert (view.name, view.filters, view.sort, view.columns) == (
        "Lost ones",
        [["stage", "lost"]],
        "-changed",
        ["kind"],
    )
    text = site.get(url("customer_list") + f"?view={view.pk}").content.decode()
    assert "Lost Ltd" in text
    assert "华为" not in text
    text = site.get(url("customer_list") + f"?view={view.pk}&edited=1").content.decode()
    assert "华为" in text
    assert site.post(url("view_delete", view.pk)).status_code == 302
    assert not SavedView.objects.exists()


def test_a_manager_shares_a_view_and_each_sees_only_their_own_in_it(
    site: Client, manager: User, owner: User, outsider: User, account: Customer
) -> None:
    site.force_login(manager)
    site.post(url("view_create") + "?stage=prospect", {"name": "Prospects", "share": "on"})
    view = SavedView.objects.get()
    for user, tab, row in [(owner, True, True), (outsider, False, False)]:
        site.force_login(user)
        text = site.get(url("customer_list") + f"?view={view.pk}").content.decode()
        assert ("Prospects" in text, "华为" in text) == (tab, row)
    site.force_login(owner)
    assert site.post(url("view_delete", view.pk)).status_code == 403
    site.force_login(outsider)
    assert site.post(url("view_delete", view.pk)).status_code == 404
    assert SavedView.objects.exists()


def test_an_account_manager_shares_nothing(site: Client) -> None:
    site.post(url("view_create"), {"name": "Mine", "share": "on"})
    assert SavedView.objects.get().department is None


def test_chosen_columns_are_remembered(site: Client, owner: User, account: Customer) -> None:
    site.post(url("customer_columns"), {"columns": ["country", "secret", "stage"], "back": "sort=name"})
    assert ListColumns.objects.get().columns == ["country", "stage"]
    heads = site.get(url("customer_list")).context["state"].columns
    assert [column.code for column in heads] == ["country", "stage"]


def test_the_tabs_get_their_counts_later(site: Client, account: Customer) -> None:
    text = site.get(url("view_counts"), headers={"HX-Request": "true"}).content.decode()
    assert '<span class="n">1</span>' in text
    assert "<html" not in text


def test_customers_are_found_while_typing(site: Client, owner: User, outsider: User, account: Customer) -> None:
    factories.customer(owner=outsider, name="华为 secret", short_name="华为秘密")
    for _ in range(25):
        factories.customer(owner=owner, name="Something else")
    for query in ("华", "hw", "huawei", "KH-000001"):
        answer = site.get(url("customer_options"), {"q": query}).json()
        assert [one["label"] for one in answer["results"]] == ["华为"], query
    answer = site.get(url("customer_options"), {"q": "else", "limit": "1000"}).json()
    assert len(answer["results"]) == 20
    assert site.get(url("customer_options"), {"q": ""}).json()["results"] == []
    assert site.get(url("customer_options"), {"q": "nobody"}).json()["none"]


def test_only_owners_in_reach_are_offered(
    site: Client, owner: User, manager: User, colleague: User, outsider: User, steward: User, executive: User
) -> None:
    def offered(user: User, purpose: str) -> set[str]:
        site.force_login(user)
        answer = site.get(url("user_options"), {"q": "", "for": purpose}).json()
        return {one["label"] for one in answer["results"]}

    assert offered(manager, "reassign") == {"Owner", "Colleague", "Manager"}
    assert offered(owner, "create") == {"Owner"}
    assert offered(owner, "reassign") == set()
    assert offered(executive, "") == {"Owner", "Colleague", "Manager", "Outsider"}


def test_the_search_finds_customers_and_contacts_in_scope(
    site: Client, owner: User, outsider: User, account: Customer
) -> None:
    factories.contact(account, name="白景澄", mobile="138 0000 2071")
    factories.contact(factories.customer(owner=outsider, name="Secret Works"), name="白 secret", mobile="13800002071")
    for query, found in [("hw", "华为"), ("bjc", "白景澄"), ("13800002071", "白景澄"), ("2071", "白景澄")]:
        text = site.get(reverse("search"), {"q": query}, follow=True).content.decode()
        assert found in text, query
        assert "ecret" not in text, query
    part = site.get(reverse("search"), {"q": "hw"}, headers={"HX-Request": "true"}).content.decode()
    assert "华为" in part
    assert "<html" not in part
    assert "Nothing of yours" in site.get(reverse("search"), {"q": "zzz"}).content.decode()
