"""Pages of runs and schedules: what is shown, to whom, and what a refusal leaves as it was."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.constants import NIGHT, RunState
from jobs.context import RunContext
from jobs.errors import RunBusy, RunFailed
from jobs.models import Run, Schedule
from jobs.services import claims, runs
from users.models import User

Queued = Callable[..., Run]
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name: str, run: Run) -> str:
    return reverse(f"jobs:{name}", args=[run.pk])


@pytest.fixture
def own(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.mark.django_db
def test_the_list_shows_own_runs_and_all_to_who_may_view_all(
    queued: Queued, owner: User, colleague: User, admin_user: User, client: Client
) -> None:
    mine, theirs, scheduled = queued(by=owner), queued(by=colleague), queued()
    client.force_login(owner)
    assert [row.run for row in client.get(reverse("jobs:run_list")).context["rows"]] == [mine]
    client.force_login(admin_user)
    rows = client.get(reverse("jobs:run_list")).context["rows"]
    assert [row.run for row in rows] == [scheduled, theirs, mine]


@pytest.mark.django_db
def test_the_list_is_narrowed_by_kind_and_state(queued: Queued, owner: User, own: Client) -> None:
    first, second = queued(by=owner, code="test.one"), queued(by=owner, code="test.two")
    Run.objects.filter(pk=second.pk).update(state=RunState.DONE)

    def shown(query: str) -> list[Run]:
        return [row.run for row in own.get(reverse("jobs:run_list") + query).context["rows"]]

    assert shown("?kind=test.one") == [first]
    assert shown("?state=done") == [second]
    assert shown("?kind=test.one&state=done") == []
    assert shown("?kind=no.such&state=nonsense&before=x") == [second, first]


@pytest.mark.django_db
def test_the_list_pages_forth_and_back_without_losing_a_run(queued: Queued, owner: User, own: Client) -> None:
    ids = [queued(by=owner).pk for _ in range(120)][::-1]
    seen, pages, query = [], [], ""
    while True:
        page = own.get(reverse("jobs:run_list") + query).context
        pages.append([row.run.pk for row in page["rows"]])
        seen += pages[-1]
        query = page["older"]
        if not query:
            break
    assert seen == ids
    assert own.get(reverse("jobs:run_list")).context["newer"] == ""
    back = own.get(reverse("jobs:run_list") + page["newer"]).context
    assert [row.run.pk for row in back["rows"]] == pages[1]


@pytest.mark.django_db
def test_the_lists_queries_do_not_grow_with_its_rows(
    queued: Queued, owner: User, own: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        queued(by=owner)
    with django_assert_max_num_queries(8):
        own.get(reverse("jobs:run_list"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["run_detail", "run_cancel", "run_restart"])
def test_anothers_run_is_not_found_and_not_changed(name: str, queued: Queued, colleague: User, own: Client) -> None:
    run = queued(by=colleague)
    before = Run.objects.filter(pk=run.pk).values().get()
    assert own.get(url("run_detail", run)).status_code == 404
    assert own.post(url(name, run)).status_code in {404, 405}
    assert Run.objects.filter(pk=run.pk).values().get() == before


@pytest.mark.django_db
def test_a_running_run_shows_how_far_it_is_and_asks_again_until_it_ends(
    queued: Queued, owner: User, own: Client
) -> None:
    run = queued(by=owner)
    ctx = claims.claim(run_id=run.pk)
    assert ctx
    ctx.progress(412_000, 1_000_000, step="Importing")
    page = own.get(url("run_detail", run)).content.decode()
    assert "Importing: 412,000 of 1,000,000" in page
    assert "You may leave" in page
    part = own.get(url("run_detail", run), **HTMX)
    assert b"<html" not in part.content
    assert b"every 2s" in part.content
    assert b'aria-valuenow="41"' in part.content
    runs._end(ctx, RunState.DONE, result={})
    over = own.get(url("run_detail", run), **HTMX)
    assert over.headers["HX-Refresh"] == "true"
    assert b"every 2s" not in own.get(url("run_detail", run)).content


@pytest.mark.django_db
def test_a_done_run_shows_its_result_and_what_it_rests_on(queued: Queued, owner: User, own: Client) -> None:
    read = queued(by=owner, code="test.rollup", label="Rollup")

    def work(ctx: RunContext) -> dict[str, int]:
        ctx.note(parameter_versions={"segmentation.abc": 4}, reads=[read.pk])
        return {"a": 196}

    run = queued(
        work,
        by=owner,
        as_of=dt.date(2026, 10, 31),
        params={"window_months": 12},
        summary=lambda result: f"{result['a']} A customers",
        result_url=lambda run_id, result: "/tiers/",
    )
    runs.execute(run_id=run.pk)
    page = re.sub(r"\s+", " ", own.get(url("run_detail", run)).content.decode())
    for words in ("196 A customers", 'href="/tiers/"', "version 4", "Rollup #", "window_months", "31 Oct 2026"):
        assert words in page


@pytest.mark.django_db
def test_a_failed_run_says_why_and_starts_again(queued: Queued, owner: User, own: Client) -> None:
    def work(ctx: RunContext) -> dict[str, int]:
        raise RunFailed("The file has no column 订单号.")

    run = queued(work, by=owner)
    runs.execute(run_id=run.pk)
    assert "The file has no column 订单号." in own.get(url("run_detail", run)).content.decode()
    assert own.post(url("run_restart", run)).status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


@pytest.mark.django_db
def test_technical_words_of_a_fault_are_for_who_views_all(
    queued: Queued, owner: User, admin_user: User, client: Client
) -> None:
    def work(ctx: RunContext) -> dict[str, int]:
        return {"x": 1 // 0}

    run = queued(work, by=owner)
    runs.execute(run_id=run.pk)
    client.force_login(owner)
    assert b"ZeroDivisionError" not in client.get(url("run_detail", run)).content
    client.force_login(admin_user)
    assert b"ZeroDivisionError" in client.get(url("run_detail", run)).content


@pytest.mark.django_db
def test_a_waiting_run_is_stopped_on_its_page(queued: Queued, owner: User, own: Client) -> None:
    run = queued(by=owner)
    own.post(url("run_cancel", run))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert "was stopped" in own.get(url("run_detail", run)).content.decode()


@pytest.mark.django_db
def test_a_run_that_can_not_be_stopped_just_now_says_so(
    queued: Queued, owner: User, own: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**_: Any) -> bool:
        raise RunBusy

    monkeypatch.setattr(runs, "cancel", busy)
    page = own.post(url("run_cancel", queued(by=owner)), follow=True)
    assert "writing its result just now" in page.content.decode()


@pytest.mark.django_db
def test_a_run_put_off_says_when_it_is_tried_next(queued: Queued, owner: User, own: Client) -> None:
    run = queued(by=owner)
    Run.objects.filter(pk=run.pk).update(attempts=2, not_before=timezone.now() + dt.timedelta(hours=1))
    assert "Tried 2 times; the next try is" in own.get(url("run_detail", run)).content.decode()


# ── Schedules ───────────────────────────────────────────────────────────────


@pytest.fixture
def schedule(db: None) -> Schedule:
    return Schedule.objects.get(kind=NIGHT)


@pytest.mark.parametrize("who", ["owner", "manager", "executive"])
def test_schedules_are_the_administrators(
    who: str, schedule: Schedule, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("jobs:schedule_list")).status_code == 403
    for name in ("schedule_edit", "schedule_run"):
        assert client.post(reverse(f"jobs:{name}", args=[schedule.pk]), {"at": "03:00"}).status_code == 403
    assert not Run.objects.exists()
    assert Schedule.objects.get(pk=schedule.pk).at == dt.time(2, 0)


def test_an_administrator_moves_the_night_and_runs_it_now(schedule: Schedule, admin_user: User, client: Client) -> None:
    client.force_login(admin_user)
    assert "Daily at 02:00" in client.get(reverse("jobs:schedule_list")).content.decode()
    client.post(reverse("jobs:schedule_edit", args=[schedule.pk]), {"at": "03:30", "is_active": "on"})
    assert "Daily at 03:30" in client.get(reverse("jobs:schedule_list")).content.decode()
    answer = client.post(reverse("jobs:schedule_run", args=[schedule.pk]))
    run = Run.objects.get()
    assert answer.url == url("run_detail", run)
    assert (run.kind, run.requested_by, run.period) == (NIGHT, admin_user, "")
    assert run.as_of < timezone.now().date() + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Say a time of day, or every how many minutes."),
        ({"at": "03:00", "every_minutes": "5"}, "not both"),
        ({"every_minutes": "0"}, "From 1 to 1,440"),
        ({"every_minutes": "99999999999"}, "From 1 to 1,440"),
        ({"at": "25:61"}, "valid time"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_beside_its_field(
    values: dict[str, str], said: str, schedule: Schedule, admin_user: User, client: Client
) -> None:
    client.force_login(admin_user)
    page = client.post(reverse("jobs:schedule_edit", args=[schedule.pk]), values)
    assert said in page.content.decode()
    assert Schedule.objects.get(pk=schedule.pk).at == dt.time(2, 0)


@pytest.mark.django_db
def test_the_bell_brings_the_stamp_of_the_last_night(owner: User, own: Client) -> None:
    assert "Night run finished" not in own.get(reverse("jobs:bell")).content.decode()
    Run.objects.create(kind=NIGHT, state=RunState.DONE, ended_at=timezone.now())
    Run.objects.create(kind=NIGHT, state=RunState.FAILED, ended_at=timezone.now())
    answer = own.get(reverse("jobs:bell")).content.decode()
    assert "Night run finished today" in answer
    assert 'hx-swap-oob="true"' in answer
