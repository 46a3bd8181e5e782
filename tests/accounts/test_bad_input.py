"""What browsers and people send that can't be: a clear word at the field, everything typed kept, nothing written."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from tests import factories
from users.models import Change, User

pytestmark = pytest.mark.django_db

NEW = "accounts:customer_create"


@pytest.fixture
def site(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def filled(**fields: str) -> dict[str, str]:
    needed = {"kind": "end_user", "country": "CN", "currency": "CNY", "language": "zh-hans", "life_cycle": "prospect"}
    return needed | {"name": "远洋船舶", "note": "Keep me"} | fields


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "This field is required."),
        ("name", "A\x00B", "Null characters are not allowed."),
        ("name", "长" * 201, "at most 200 characters"),
        ("tax_number", "91350100M000100Y44", "last should be"),
        ("yearly_turnover", "1" + "0" * 20, "no more than"),
        ("yearly_turnover", "much", "Only a number"),
        ("staff_count", "99999999999", "less than or equal to"),
        ("staff_count", "-1", "greater than or equal to 0"),
        ("founded_year", "20260", "not a year of the past"),
        ("country", "Atlantis", "Select a valid choice"),
        ("parent", "999999999", "There is no such customer."),
    ],
)
def test_a_field_that_cannot_be_is_named_and_the_rest_kept(field: str, value: str, says: str, site: Client) -> None:
    answer = site.post(reverse(NEW), filled(**{field: value}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page, answer.context["form"].errors
    assert "Keep me" in page
    assert field in answer.context["form"].errors
    assert not Customer.objects.exists()
    assert not Change.objects.exists()


def test_script_in_a_name_is_kept_and_shown_as_text(site: Client) -> None:
    answer = site.post(reverse(NEW), filled(name="<script>alert(1)</script>"), follow=True)
    assert Customer.objects.get().name == "<script>alert(1)</script>"
    assert b"<script>alert(1)" not in answer.content
    assert b"&lt;script&gt;alert(1)" in answer.content


def test_a_code_in_use_is_named_at_its_field(client: Client, steward: User, account: Customer) -> None:
    client.force_login(steward)
    answer = client.post(reverse(NEW), filled(code=account.code))
    assert answer.status_code == 422
    assert "code" in answer.context["form"].errors
    assert Customer.objects.count() == 1


def test_ten_megabytes_in_a_field_are_refused_before_they_are_read(site: Client) -> None:
    answer = site.post(reverse(NEW), filled(note="x" * 10_000_000))
    assert answer.status_code in (400, 413)
    assert not Customer.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_id_of_a_customer_out_of_scope_is_not_there(
    method: str, client: Client, outsider: User, account: Customer
) -> None:
    client.force_login(outsider)
    before = Customer.objects.values().get()
    for name in ("customer_edit", "contact_create"):
        answer: Any = getattr(client, method)(reverse(f"accounts:{name}", args=[account.pk]), filled(name="Mine now"))
        assert answer.status_code == 404
    assert Customer.objects.values().get() == before


def test_a_parent_out_of_scope_cannot_be_named(site: Client, outsider: User) -> None:
    hidden = factories.customer(owner=outsider, department=outsider.department)
    answer = site.post(reverse(NEW), filled(parent=str(hidden.pk)))
    assert answer.status_code == 422
    assert "parent" in answer.context["form"].errors
    assert hidden.name not in answer.content.decode()
    assert Customer.objects.count() == 1


def test_a_search_for_nul_or_for_megabytes_finds_nothing(site: Client) -> None:
    for query in ("a\x00b", "华" * 5_000, "%' OR 1=1 --"):
        assert site.get(reverse("accounts:customer_list"), {"q": query}).status_code == 200
