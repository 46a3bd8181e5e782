"""The archive rule: exact marks tell that a customer exists, nothing else does; then access is asked for and ends."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.errors import TooManyLookupsError
from accounts.models import AccessGrant, ArchiveLookup, Customer, ReadLog
from accounts.parameters import ACCESS, AccessRules
from accounts.queries import archive as queries
from accounts.services import access, archive
from crm.lib import dates
from jobs.models import Message
from tests import factories
from users.models import Approval, Change, ChangeSet, Department, User
from users.services import approvals, parameters

TAX = "91350100M000100Y43"


@pytest.fixture
def hidden(account: Customer) -> Customer:
    """The owner's customer with a tax number and a contact with two numbers."""
    account.tax_number = TAX
    account.save()
    factories.contact(account, name="白景澄", mobile="+86 138-0013-8000", phone="(0512) 6288 1234")
    return account


def fresh(user: User) -> User:
    """The user as the next request has them."""
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("KH-000001", "code"),
        ("kh-000001", "code"),
        (TAX, "tax"),
        (f"  {TAX.lower()} ", "tax"),
        ("华为技术有限公司", "name"),
        ("13800138000", "phone"),
        ("+86 13800138000", "phone"),
        ("138 0013 8000", "phone"),
        ("0512-62881234", "phone"),
    ],
)
def test_an_exact_mark_tells_that_the_customer_exists(query: str, match: str, hidden: Customer, outsider: User) -> None:
    (found,) = archive.look_up(query=query, by=outsider)
    assert (found.name, found.customer, found.lookup.match) == ("华＊＊＊", None, match)
    assert ReadLog.objects.get().door == "lookup"


@pytest.mark.parametrize(
    "query",
    ["华为", "huawei", "hw", "华为技术", "技术有限公司", "KH-00000", "KH-%", "KH-______", TAX[:-1], "1380013800",
     "8000", "白景澄", "138001380001", "华为技术有限公司%", ".*", "13800138000x"],
)  # fmt: skip
def test_no_part_pinyin_or_pattern_does(query: str, hidden: Customer, outsider: User) -> None:
    assert archive.look_up(query=query, by=outsider) == []
    assert not ReadLog.objects.exists()
    assert ArchiveLookup.objects.get().customer_id is None


def test_the_name_of_an_english_customer_is_whole_in_any_case(outsider: User) -> None:
    factories.customer(name="Lanyu Heavy Industry Ltd")
    assert archive.look_up(query="lanyu  heavy industry LTD", by=outsider)
    assert not archive.look_up(query="Lanyu Heavy Industry", by=outsider)


def test_who_has_the_customer_is_led_to_it(hidden: Customer, owner: User) -> None:
    (found,) = archive.look_up(query=TAX, by=owner)
    assert found.customer == hidden
    assert not ReadLog.objects.exists()


def test_probing_is_limited_for_each_person_and_a_refusal_writes_nothing(hidden: Customer, outsider: User) -> None:
    rules = AccessRules(lookups_per_hour=3)
    parameters.save(kind=ACCESS.code, values=rules, valid_from=dates.today(), by=None)
    for number in range(3):
        archive.look_up(query=f"KH-00000{number}", by=outsider)
    before = (ArchiveLookup.objects.count(), ReadLog.objects.count())
    with pytest.raises(TooManyLookupsError, match="asked 3 times in the past hour"):
        archive.look_up(query=TAX, by=outsider)
    assert (ArchiveLookup.objects.count(), ReadLog.objects.count()) == before
    assert archive.look_up(query=TAX, by=factories.user("sales_rep"))
    ArchiveLookup.objects.update(at=timezone.now() - dt.timedelta(minutes=61))
    assert archive.look_up(query=TAX, by=outsider)


def test_the_page_says_so_masked_and_in_too_many_words_429(client: Client, hidden: Customer, outsider: User) -> None:
    client.force_login(outsider)
    path = reverse("accounts:archive_lookup")
    text = client.post(path, {"q": TAX}).content.decode()
    assert "华＊＊＊" in text
    assert "1 customer is on record" in text
    assert "华为" not in text
    assert "No customer has exactly this" in client.post(path, {"q": "华为"}).content.decode()
    assert client.post(path, {"q": " "}).status_code == 422
    rules = AccessRules(lookups_per_hour=1)
    parameters.save(kind=ACCESS.code, values=rules, valid_from=dates.today(), by=None)
    assert client.post(path, {"q": TAX}).status_code == 429


def test_the_search_leads_to_the_archive_and_never_asks_it_by_itself(
    client: Client, hidden: Customer, outsider: User
) -> None:
    client.force_login(outsider)
    text = client.get(reverse("search"), {"q": TAX}).content.decode()
    assert reverse("accounts:archive_lookup") in text
    assert "华＊＊＊" not in text
    assert not ArchiveLookup.objects.exists()


# ── Asking, granting, withdrawing ───────────────────────────────────────────


def ask(by: User, **changed: Any) -> Approval:
    (found,) = archive.look_up(query=TAX, by=by)
    values: dict[str, Any] = {"asked": ["identity", "orders"], "may_print": False, "reason": "a common visit"}
    return access.request_access(lookup_id=found.lookup.pk, by=by, **values | changed)


def test_the_manager_of_the_customers_department_decides_and_the_grant_ends_by_itself(
    client: Client, hidden: Customer, outsider: User, manager: User, west: Department
) -> None:
    factories.user("sales_manager", department=west)
    asked = ask(outsider)
    assert asked.steps.get().approver_ids == [manager.pk]
    assert Message.objects.get().recipient == manager
    assert scope.sections_open(fresh(outsider), hidden) == frozenset()
    client.force_login(manager)
    page = reverse("users:approval_detail", args=[asked.pk])
    text = client.get(page).content.decode()
    for word in ("a common visit", "华为技术有限公司", "Orders", "Approve"):
        assert word in text
    data = {"decision": "approve", "step": 1}
    assert client.post(reverse("users:approval_decide", args=[asked.pk]), data).status_code == 302
    grant = AccessGrant.objects.get()
    assert (grant.user, grant.granted_by, grant.sections) == (outsider, manager, ["identity", "orders"])
    assert grant.ends_at - grant.starts_at == dt.timedelta(days=3)
    assert scope.sections_open(fresh(outsider), hidden) == {"identity", "orders"}
    grant.ends_at = timezone.now()
    grant.save()
    assert scope.sections_open(fresh(outsider), hidden) == frozenset()


def test_the_asker_reads_no_more_than_the_mask_until_then(
    client: Client, hidden: Customer, outsider: User, manager: User
) -> None:
    asked = ask(outsider)
    client.force_login(outsider)
    for address in (reverse("users:approval_detail", args=[asked.pk]), reverse("accounts:access"),
                    reverse("users:approval_list") + "?tab=asked"):  # fmt: skip
        text = client.get(address).content.decode()
        assert "华＊＊＊" in text
        assert "华为" not in text
        assert "KH-000001" not in text
    with pytest.raises(PermissionDenied):
        approvals.decide(approval_id=asked.pk, approve=True, by=fresh(outsider))


def test_a_refusal_opens_nothing(hidden: Customer, outsider: User, manager: User) -> None:
    asked = ask(outsider)
    approvals.decide(approval_id=asked.pk, approve=False, by=manager)
    assert not AccessGrant.objects.exists()
    assert ask(outsider)


def test_how_long_a_grant_lasts_is_a_parameter(hidden: Customer, outsider: User, manager: User) -> None:
    parameters.save(kind=ACCESS.code, values=AccessRules(grant_days=1), valid_from=dates.today(), by=None)
    approvals.decide(approval_id=ask(outsider).pk, approve=True, by=manager)
    grant = AccessGrant.objects.get()
    assert grant.ends_at - grant.starts_at == dt.timedelta(days=1)


def test_what_does_not_fit_is_refused_and_nothing_written(hidden: Customer, outsider: User, manager: User) -> None:
    for changed, words in (({"reason": "  "}, "what you need it for"), ({"asked": []}, "at least one section"),
                           ({"asked": ["identity", "secrets"]}, "at least one section")):  # fmt: skip
        with pytest.raises(ValidationError, match=words):
            ask(outsider, **changed)
    assert not Approval.objects.exists()
    ask(outsider)
    with pytest.raises(ValidationError, match="asked for this customer already"):
        ask(outsider)
    assert Approval.objects.count() == 1


def test_only_ones_own_fresh_lookup_leads_to_a_request(
    client: Client, hidden: Customer, outsider: User, manager: User, colleague: User
) -> None:
    (found,) = archive.look_up(query=TAX, by=outsider)
    path = reverse("accounts:access_request", args=[found.lookup.pk])
    client.force_login(colleague)
    assert client.get(path).status_code == 404
    assert client.post(path, {"sections": ["identity"], "reason": "x"}).status_code == 404
    client.force_login(outsider)
    assert "华＊＊＊" in client.get(path).content.decode()
    assert client.post(path, {"sections": ["identity"]}).status_code == 422
    assert client.post(path, {"sections": ["identity"], "reason": "x", "may_print": "on"}).status_code == 302
    assert Approval.objects.get().values["may_print"] is True
    ArchiveLookup.objects.update(at=timezone.now() - dt.timedelta(days=2))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("who", "may"),
    [("outsider", True), ("owner", True), ("manager", True), ("steward", False), ("executive", True), ("agent", None)],
)
def test_holder_owner_and_manager_end_a_grant(
    who: str, may: bool | None, hidden: Customer, outsider: User, request: pytest.FixtureRequest
) -> None:
    by: User = request.getfixturevalue(who)
    grant = factories.grant(hidden, outsider, "identity")
    if may:
        access.withdraw(grant_id=grant.pk, by=by)
        assert scope.sections_open(fresh(outsider), hidden) == frozenset()
        assert Change.objects.get().customer_id == hidden.pk
        assert Message.objects.filter(recipient=outsider).exists() is (by != outsider)
        with pytest.raises(AccessGrant.DoesNotExist):
            access.withdraw(grant_id=grant.pk, by=by)
    else:
        with pytest.raises(AccessGrant.DoesNotExist if may is None else PermissionDenied):
            access.withdraw(grant_id=grant.pk, by=by)
        assert not ChangeSet.objects.exists()


def test_a_grant_is_withdrawn_on_the_page(client: Client, hidden: Customer, outsider: User, owner: User) -> None:
    grant = factories.grant(hidden, outsider, "identity", reason="a common visit")
    client.force_login(owner)
    text = client.get(reverse("accounts:access")).content.decode()
    assert "Outsider" in text
    assert "a common visit" in text
    assert client.post(reverse("accounts:grant_withdraw", args=[grant.pk])).status_code == 302
    client.force_login(outsider)
    text = client.get(reverse("accounts:access")).content.decode()
    assert "A customer you may no longer read" in text
    assert "华为" not in text


def test_looking_up_asks_a_few_queries(hidden: Customer, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        factories.customer()
    with django_assert_num_queries(5):
        queries.exact("13800138000")
