"""Searching for duplicates, deciding on pairs, and the warning at creation."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ArchiveLookup, Customer, DuplicateKey, DuplicatePair, ReadLog
from accounts.parameters import DUPLICATES, DuplicateRules
from accounts.queries import duplicates as queries
from accounts.services import duplicates
from crm.lib import dates
from jobs import runs
from jobs.models import Run
from jobs.services.runs import run_now
from tests import factories
from users.models import Department, User
from users.services import parameters

pytestmark = pytest.mark.django_db

TAX = "91440300708461136T"


def search() -> dict[str, int]:
    done = run_now(runs.request(duplicates.KIND))
    assert done.state == "done", done.error
    result: dict[str, int] = done.result
    return result


def pairs() -> set[tuple[int, int]]:
    return set(DuplicatePair.objects.filter(state="open").values_list("low_id", "high_id"))


def customer(name: str, **fields: object) -> Customer:
    return factories.customer(name=name, **fields)


# ── The search ──────────────────────────────────────────────────────────────


def test_pairs_are_found_by_each_kind_of_evidence_with_score_and_reasons() -> None:
    name = customer("深圳市华强电子有限公司", tax_number=TAX, website="https://www.huaqiang.cn")
    form = customer("深圳华强电子股份有限公司")
    tax = customer("远大化工有限公司", tax_number=TAX)
    both = customer("万里机械有限公司", website="http://huaqiang.cn/")
    factories.contact(name, mobile="13800138001", email="a@qq.com")
    factories.contact(both, phone="+86 138-0013-8001", email="b@qq.com")
    customer("东方纺织有限公司", website="https://dongfang.cn")
    result = search()
    found = {(pair.low_id, pair.high_id): pair for pair in DuplicatePair.objects.all()}
    assert {pair: one.score for pair, one in found.items()} == {
        (name.pk, form.pk): 60, (name.pk, tax.pk): 95, (name.pk, both.pk): 68
    }  # fmt: skip
    assert queries.worded(found[name.pk, tax.pk].facts) == (f"Same tax number {TAX}",)
    assert queries.worded(found[name.pk, form.pk].facts) == ("Same name, apart from the company form",)
    assert queries.worded(found[name.pk, both.pk].facts) == ("Same phone 13800138001", "Same domain huaqiang.cn")
    assert (result["customers"], result["new"], result["whole"]) == (5, 3, True)


def test_a_second_search_reads_only_what_changed_and_finds_the_same_pairs() -> None:
    a, b = customer("远大化工有限公司"), customer("远大化工集团")
    old = customer("东方纺织有限公司")
    Customer.objects.update(updated_at="2020-01-01T00:00:00Z")
    search()
    assert pairs() == {(a.pk, b.pk)}
    new = customer("东方纺织股份公司")
    result = search()
    assert (result["customers"], result["whole"], result["new"]) == (1, False, 1)
    assert pairs() == {(a.pk, b.pk), (old.pk, new.pk)}


def test_a_changed_contact_is_a_changed_customer() -> None:
    a, b = customer("远大化工有限公司"), customer("远大化学工业", website="https://yd.cn")
    Customer.objects.update(updated_at="2020-01-01T00:00:00Z")
    search()
    assert pairs() == set()
    factories.contact(a, email="li@yd.cn", phone="0755-88886666")
    factories.contact(b, phone="075588886666")
    search()
    assert pairs() == {(a.pk, b.pk)}


def test_what_no_longer_looks_alike_goes_from_the_list() -> None:
    customer("远大化工有限公司")
    b = customer("远大化工集团")
    search()
    b.name = "东方纺织有限公司"
    b.save()
    assert search()["gone"] == 1
    assert pairs() == set()


def test_a_key_that_too_many_share_says_nothing() -> None:
    parameters.save(
        kind=DUPLICATES.code, values=DuplicateRules(most_sharing=3), valid_from=dates.today(), by=None
    )  # fmt: skip
    for number in range(4):
        factories.contact(customer(f"{'远东西南'[number]}方机械公司"), phone="075588886666", email="x@agent.cn")
    twins = [customer("远大化工有限公司"), customer("远大化工集团")]
    for twin in twins:
        factories.contact(twin, email="y@agent.cn", phone="13800138000")
    factories.contact(customer("北斗星辰公司"), email="z@agent.cn", phone="13800138000")
    search()
    assert pairs() == {(twins[0].pk, twins[1].pk)}
    pair = DuplicatePair.objects.get()
    assert (pair.score, pair.facts["domains"]) == (80, []), "the agent's domain adds nothing"


def test_a_changed_rule_judges_everybody_anew() -> None:
    a = customer("远大化工有限公司", website="https://yd.cn")
    b = customer("远大化学工业", website="https://yd.cn")
    Customer.objects.update(updated_at="2020-01-01T00:00:00Z")
    search()
    assert pairs() == set()
    parameters.save(kind=DUPLICATES.code, values=DuplicateRules(rule="domain"), valid_from=dates.today(), by=None)
    result = search()
    assert result["whole"]
    assert result["customers"] == 0, "their keys stand already"
    assert pairs() == {(a.pk, b.pk)}


def test_names_that_are_only_alike_are_found_where_the_rule_asks_for_nothing_else() -> None:
    parameters.save(kind=DUPLICATES.code, values=DuplicateRules(rule="name >= 0.9"), valid_from=dates.today(), by=None)
    a = customer("Shenzhen Huaqiang Electronics Ltd")
    b = customer("Shenzhen Huaqiang Elektronics GmbH")
    c = customer("Huaqiang Electronics, Shenzhen")
    customer("Shenzhen Huawei Technologies")
    search()
    assert pairs() == {(a.pk, b.pk), (a.pk, c.pk), (b.pk, c.pk)}


def test_kin_are_not_duplicates_for_sharing_a_phone_and_a_domain() -> None:
    mother = customer("远大集团有限公司", website="https://yd.cn")
    daughter = customer("远大化工有限公司", website="https://yd.cn", parent=mother)
    for one in (mother, daughter):
        factories.contact(one, phone="075588886666")
    search()
    assert pairs() == set()


def test_a_search_stopped_midway_begins_again_and_ends_the_same() -> None:
    a, b = customer("远大化工有限公司"), customer("远大化工集团")
    search()
    keys = set(DuplicateKey.objects.values_list("kind", "value", "customer_id"))
    DuplicateKey.objects.filter(customer_id=a.pk).delete()
    Run.objects.all().delete()
    search()
    assert set(DuplicateKey.objects.values_list("kind", "value", "customer_id")) == keys
    assert pairs() == {(a.pk, b.pk)}


# ── What people say of a pair ───────────────────────────────────────────────


def test_a_dismissed_pair_stays_dismissed_until_one_of_the_records_changes(owner: User, east: Department) -> None:
    a = customer("远大化工有限公司", owner=owner, department=east)
    b = customer("远大化工集团", owner=owner, department=east)
    search()
    pair = DuplicatePair.objects.get()
    duplicates.decide(pair_id=pair.pk, same=False, by=owner)
    Run.objects.all().delete()
    search()
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("dismissed", owner)
    a.note = "says nothing about who it is"
    a.save()
    search()
    pair.refresh_from_db()
    assert pair.state == "dismissed"
    b.website = "https://yd.cn"
    b.save()
    search()
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("open", None)


def test_a_pair_is_shown_only_to_who_sees_both(
    owner: User, outsider: User, executive: User, east: Department, west: Department, client: Client
) -> None:
    customer("远大化工有限公司", owner=owner, department=east)
    customer("远大化工集团", owner=outsider, department=west)
    search()
    pair = DuplicatePair.objects.get()
    for user, seen in ((owner, False), (outsider, False), (executive, True)):
        assert DuplicatePair.objects.visible_to(user).exists() is seen
    for user in (owner, outsider):
        client.force_login(user)
        text = client.get(reverse("accounts:duplicate_list")).content.decode()
        assert "远大化工" not in text
        assert client.post(reverse("accounts:duplicate_decide", args=[pair.pk]), {"same": "0"}).status_code == 404
    pair.refresh_from_db()
    assert pair.state == "open"


def test_the_list_shows_the_surest_first_and_sets_pairs_apart(owner: User, east: Department, client: Client) -> None:
    place = {"owner": owner, "department": east}
    customer("远大化工有限公司", **place)
    customer("远大化工集团", **place)
    customer("东方纺织公司", tax_number=TAX, **place)
    customer("南方酒业", tax_number=TAX, **place)
    search()
    client.force_login(owner)
    path = reverse("accounts:duplicate_list")
    text = client.get(path).content.decode()
    assert text.index("东方纺织公司") < text.index("远大化工有限公司")
    pair = DuplicatePair.objects.get(score=95)
    client.post(reverse("accounts:duplicate_decide", args=[pair.pk]), {"same": "0"})
    assert "东方纺织公司" not in client.get(path).content.decode().partition("<main")[2].partition("<table")[2]
    text = client.get(path + "?state=dismissed").content.decode()
    assert "东方纺织公司" in text
    assert "that they are not the same" in text
    assert client.get(path + "?state=x").status_code == 400


def test_a_search_is_asked_for_once_however_often_somebody_presses(manager: User, owner: User, client: Client) -> None:
    client.force_login(manager)
    for _ in range(2):
        assert client.post(reverse("accounts:duplicate_search")).status_code == 302
    assert Run.objects.filter(kind=duplicates.KIND).count() == 1
    client.force_login(owner)
    assert client.post(reverse("accounts:duplicate_search")).status_code == 403


# ── The warning at creation ─────────────────────────────────────────────────

NEW = {"kind": "end_user", "life_cycle": "prospect", "country": "CN", "currency": "CNY", "language": "zh-hans"}


def test_who_creates_a_customer_that_is_there_is_told_which_and_may_go_on(
    account: Customer, owner: User, client: Client
) -> None:
    client.force_login(owner)
    path = reverse("accounts:customer_create")
    values = NEW | {"name": "华为技术股份有限公司", "owner": owner.pk}
    answer = client.post(path, values)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "looks like a customer that is there already" in text
    assert account.code in text
    assert Customer.objects.count() == 1
    assert client.post(path, values | {"alike": "other"}).status_code == 302
    assert Customer.objects.count() == 2


def test_what_was_created_a_moment_ago_warns_as_well_as_what_the_search_has_read(
    account: Customer, owner: User, client: Client
) -> None:
    search()
    customer("远大化工有限公司", owner=owner, department=owner.department)
    client.force_login(owner)
    for name in ("远大化工集团", "华为技术"):
        answer = client.post(reverse("accounts:customer_create"), NEW | {"name": name, "owner": owner.pk})
        assert answer.status_code == 409, name


def test_outside_the_scope_only_exact_marks_tell_that_there_is_one_and_nothing_about_it(
    account: Customer, outsider: User, client: Client
) -> None:
    Customer.objects.filter(pk=account.pk).update(tax_number=TAX, website="https://www.huawei.com")
    client.force_login(outsider)
    path = reverse("accounts:customer_create")
    place = NEW | {"owner": outsider.pk}
    for said in ({"name": "华为技术"}, {"name": "X", "tax_number": TAX}):
        answer = client.post(path, place | said)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "outside your reach" in text
        assert "华＊＊＊" in text
        for secret in (account.code, account.name, "score", f"/customers/{account.pk}/"):
            assert secret not in text.replace(said["name"], ""), secret
    assert set(ArchiveLookup.objects.values_list("match", flat=True)) == {"name", "tax"}
    assert ReadLog.objects.filter(door="lookup", customer_id=account.pk).count() == 2
    # A domain or a likeness says nothing there.
    for said in ({"name": "华为技木"}, {"name": "Y", "website": "https://huawei.com"}):
        assert client.post(path, place | said).status_code == 302


def test_who_asked_too_often_learns_nothing_more_by_creating(account: Customer, outsider: User, client: Client) -> None:
    client.force_login(outsider)
    ArchiveLookup.objects.bulk_create(ArchiveLookup(user=outsider, query="x") for _ in range(20))
    answer = client.post(reverse("accounts:customer_create"), NEW | {"name": account.name, "owner": outsider.pk})
    assert answer.status_code == 302


def test_a_rule_that_can_not_be_read_is_refused_in_words(admin_user: User, client: Client) -> None:
    client.force_login(admin_user)
    path = reverse("users:parameter_edit", args=[DUPLICATES.code, "main"])
    form = client.get(path).context["form"]
    values = {f"p-{name}": form.initial[f"p-{name}"] for name in form.parameters}
    answer = client.post(
        path, values | {"p-rule": "tax or size", "valid_from": dates.today(), "note": "x", "base": 0}
    )  # fmt: skip
    assert "phone or domain should stand where “size” does" in answer.content.decode()
