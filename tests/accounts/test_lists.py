"""Customer lists: pages that survive inserts, filters, sorting with ties, rows without a value, scope."""

from collections.abc import Iterator

import pytest
from django.http import QueryDict

from accounts.models import Customer
from accounts.queries import customers, filters
from accounts.queries.filters import Filters
from segmentation.models import Standing
from tests import factories
from users.models import Department, User

EVERYTHING = Filters()
SALES = "segmentation.sales"


def parsed(user: User, query: str) -> Filters:
    return filters.parse(user, dict(QueryDict(query).lists()))


def names(user: User, query: str = "", sort: str = "name") -> list[str]:
    return [row.name for row in customers.page(user, parsed(user, query), sort=sort).rows]


def walk(user: User, sort: str, size: int = 3, *, few: bool = False) -> Iterator[list[int]]:
    after = ""
    while True:
        page = customers.page(user, EVERYTHING, sort=sort, after=after, size=size, few=few)
        yield [row.pk for row in page.rows]
        after = page.next
        if not after:
            return


def standing(customer: Customer, **values: object) -> None:
    Standing.objects.update_or_create(customer=customer, defaults=values)


@pytest.fixture
def ten(owner: User) -> list[Customer]:
    """Ten customers; three tie at each figure, two have none, one has no standing."""
    rows = [factories.customer(owner=owner, name=f"{'ABC'[n % 3]} works") for n in range(10)]
    Standing.objects.all().delete()
    for n, row in enumerate(rows[:9]):
        standing(row, sales_minor=None if n in (4, 7) else n // 3 * 100, grade="" if n in (4, 7) else "ABC"[n // 3])
    return rows


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("sort", ["name", "-name", "code", "-changed", SALES, f"-{SALES}", "segmentation.tier"])
def test_pages_show_every_row_once_in_one_order(sort: str, few: bool, owner: User, ten: list[Customer]) -> None:
    whole = [row.pk for row in customers.page(owner, EVERYTHING, sort=sort).rows]
    assert sorted(whole) == sorted(row.pk for row in ten)
    assert [pk for page in walk(owner, sort, few=few) for pk in page] == whole


def test_rows_without_a_value_come_last_in_both_directions(owner: User, ten: list[Customer]) -> None:
    without = {ten[4].pk, ten[7].pk, ten[9].pk}
    for sort in (SALES, f"-{SALES}"):
        whole = [row.pk for row in customers.page(owner, EVERYTHING, sort=sort).rows]
        assert set(whole[-3:]) == without
    rising = [row.pk for row in customers.page(owner, EVERYTHING, sort=SALES).rows[:7]]
    assert rising == [ten[n].pk for n in (0, 1, 2, 3, 5, 6, 8)]


@pytest.mark.parametrize("sort", ["name", "-name", SALES, f"-{SALES}"])
def test_the_way_back_is_the_way_there(sort: str, owner: User, ten: list[Customer]) -> None:
    forward, after = [], ""
    while True:
        page = customers.page(owner, EVERYTHING, sort=sort, after=after, size=3)
        forward.append(page)
        after = page.next
        if not after:
            break
    before = forward[-1].previous
    for there in forward[-2::-1]:
        back = customers.page(owner, EVERYTHING, sort=sort, before=before, size=3)
        assert [row.pk for row in back.rows] == [row.pk for row in there.rows]
        assert back.position == there.position
        before = back.previous
    assert before == ""


def test_a_page_does_not_move_when_rows_are_put_in_before_it(owner: User, ten: list[Customer]) -> None:
    first = customers.page(owner, EVERYTHING, sort="name", size=4)
    second = [row.pk for row in customers.page(owner, EVERYTHING, sort="name", after=first.next, size=4).rows]
    for _ in range(5):
        factories.customer(owner=owner, name="A first")
    assert [row.pk for row in customers.page(owner, EVERYTHING, sort="name", after=first.next, size=4).rows] == second


@pytest.mark.parametrize("cursor", ["nonsense", "a:b:c", "\x00", "KH" * 200])
def test_a_forged_cursor_leads_to_the_first_page(cursor: str, owner: User, ten: list[Customer]) -> None:
    first = [row.pk for row in customers.page(owner, EVERYTHING, sort="name", size=4).rows]
    for ends in ({"after": cursor}, {"before": cursor}):
        assert [row.pk for row in customers.page(owner, EVERYTHING, sort="name", size=4, **ends).rows] == first
    other = customers.page(owner, EVERYTHING, sort="-name", size=4).next
    assert [row.pk for row in customers.page(owner, EVERYTHING, sort="name", size=4, after=other).rows] == first


def test_filters_by_fields(owner: User, executive: User, east: Department, west: Department) -> None:
    below = factories.department(parent=east)
    factories.customer(name="plain", owner=owner)
    factories.customer(name="supplier", kind="supplier", counts_in_grading=False, department=below)
    factories.customer(name="lost", life_cycle="lost", department=west)
    expected = {
        "kind=supplier": ["supplier"],
        "relation=internal": ["supplier"],
        "relation=external": ["lost", "plain"],
        "stage=lost&stage=prospect": ["lost", "plain", "supplier"],
        "graded=no": ["supplier"],
        f"owner={owner.pk}": ["plain"],
        "owner=none": ["lost", "supplier"],
        f"department={east.pk}": ["supplier"],
        f"department={west.pk}&kind=end_user": ["lost"],
        "q=ppl": ["supplier"],
        "kind=emperor": ["lost", "plain", "supplier"],
        "created.min=2999-01-01": [],
        "created.max=2999-01-01&created.min=2000-01-01": ["lost", "plain", "supplier"],
        "created.min=soon": ["lost", "plain", "supplier"],
    }
    assert {query: names(executive, query) for query in expected} == expected
    assert names(owner, "owner=me") == ["plain"]


def test_filters_by_measures(owner: User, ten: list[Customer]) -> None:
    def places(query: str) -> list[int]:
        found = {row.pk for row in customers.page(owner, parsed(owner, query), sort="name").rows}
        return [n for n, row in enumerate(ten) if row.pk in found]

    assert places("segmentation.tier=A&segmentation.tier=B") == [0, 1, 2, 3, 5]
    assert places("segmentation.tier=none") == [4, 7, 9]
    assert places("segmentation.tier=C&segmentation.tier=none") == [4, 6, 7, 8, 9]
    assert places("segmentation.sales.min=1&segmentation.sales.max=1.00") == [3, 5]
    assert places("segmentation.sales.max=0.99") == [0, 1, 2]
    assert places("segmentation.sales=none") == [4, 7, 9]


def test_a_measure_one_may_not_see_neither_filters_nor_sorts(owner: User, ten: list[Customer]) -> None:
    owner.groups.clear()
    for name in ("permissions", "roles"):
        owner.__dict__.pop(name, None)
    assert parsed(owner, "segmentation.tier=A&segmentation.sales.min=5") == Filters()
    assert customers.clean_sort(owner, f"-{SALES}") == "name"


def test_a_group_filter_shows_only_visible_members(owner: User, outsider: User, account: Customer) -> None:
    factories.customer(owner=owner, parent=account, name="sister")
    factories.customer(owner=outsider, parent=account, name="hidden")
    assert names(owner, f"group={account.pk}") == [account.name, "sister"]
    assert names(outsider, f"group={account.pk}") == []


@pytest.mark.parametrize("sort", ["name", SALES, "segmentation.tier"])
def test_nothing_out_of_scope_is_listed_or_counted(sort: str, owner: User, outsider: User, ten: list[Customer]) -> None:
    assert customers.page(outsider, EVERYTHING, sort=sort).rows == []
    assert customers.capped_count(outsider, EVERYTHING) == 0
    assert customers.exact_count(outsider, EVERYTHING) == 0
    assert customers.capped_counts(outsider, [EVERYTHING, parsed(outsider, "q=works")]) == [0, 0]
    after = customers.page(owner, EVERYTHING, sort=sort, size=3).next
    assert customers.page(outsider, EVERYTHING, sort=sort, after=after).rows == []


def test_counts_stop_at_the_cap(owner: User, ten: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customers, "COUNT_CAP", 4)
    assert customers.capped_count(owner, EVERYTHING) == 5
    nobody = parsed(owner, "group=999999999")
    assert customers.capped_counts(owner, [EVERYTHING, nobody, parsed(owner, "q=works")]) == [5, 0, 5]
    assert customers.exact_count(owner, EVERYTHING) == 10


def test_chips_say_the_filters_in_words(owner: User, account: Customer) -> None:
    query = (
        f"q=Hua&stage=active&stage=lost&owner={owner.pk}&owner=none&segmentation.sales.min=1000&created.max=2026-03-31"
    )
    said = [(chip.label, chip.value) for chip in filters.chips(owner, parsed(owner, query))]
    assert said == [
        ("Text", "hua"),
        ("Sales in the window", "from CNY 1,000"),
        ("Stage", "Active, Lost"),
        ("Owner", "Owner, Nobody"),
        ("Created", "up to 31 Mar 2026"),
    ]
