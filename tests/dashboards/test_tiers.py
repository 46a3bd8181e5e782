"""The tier dashboard: what it counts, for whom, and that each number leads to its customers."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from jobs.exports.registry import list_exports
from segmentation.models import TierHistory
from tests import factories
from tests.segmentation.conftest import Compute
from users.models import User

pytestmark = pytest.mark.django_db

People = dict[str, Customer]


def dashboard(client: Client, user: User, **query: Any) -> Any:
    client.force_login(user)
    answer = client.get(reverse("dashboards:tiers"), query)
    assert answer.status_code == 200
    return answer


def listed(client: Client, address: str) -> int:
    """How many customers a list shows, by its pager."""
    page = client.get(address).content.decode()
    found = re.search(r"of <b>([\d,+]+)</b>", page)
    return int(found[1].replace(",", "")) if found else 0


def counts(mix: Any) -> dict[str, int]:
    return {tier: cell.count for tier, cell in mix.tiers.items()}


def test_a_manager_counts_the_department_and_an_executive_all(
    two_departments: People, manager: User, executive: User, client: Client
) -> None:
    east = dashboard(client, manager).context
    assert counts(east["mix"]) == {"A": 4, "B": 4, "C": 1}
    assert sum(cell.count for cell in east["mix"].idle.values()) == 2
    assert east["shape"].concentration["customers"] == 9
    whole = dashboard(client, executive).context
    assert whole["mix"].total.count == 11
    assert whole["shape"].concentration["customers"] == 11


def test_every_number_of_the_matrix_leads_to_as_many_customers(
    two_departments: People, manager: User, client: Client
) -> None:
    migration = dashboard(client, manager, months=1).context["migration"]
    cells = [cell for row in migration["rows"] for cell in row["cells"] if cell]
    assert len(cells) == 15
    assert {cell["count"]: listed(client, cell["href"]) for cell in cells} == {
        cell["count"]: cell["count"] for cell in cells
    }
    assert sum(cell["count"] for cell in cells) == 10
    moved = {
        (row["label"], label): cell["count"]
        for row in migration["rows"]
        for label, cell in zip("ABC-", row["cells"], strict=True)
        if cell
    }
    assert (moved["was C", "A"], moved["was C", "-"]) == (1, 1)
    assert migration["heading"] == "1 moved up, 0 down; 1 lost"


def test_every_bar_of_the_mix_leads_to_as_many_customers(
    two_departments: People, manager: User, owner: User, client: Client
) -> None:
    for query in ({}, {"owner": owner.pk}):
        series = dashboard(client, manager, **query).context["by_month"].chart["series"]
        for bars in series:
            assert [listed(client, link) for link in bars["links"]] == bars["values"]


def test_the_facts_of_one_owner_lead_to_as_many_customers(
    two_departments: People, manager: User, colleague: User, client: Client
) -> None:
    context = dashboard(client, manager, owner=colleague.pk).context
    assert context["title"] == "Tiers · Colleague"
    found = {tier: (cell.count, listed(client, url)) for tier, cell, url in context["facts"]["tiers"]}
    assert found == {"A": (0, 0), "B": (2, 2), "C": (0, 0)}
    assert context["shape"] is None
    assert context["mix"].total.value_minor == 80_000


def test_sales_lead_to_those_with_sales_and_no_others(two_departments: People, manager: User, client: Client) -> None:
    context = dashboard(client, manager).context
    assert listed(client, context["facts"]["sales_url"]) == context["mix"].total.count == 9


def test_movers_and_pending_of_one_owner_are_that_owners(
    two_departments: People, manager: User, owner: User, colleague: User, client: Client
) -> None:
    context = dashboard(client, manager, owner=owner.pk).context
    assert [change.customer.code for change, _because in context["movers"]] == ["E-9"]
    assert listed(client, context["movers_url"]) == 1
    context = dashboard(client, manager, owner=colleague.pk).context
    assert context["movers"] == []
    assert "Nobody changed tier" in client.get(context["movers_url"]).content.decode()
    assert f"owner={colleague.pk}" in context["pending_url"]


def test_movers_are_told_by_direction(two_departments: People, manager: User, client: Client) -> None:
    assert len(dashboard(client, manager, direction="up").context["movers"]) == 1
    assert dashboard(client, manager, direction="down").context["movers"] == []
    assert len(dashboard(client, manager, direction="sideways").context["movers"]) == 1


def test_the_heading_of_the_movers_sums_those_shown_that_fell(
    two_departments: People, manager: User, client: Client
) -> None:
    assert dashboard(client, manager).context["movers_heading"] == "Largest movers"
    TierHistory.objects.filter(customer=two_departments["E0"]).update(
        grade="B", previous="A", delta_minor=-120_000, cause="evaluation", valid_from="2026-06-01"
    )
    assert dashboard(client, manager).context["movers_heading"] == (
        "The one below that moved down sold CNY 1,200 less than a year before"
    )


def test_an_owner_of_another_department_is_not_there(
    two_departments: People, manager: User, outsider: User, client: Client
) -> None:
    client.force_login(manager)
    for asked in (outsider.pk, 0, "x"):
        assert client.get(reverse("dashboards:tiers"), {"owner": asked}).status_code == 404
    assert outsider not in dashboard(client, manager).context["owners"]


def test_lists_behind_numbers_stay_in_scope_and_refuse_nonsense(
    two_departments: People, manager: User, outsider: User, client: Client
) -> None:
    client.force_login(manager)
    for name in ("tier_list", "mover_list", "pending_list"):
        path = reverse(f"segmentation:{name}")
        assert "W-0" not in client.get(path, {"owner": outsider.pk}).content.decode()
        assert client.get(path, {"owner": "x"}).status_code == 400
        assert client.get(path, {"owner": "999999999"}).status_code == 404
    assert client.get(reverse("segmentation:tier_list"), {"on": "2026-02-30"}).status_code == 400
    assert client.get(reverse("segmentation:tier_list"), {"grade": "D"}).status_code == 400


def test_a_company_without_tiers_says_what_to_do(manager: User, client: Client) -> None:
    page = dashboard(client, manager).content.decode()
    assert "No tiers yet" in page
    assert reverse("segmentation:recompute") in page


def test_movers_and_those_in_a_tier_can_be_taken_along_as_a_file(
    two_departments: People, manager: User, client: Client
) -> None:
    client.force_login(manager)
    page = client.get(reverse("segmentation:mover_list")).content.decode()
    address = re.search(r'href="([^"]*export[^"]*)"', page)
    assert address is not None
    codes = [column.code for column in list_exports.get("tier_movers").columns(manager)]
    [row] = list_exports.get("tier_movers").rows(manager, QueryDict(), codes)
    said = dict(zip(codes, row, strict=True))
    assert (said["code"], said["previous"], said["grade"]) == ("E-9", "C", "A")
    assert said["why"].startswith("Was C until the end of May 2026")


# ── My accounts ─────────────────────────────────────────────────────────────


def mine(client: Client, user: User, **query: Any) -> Any:
    client.force_login(user)
    return client.get(reverse("dashboards:my_accounts"), query)


def test_my_tiers_are_as_many_as_the_list_shows(two_departments: People, owner: User, client: Client) -> None:
    context = mine(client, owner).context
    tiers = {grade: cell.count for grade, cell in context["tiers"]}
    assert sum(tiers.values()) == context["page"].paginator.count == context["all"].count == 9
    for grade, count in tiers.items():
        page = mine(client, owner, tier=grade)
        assert [row.grade for row in page.context["page"]] == [grade] * count
    assert tiers["C"] == 3, "those without sales are C too"
    assert context["all"].value_minor == 1_814_000


def test_my_customers_outside_grading_are_counted_apart(
    two_departments: People, owner: User, client: Client, compute: Compute
) -> None:
    factories.customer(owner=owner, kind="department", counts_in_grading=False)
    compute()
    context = mine(client, owner).context
    assert context["ungraded"].count == 1
    assert "Without a tier" in mine(client, owner).content.decode()


def test_my_changes_count_customers_once(two_departments: People, owner: User, client: Client) -> None:
    context = mine(client, owner).context
    assert context["moved"] == 1
    assert [change.customer.code for change, _because in context["movers"]] == ["E-9"]
    assert "1 of my customers changed tier in three months" in mine(client, owner).content.decode()


def test_who_owns_nobody_is_told_how_it_comes(june: None, owner: User, client: Client) -> None:
    assert "own any customers yet" in mine(client, owner).content.decode()
