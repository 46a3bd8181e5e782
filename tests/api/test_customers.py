"""Customers and contacts through the API."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import Contact, Customer
from sales.models import Order
from segmentation.models import Standing
from tests import factories
from tests.api.conftest import Api, an_order, assert_problem, program
from users.models import Department, ExternalId, User

pytestmark = pytest.mark.django_db


def rows(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_customer_is_created_read_and_changed(api: Api) -> None:
    made = api.post("customers", {"name": "Acme", "country": "US", "yearly_turnover": 1234.5})
    assert made.status_code == 201, made.content
    assert made["Location"] == f"/api/v1/customers/{made.json()['id']}"
    read = api.get(made["Location"])
    assert read.json() == made.json()
    assert read["ETag"] == '"v1"'
    changed = api.patch(made["Location"], {"address": "1 Road"}, If_Match=read["ETag"])
    assert (changed.status_code, changed["ETag"]) == (200, '"v2"')
    assert changed.json()["name"] == "Acme"
    replaced = api.put(made["Location"], {"name": "Acme 2", "country": "US"}, If_Match='"v2"')
    assert (replaced.json()["name"], replaced.json()["address"]) == ("Acme 2", "")
    row = Customer.objects.get(pk=made.json()["id"])
    assert row.yearly_turnover is None


def test_a_number_stays_exact(api: Api) -> None:
    made = api.post("customers", b'{"name": "Acme", "yearly_turnover": 1234567890123456.78}')
    assert made.json()["yearly_turnover"] == "1234567890123456.78"
    assert Customer.objects.get(pk=made.json()["id"]).yearly_turnover == Decimal("1234567890123456.78")


def test_what_a_customer_points_at_must_be_there(api: Api) -> None:
    said = {"name": "Acme", "industry_id": 999, "region_id": 999, "parent_id": 999, "department_id": 999}
    assert_problem(api.post("customers", said), 400, "/industry_id", "/region_id", "/parent_id", "/department_id")


def test_a_taken_code_is_named(api: Api, account: Customer) -> None:
    assert_problem(api.post("customers", {"name": "Acme", "code": account.code}), 400, "/code")


def test_a_change_names_its_version(api: Api, account: Customer) -> None:
    path = f"customers/{account.pk}"
    assert_problem(api.patch(path, {"address": "x"}), 428)
    stale = api.patch(path, {"address": "x"}, If_Match='"v7"')
    assert_problem(stale, 412)
    assert stale["ETag"] == '"v1"'
    account.refresh_from_db()
    assert account.address == ""
    assert api.patch(path, {"address": "x"}, If_Match='W/"v7", "v1"').status_code == 200
    assert api.get(path, If_None_Match='"v2"').status_code == 304


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_one_version_one_is_refused(account: Customer) -> None:
    api = program()

    def change(name: str) -> int:
        try:
            answer = Api(api.key, api.token).patch(f"customers/{account.pk}", {name: "x"}, If_Match='"v1"')
            return int(answer.status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(change, ["address", "note", "short_name", "name"]))
    assert sorted(statuses) == [200, 412, 412, 412]


def test_the_stage_and_the_owner_have_addresses_of_their_own(
    api: Api, manager: User, outsider: User, account: Customer
) -> None:
    moved = api.post(f"customers/{account.pk}/stage", {"life_cycle": "active"})
    assert moved.status_code == 200, moved.content
    assert moved.json()["life_cycle"] == "active"
    assert_problem(api.post(f"customers/{account.pk}/stage", {"life_cycle": "lost"}), 400, "/reason")
    assert_problem(api.post(f"customers/{account.pk}/owner", {"owner_id": outsider.pk}), 403)
    account.refresh_from_db()
    assert account.owner_id != outsider.pk


def test_who_may_not_change_a_customer_proposes(account: Customer) -> None:
    other = program("customer.view", "customer.propose")
    assert_problem(other.patch(f"customers/{account.pk}", {"address": "New"}, If_Match="*"), 403)
    answer = other.post(f"customers/{account.pk}/proposals", {"address": "New"})
    assert (answer.status_code, len(answer.json()["proposals"])) == (202, 1)
    account.refresh_from_db()
    assert account.address == ""


def test_an_external_id_names_one_customer_for_ever(api: Api) -> None:
    path = "customers/by-external/erp/100-234"
    assert_problem(api.get(path), 404)
    made = api.put(path, {"name": "Acme"})
    assert made.status_code == 201
    again = api.put(path, {"address": "1 Road"})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert again.json()["name"] == "Acme"
    assert again.json()["external_ids"] == [{"source": "erp", "external_id": "100-234"}]
    assert api.put("customers/by-external/shop/100-234", {"name": "Other"}).json()["id"] != made.json()["id"]
    assert api.get(path).json()["id"] == made.json()["id"]


@pytest.mark.django_db(transaction=True)
def test_of_two_upserts_at_once_one_creates_and_one_changes(company: Department) -> None:
    api = program()

    def put(name: str) -> int:
        try:
            return int(Api(api.key, api.token).put("customers/by-external/erp/1", {"name": name}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(put, ["a", "b", "c", "d"]))
    assert sorted(statuses) == [200, 200, 200, 201]
    assert Customer.objects.count() == ExternalId.objects.count() == 1


def test_an_external_id_out_of_reach_is_not_found(api: Api, western: Api, account: Customer) -> None:
    ExternalId.objects.create(resource="customer", source="erp", external_id="1", object_id=account.pk)
    assert api.get("customers/by-external/erp/1").status_code == 200
    assert_problem(western.get("customers/by-external/erp/1"), 404)
    assert_problem(western.put("customers/by-external/erp/1", {"name": "Mine now"}), 404)
    account.refresh_from_db()
    assert account.name != "Mine now"


def test_contacts_are_created_changed_and_deleted(api: Api, account: Customer, western: Api) -> None:
    made = api.post("contacts", {"customer_id": account.pk, "name": "Li Na", "influence": 4})
    assert made.status_code == 201, made.content
    path = made["Location"]
    assert api.patch(path, {"post": "Buyer"}, If_Match='"v1"').json()["post"] == "Buyer"
    assert_problem(api.patch(path, {"customer_id": 5}, If_Match="*"), 400, "/customer_id")
    assert_problem(western.get(path), 404)
    assert_problem(western.send("delete", path, If_Match="*"), 404)
    assert_problem(api.send("delete", path), 428)
    assert api.send("delete", path, If_Match='"v2"').status_code == 204
    assert not Contact.objects.exists()
    assert_problem(western.post("contacts", {"customer_id": account.pk, "name": "x"}), 404)


def test_lists_are_filtered_by_fields_and_by_measures(api: Api, owner: User) -> None:
    one, two, three = (factories.customer(owner=owner, kind=kind) for kind in ("end_user", "retailer", "retailer"))
    for row, grade, sales in ((one, "A", 500_00), (two, "B", 300_00)):
        Standing.objects.update_or_create(customer=row, defaults={"grade": grade, "sales_minor": sales})
    assert rows(api.get("customers?kind=retailer")) == [two.pk, three.pk]
    assert rows(api.get("customers?segmentation.tier=A&segmentation.tier=B")) == [one.pk, two.pk]
    assert rows(api.get("customers?segmentation.sales.min=400")) == [one.pk]
    assert rows(api.get(f"customers?code={two.code}")) == [two.pk]
    assert rows(api.get("customers?q=nothing like it")) == []
    assert_problem(api.get("customers?segmentation.tier=Z"), 400, "segmentation.tier")
    assert_problem(api.get("customers?segmentation.sales.min=much"), 400, "segmentation.sales.min")
    blind = program("customer.view")
    assert_problem(blind.get("customers?segmentation.tier=A"), 400, "segmentation.tier")


def test_values_of_measures_are_read_by_customer(api: Api, account: Customer) -> None:
    Standing.objects.update_or_create(customer=account, defaults={"grade": "A", "sales_minor": 123_45})
    found = {one["code"]: one["value"] for one in api.get(f"customers/{account.pk}/measures").json()["results"]}
    assert (found["segmentation.tier"], found["segmentation.sales"]) == ("A", "123.45")
    values = api.get("measures/segmentation.sales/values").json()["results"]
    assert values == [{"customer_id": account.pk, "code": "segmentation.sales", "value": "123.45", "reason": ""}]
    assert_problem(api.get("measures/nonsense/values"), 404)


def test_only_the_fields_asked_for_are_given(api: Api, account: Customer) -> None:
    assert api.get(f"customers/{account.pk}?fields=id,name").json() == {"id": account.pk, "name": account.name}
    assert list(api.get("customers?fields=code").json()["results"][0]) == ["code"]


# ── Pages ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", ["id", "-id", "updated_at", "-updated_at"])
def test_pages_survive_inserts_and_deletes(api: Api, owner: User, order: str) -> None:
    stay = [factories.customer(owner=owner).pk for _ in range(12)]
    goes = factories.customer(owner=owner)
    seen, cursor = [], ""
    for turn in range(20):
        page = api.get(f"customers?order={order}&limit=3{f'&cursor={cursor}' if cursor else ''}").json()
        seen += [row["id"] for row in page["results"]]
        if turn == 0:
            Customer.objects.filter(pk=seen[-1]).delete()  # the row the cursor stands at
            factories.customer(owner=owner)
            goes.delete()
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen))
    assert set(stay) <= set(seen)


def test_a_cursor_of_another_order_or_making_is_refused(api: Api, owner: User) -> None:
    for _ in range(3):
        factories.customer(owner=owner)
    cursor = api.get("customers?limit=1").json()["next_cursor"]
    assert_problem(api.get(f"customers?limit=1&order=-id&cursor={cursor}"), 400, "cursor")
    assert_problem(api.get(f"customers?limit=1&cursor={cursor[:-2]}xx"), 400, "cursor")


def test_a_cursor_gives_no_rights(api: Api, western: Api, owner: User) -> None:
    for _ in range(3):
        factories.customer(owner=owner)
    cursor = api.get("customers?limit=1").json()["next_cursor"]
    assert western.get(f"customers?limit=1&cursor={cursor}").json() == {"results": [], "next_cursor": None}


def test_a_list_asks_as_often_for_many_rows(
    api: Api, account: Customer, owner: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        factories.order(factories.customer(owner=owner))
    api.get("me")
    with django_assert_max_num_queries(4):
        api.get("customers?limit=200")
    with django_assert_max_num_queries(4):
        api.get("orders?limit=200")
    assert Order.objects.count() == 30


def test_what_is_out_of_reach_shows_nowhere(western: Api, account: Customer, owner: User) -> None:
    contact = factories.contact(account, name="Kanarienvogel")
    order = factories.order(account, note="Kanarienvogel", number="Kanarienvogel-1")
    Customer.objects.filter(pk=account.pk).update(name="Kanarienvogel", code="Kanarienvogel")
    paths = [
        "customers", "customers?q=Kanarien", "customers?code=Kanarienvogel", f"customers?parent={account.pk}",
        f"customers/{account.pk}", f"customers/{account.pk}/measures", "contacts", "contacts?q=Kanarien",
        f"contacts?customer_id={account.pk}", f"contacts/{contact.pk}", "orders", f"orders/{order.pk}",
        f"orders?customer_id={account.pk}", "orders?number=Kanarienvogel-1",
        "orders/by-external/keystone/Kanarienvogel-1", "measures/segmentation.sales/values",
    ]  # fmt: skip
    for path in paths:
        answer = western.get(path)
        assert "Kanarienvogel" not in answer.content.decode().replace("Kanarienvogel-1", ""), path
        if answer.status_code == 200:
            assert answer.json()["results"] == [], path
        else:
            assert answer.status_code == 404, path
    missing = [
        western.post("orders", an_order(account)),
        western.post("orders", an_order(account) | {"customer_id": 9**9}),
    ]
    assert [one.status_code for one in missing] == [404, 404]
    assert missing[0].json()["detail"] == missing[1].json()["detail"]
    by_code = an_order(account, customer_code="Kanarienvogel")
    del by_code["customer_id"]
    assert_problem(western.post("orders", by_code), 400, "/customer_code")
