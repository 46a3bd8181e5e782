"""The page of the log of reads, protected customers, and the prints by number."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, ReadLog
from accounts.services import customers, prints, protection
from tests import factories
from users.models import Change, ChangeSet, Department, User


def read(customer: Customer, user: User, door: str = "page", **fields: Any) -> ReadLog:
    number = ReadLog.objects.count()
    return ReadLog.objects.create(user=user, customer_id=customer.pk, door=door, request_id=f"r{number}", **fields)


def shown(client: Client, user: User, **query: Any) -> str:
    client.force_login(user)
    answer = client.get(reverse("accounts:read_list"), query)
    assert answer.status_code == 200
    return answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("admin_user", 200), ("owner", 403), ("steward", 403), ("controller", 403), ("executive", 403)],
)
def test_managers_and_administrators_read_the_log(
    who: str, status: int, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for name in ("read_list", "read_export", "print_list"):
        assert client.get(reverse(f"accounts:{name}")).status_code == status, name


def test_a_manager_reads_of_the_departments_customers_alone(
    client: Client, account: Customer, manager: User, outsider: User, west: Department
) -> None:
    read(account, outsider, grant_id=7)
    read(factories.customer(name="Westwerk", department=west), manager)
    text = shown(client, manager)
    assert "华为" in text
    assert "Outsider" in text
    assert "by grant" in text
    assert "Westwerk" not in text
    assert "Westwerk" in shown(client, factories.user("sales_manager", department=west))
    assert "Westwerk" not in shown(client, manager, customer="Westwerk")


def test_being_in_a_team_does_not_open_the_log(
    client: Client, account: Customer, west: Department, owner: User
) -> None:
    other = factories.user("sales_manager", department=west)
    factories.member(account, other)
    read(account, owner)
    assert "华为" not in shown(client, other)


def test_the_log_is_filtered_by_customer_person_door_and_day(
    client: Client, account: Customer, admin_user: User, outsider: User, agent: User
) -> None:
    other = factories.customer(name="Lanyu")
    read(account, outsider, "page")
    read(account, agent, "print", is_protected=True)
    read(other, agent, "api")
    for query, rows in (({}, 3), ({"customer": "hw"}, 2), ({"who": "agen"}, 2), ({"door": "api"}, 1),
                        ({"who": "agent", "door": "print"}, 1), ({"first": "2999-01-01"}, 0),
                        ({"last": "2999-01-01"}, 3), ({"customer": "nobody"}, 0)):  # fmt: skip
        assert shown(client, admin_user, **query).count("<tr>") == rows, query


def test_the_log_is_paged_by_id(client: Client, account: Customer, admin_user: User) -> None:
    for _ in range(60):
        read(account, admin_user)
    newest = ReadLog.objects.order_by("-id").values_list("pk", flat=True)
    assert shown(client, admin_user).count("<tr>") == 50
    assert shown(client, admin_user, before=newest[49]).count("<tr>") == 10
    assert shown(client, admin_user, after=newest[50]).count("<tr>") == 50


def test_the_file_has_the_same_rows_and_is_written_down(
    client: Client, account: Customer, manager: User, outsider: User, west: Department
) -> None:
    Customer.objects.filter(pk=account.pk).update(name="=cmd()")
    read(account, outsider, "print", grant_id=3)
    read(factories.customer(name="Westwerk", department=west), outsider)
    client.force_login(manager)
    answer: Any = client.get(reverse("accounts:read_export"), {"door": "print"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "Outsider,outsider,KH-000001,'=cmd(),Print,yes,no" in lines[1]
    assert (Change.objects.get().after or {})["filter"] == "door=print"


def test_reads_outlive_the_customer(client: Client, admin_user: User) -> None:
    gone = factories.customer()
    read(gone, admin_user)
    gone.delete()
    assert "no longer on record" in shown(client, admin_user)


def test_a_print_is_found_by_the_number_on_the_paper(
    client: Client, account: Customer, owner: User, manager: User, west: Department
) -> None:
    prints.print_archive(customer_id=account.pk, by=owner)
    prints.print_archive(customer_id=account.pk, by=manager)
    client.force_login(manager)
    path = reverse("accounts:print_list")
    assert client.get(path).content.decode().count("P-00000") == 2
    text = client.get(path, {"number": "p-000001"}).content.decode()
    assert "Owner" in text
    assert "P-000002" not in text
    assert "No print" in client.get(path, {"number": "x"}).content.decode()
    client.force_login(factories.user("sales_manager", department=west))
    assert "P-000001" not in client.get(path).content.decode()


# ── Protection ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "may"),
    [("manager", True), ("steward", True), ("owner", False), ("executive", False), ("admin_user", False)],
)
def test_manager_and_steward_protect_a_customer(
    who: str, may: bool, account: Customer, request: pytest.FixtureRequest
) -> None:
    by: User = request.getfixturevalue(who)
    if not may:
        with pytest.raises(PermissionDenied):
            protection.protect(customer_id=account.pk, reason="listed", by=by)
        assert not ChangeSet.objects.exists()
        return
    row = protection.protect(customer_id=account.pk, reason="listed company, quiet period", by=by)
    account.refresh_from_db()
    assert (account.is_protected, account.protection_reason, account.version) == (True, row.protection_reason, 2)
    assert set(Change.objects.get().after or {}) == {"is_protected", "protection_reason"}
    protection.unprotect(customer_id=account.pk, by=by)
    account.refresh_from_db()
    assert (account.is_protected, account.protection_reason) == (False, "")


def test_protection_needs_a_reason_and_a_customer_in_sight(account: Customer, manager: User, west: Department) -> None:
    with pytest.raises(ValidationError):
        protection.protect(customer_id=account.pk, reason=" ", by=manager)
    other = factories.user("sales_manager", department=west)
    with pytest.raises(Customer.DoesNotExist):
        protection.protect(customer_id=account.pk, reason="x", by=other)


def test_the_mark_is_set_on_its_page_and_shown_on_the_customers(
    client: Client, account: Customer, manager: User
) -> None:
    client.force_login(manager)
    path = reverse("accounts:customer_protect", args=[account.pk])
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "quiet period"}).status_code == 302
    text = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    assert "quiet period" in text
    assert "This view has been logged" in text
    assert client.post(path, {"end": "1"}).status_code == 302
    account.refresh_from_db()
    assert not account.is_protected


def test_an_edit_under_way_is_not_hindered_by_the_mark(account: Customer, manager: User, owner: User) -> None:
    protection.protect(customer_id=account.pk, reason="x", by=manager)
    customers.update(customer_id=account.pk, values={"address": "苏州"}, version=1, by=owner)
    account.refresh_from_db()
    assert (account.is_protected, account.address) == (True, "苏州")
