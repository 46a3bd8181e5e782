"""The pages of customers: what they show, what they refuse, and that names never become markup."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Customer, LifeCycleTransition
from accounts.registry import Panel, customer_panels
from tests import factories
from users.models import Change, User
from users.roles import Permission

SCRIPT = "<script>alert(1)</script>"


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


@pytest.fixture
def site(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_names_with_script_are_shown_as_text_everywhere(site: Client, owner: User) -> None:
    row = factories.customer(
        owner=owner, department=owner.department, name=SCRIPT, short_name=SCRIPT, address=SCRIPT, note=SCRIPT,
        former_names=[SCRIPT], code=SCRIPT[:40],
    )  # fmt: skip
    child = factories.customer(owner=owner, parent=row, name=SCRIPT)
    contact = factories.contact(row, name=SCRIPT, post=SCRIPT, mobile='"><script>')
    LifeCycleTransition.objects.create(customer=row, after="active", on="2026-01-01", reason=SCRIPT)
    addresses = [
        url("customer_list"), url("customer_list") + "?q=script", url("customer_detail", row.pk),
        url("customer_peek", row.pk), url("customer_edit", row.pk), url("customer_edit", child.pk),
        url("contact_edit", contact.pk), url("contact_delete", contact.pk), url("contact_create", row.pk),
        url("customer_filter") + f"?field=group&group={row.pk}", reverse("search") + f"?q={SCRIPT}",
    ]  # fmt: skip
    for address in addresses:
        answer = site.get(address, follow=True)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert "<script>alert" not in text, address
        assert "alert(1)" in text, address


def test_a_list_is_a_page_and_a_fragment(site: Client, account: Customer) -> None:
    whole = site.get(url("customer_list")).content.decode()
    part = site.get(url("customer_list"), headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    for text in (whole, part):
        assert "华为" in text
        assert 'id="list"' in text
    assert "1 rows shown of 1" in part


def test_others_customers_are_not_found(site: Client, outsider: User) -> None:
    theirs = factories.customer(owner=outsider, name="Secret Works")
    contact = factories.contact(theirs)
    for address in [
        url("customer_detail", theirs.pk), url("customer_peek", theirs.pk), url("customer_edit", theirs.pk),
        url("contact_create", theirs.pk), url("contact_edit", contact.pk), url("contact_delete", contact.pk),
    ]:  # fmt: skip
        assert site.get(address).status_code == 404, address
        assert site.post(address, {"name": "x"}).status_code in {404, 405}, address
    for address in [
        url("customer_list"), reverse("search") + "?q=secret", url("customer_options") + "?q=secret",
        url("customer_list") + f"?group={theirs.pk}", url("customer_list") + f"?parent={theirs.pk}",
    ]:  # fmt: skip
        assert "Secret" not in site.get(address).content.decode(), address
    theirs.refresh_from_db()
    assert theirs.name == "Secret Works"


def test_who_only_reads_may_propose_and_does_not_edit(client: Client, account: Customer, executive: User) -> None:
    client.force_login(executive)
    text = client.get(url("customer_detail", account.pk)).content.decode()
    assert url("customer_propose", account.pk) in text
    assert url("customer_edit", account.pk) not in text
    assert client.get(url("customer_edit", account.pk)).status_code == 403
    assert client.post(url("customer_edit", account.pk), {"name": "x", "version": 1}).status_code == 403
    assert not Change.objects.exists()


def form_data(site: Client, address: str) -> dict[str, Any]:
    form = site.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {
        name: "\n".join(value) if isinstance(value, list) else value
        for name, value in data.items()
        if value not in (None, False)
    }


def test_an_edit_keeps_what_was_typed_and_says_what_is_wrong(site: Client, account: Customer) -> None:
    address = url("customer_edit", account.pk)
    data = form_data(site, address) | {"staff_count": "约1800", "tax_number": "91350100M000100Y48", "version": 1}
    answer = site.post(address, data)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Only a whole number" in text
    assert "约1800" in text
    data["staff_count"] = "１，800"
    answer = site.post(address, data)
    assert "the last should be 3; you typed 8" in answer.content.decode()
    data["tax_number"] = "91350100M000100Y43"
    assert site.post(address, data).status_code == 302
    account.refresh_from_db()
    assert (account.staff_count, account.tax_number, account.version) == (1800, "91350100M000100Y43", 2)


def test_a_customer_is_created_with_owner_and_code(site: Client, owner: User) -> None:
    data = form_data(site, url("customer_create")) | {"name": "岚屿重工"}
    answer = site.post(url("customer_create"), data)
    assert answer.status_code == 302, answer.context["form"].errors
    made = Customer.objects.get()
    assert (made.name, made.owner) == ("岚屿重工", owner)
    assert made.code.startswith("KH-")


def test_a_conflict_is_settled_field_by_field_and_checked_once_more(
    site: Client, account: Customer, steward: User
) -> None:
    address = url("customer_edit", account.pk)
    data = form_data(site, address) | {"version": 1, "address": "mine", "website": "https://mine.example"}
    other = Client()
    other.force_login(steward)
    theirs = form_data(other, address) | {"version": 1, "address": "theirs", "note": "theirs"}
    assert other.post(address, theirs).status_code == 302
    answer = site.post(address, data)
    assert answer.status_code == 409
    assert "Steward changed this" in answer.content.decode()
    again = {name: value for name, value in answer.context["kept"]} | {"version": 2}  # noqa: C416
    assert again["pick-note"] == "theirs"
    assert Customer.objects.get().address == "theirs"
    # Meanwhile the steward saves once more: the second check sees it.
    theirs |= {"version": 2, "address": "theirs again"}
    assert other.post(address, theirs).status_code == 302
    answer = site.post(address, again | {"pick-address": "mine"})
    assert answer.status_code == 409
    again = dict(answer.context["kept"]) | {"version": 3, "pick-address": "mine"}
    assert site.post(address, again).status_code == 302
    account.refresh_from_db()
    assert (account.address, account.note, account.website) == ("mine", "theirs", "https://mine.example")


def test_a_panel_that_fails_leaves_the_rest_standing(
    site: Client, account: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> dict[str, Any]:
        raise RuntimeError("a chapter's fault")

    panel = Panel("broken", "Broken part", "none.html", fail, Permission.CUSTOMER_VIEW)
    monkeypatch.setitem(customer_panels._entries, "broken", panel)
    answer = site.get(url("customer_detail", account.pk))
    assert answer.status_code == 200
    assert "This part could not be shown" in answer.content.decode()
    assert "Basic information" in answer.content.decode()
    assert "panel broken" in caplog.text


def test_panels_get_the_visible_members_of_the_group(
    site: Client, account: Customer, owner: User, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sister = factories.customer(owner=owner, parent=account)
    factories.customer(owner=outsider, parent=account)
    asked: list[tuple[int, ...]] = []

    def context(_user: User, _customer_id: int, ids: tuple[int, ...]) -> None:
        asked.append(tuple(ids))

    panel = Panel("asks", "Asks", "none.html", context, Permission.CUSTOMER_VIEW)  # type: ignore[arg-type]
    monkeypatch.setitem(customer_panels._entries, "asks", panel)
    text = site.get(url("customer_detail", account.pk)).content.decode()
    site.get(url("customer_detail", account.pk) + "?figures=group")
    assert [set(ids) for ids in asked] == [{account.pk}, {account.pk, sister.pk}]
    assert "Group of 3; 1 more you can" in text


def test_a_contact_is_added_changed_and_deleted(site: Client, account: Customer) -> None:
    assert site.post(url("contact_create", account.pk), {"name": "白景澄", "influence": "4"}).status_code == 302
    contact = Contact.objects.get()
    answer = site.post(url("contact_edit", contact.pk), {"name": "白景澄", "email": "none", "version": 1})
    assert answer.status_code == 422
    data = {"name": "白景澄", "attitude": "supporter", "version": 1}
    assert site.post(url("contact_edit", contact.pk), data).status_code == 302
    assert "Supporter" in site.get(url("customer_detail", account.pk)).content.decode()
    assert site.get(url("contact_delete", contact.pk)).status_code == 200
    assert Contact.objects.exists()
    assert site.post(url("contact_delete", contact.pk)).status_code == 302
    assert not Contact.objects.exists()


def test_a_batch_is_asked_done_and_taken_back(
    client: Client, manager: User, colleague: User, account: Customer, outsider: User
) -> None:
    client.force_login(manager)
    theirs = factories.customer(owner=outsider, department=outsider.department)
    ids = [account.pk, theirs.pk]
    question = client.post(url("batch_reassign"), {"id": ids})
    assert "Hand 1 customer over" in question.content.decode()
    answer = client.post(url("batch_reassign"), {"id": ids, "owner": colleague.pk, "confirm": 1}, follow=True)
    account.refresh_from_db()
    theirs.refresh_from_db()
    assert (account.owner, theirs.owner) == (colleague, outsider)
    text = answer.content.decode()
    assert "1 customer changed" in text
    assert "1 is out of your sight" in text
    change_set = Change.objects.get().change_set_id
    client.post(reverse("jobs:undo", args=[change_set]))
    account.refresh_from_db()
    assert account.owner != colleague


def test_an_account_manager_hands_nothing_over(site: Client, account: Customer, colleague: User) -> None:
    answer = site.post(url("batch_reassign"), {"id": [account.pk], "owner": colleague.pk, "confirm": 1})
    assert answer.status_code == 403
    account.refresh_from_db()
    assert account.owner != colleague


def test_a_stage_is_changed_with_a_reason(site: Client, account: Customer) -> None:
    data = {"id": [account.pk], "to": "lost", "confirm": 1}
    answer = site.post(url("batch_stage"), data)
    assert answer.status_code == 422
    assert site.post(url("batch_stage"), data | {"reason": "went to a competitor"}).status_code == 302
    account.refresh_from_db()
    assert account.life_cycle == "lost"
    assert "went to a competitor" in site.get(url("customer_detail", account.pk)).content.decode()
