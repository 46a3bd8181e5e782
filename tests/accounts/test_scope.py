"""Whose customers a user sees."""

import pytest

from accounts.models import Contact, Customer
from tests import factories
from users.models import Department, User


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("owner", True),
        ("colleague", False),
        ("manager", True),
        ("steward", True),
        ("outsider", False),
        ("agent", False),
        ("controller", True),
        ("executive", True),
        ("admin_user", True),
    ],
)
def test_a_customer_is_seen_by_owner_department_heads_and_company_roles(
    who: str, sees: bool, account: Customer, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    factories.contact(account)
    assert Customer.objects.visible_to(user).exists() is sees
    assert Contact.objects.visible_to(user).exists() is sees


def test_a_manager_sees_seven_levels_below_but_not_above(east: Department, manager: User) -> None:
    below = east
    for _ in range(7):
        below = factories.department(parent=below)
    deep = factories.customer(department=below)
    factories.customer(department=east.parent)
    assert list(Customer.objects.visible_to(manager)) == [deep]


def test_a_user_who_may_not_sign_in_sees_nothing(account: Customer, executive: User) -> None:
    executive.is_active = False
    assert not Customer.objects.visible_to(executive).exists()


@pytest.mark.parametrize("query", ["华", "hw", "huawei", "HUAWEI", "技术有", "kh-0000", "ＨＷ"])
def test_huawei_is_found_by_character_initials_and_pinyin(query: str, account: Customer) -> None:
    factories.customer(name="中兴通讯股份有限公司", short_name="中兴")
    assert list(Customer.objects.matching(query)) == [account]
