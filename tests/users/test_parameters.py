"""Parameters: versions in force, the form made from the dataclass, review before saving, restoring."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.lib import dates
from tests.users.conftest import Sample
from users.errors import Conflict, Invalid
from users.models import Change, ChangeSet, ParameterSet, User
from users.parameters import ParameterKind, build, fields_of, from_payload, kinds, plain_values, to_payload
from users.queries import parameters as read
from users.registry import what_if
from users.services import parameters

DAY = dt.date(2026, 3, 1)
KIND = "test.sample"
URL = "/settings/parameters/test.sample/main/"

pytestmark = pytest.mark.usefixtures("sample")


def save(
    by: User | None = None, *, valid_from: dt.date = DAY, values: Sample | None = None, **other: Any
) -> ParameterSet:
    return parameters.save(kind=KIND, values=values or Sample(), valid_from=valid_from, by=by, **other)


def typed(step: str = "review", **said: Any) -> dict[str, Any]:
    form = {"p-days": "30", "p-most": "60", "p-share": "0.80", "p-basis": "sales", "p-limit": "", "base": "0"}
    return form | {"valid_from": dates.today().isoformat(), "note": "a try", "step": step} | said


@pytest.fixture
def admin(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client


# ── Versions ────────────────────────────────────────────────────────────────


def test_the_defaults_are_in_force_until_a_version_is_saved(db: None) -> None:
    now = read.in_force(KIND, on=DAY)
    assert (now.version, now.values) == (0, Sample())


def test_in_force_is_the_latest_first_day_and_of_equal_ones_the_higher_version(db: None) -> None:
    save(valid_from=DAY, values=Sample(days=1))
    save(valid_from=DAY + dt.timedelta(days=10), values=Sample(days=2))
    save(valid_from=DAY + dt.timedelta(days=5), values=Sample(days=3))
    save(valid_from=DAY + dt.timedelta(days=5), values=Sample(days=4))
    in_force = [
        read.in_force(KIND, on=DAY + dt.timedelta(days=after)).values.days for after in (-1, 0, 4, 5, 9, 10, 99)
    ]
    assert in_force == [30, 1, 1, 4, 4, 2, 2]


def test_schemes_of_one_kind_are_apart(db: None) -> None:
    save(values=Sample(days=7), name="pilot")
    assert read.in_force(KIND, on=DAY).version == 0
    assert read.in_force(KIND, on=DAY, name="pilot").values.days == 7
    assert read.names_of(KIND) == ["main", "pilot"]


def test_a_version_is_saved_with_its_change_set(admin_user: User) -> None:
    row = save(admin_user, note="why")
    change = Change.objects.get(model="users.parameterset", object_id=row.pk)
    assert change.change_set.actor == admin_user
    assert change.after["payload"]["share"] == "0.80"
    assert (row.version, row.note) == (1, "why")


def test_a_failed_log_saves_no_version(admin_user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the log is gone")

    monkeypatch.setattr("users.services.parameters.changes.record_create", broken)
    with pytest.raises(RuntimeError):
        save(admin_user)
    assert not ParameterSet.objects.exists()
    assert not ChangeSet.objects.exists()


def test_a_version_that_was_not_seen_is_a_conflict(admin_user: User) -> None:
    save(admin_user)
    with pytest.raises(Conflict):
        save(admin_user, base_version=0)
    assert save(admin_user, base_version=1).version == 2


def test_values_out_of_range_are_not_saved_by_whatever_door(db: None) -> None:
    with pytest.raises(Invalid, match=r"days: Must be 90 or less"):
        save(values=_unchecked(days=91))
    assert not ParameterSet.objects.exists()


def _unchecked(**values: Any) -> Sample:
    made = Sample()
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


# ── The dataclass ───────────────────────────────────────────────────────────


def test_a_payload_comes_back_as_it_went(sample: ParameterKind) -> None:
    values = Sample(days=3, share=Decimal("0.1"), basis="margin", strict=True, limit=Decimal("2.50"))
    assert from_payload(sample, to_payload(values)) == values


def test_a_field_added_later_takes_its_default_and_one_dropped_is_forgotten(sample: ParameterKind) -> None:
    assert from_payload(sample, {"days": 5, "gone": 1}) == Sample(days=5)


def test_an_old_version_that_breaks_a_newer_rule_can_still_be_shown(sample: ParameterKind) -> None:
    assert plain_values(sample, {"days": 80, "most": 10})["days"] == 80
    with pytest.raises(ValueError, match="most"):
        from_payload(sample, {"days": 80, "most": 10})


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"days": 0}, {"days": "Must be 1 or more."}),
        ({"days": 91}, {"days": "Must be 90 or less."}),
        ({"days": None}, {"days": "Fill this in."}),
        ({"days": "7"}, {"days": "Must be of another type."}),
        ({"days": True}, {"days": "Must be of another type."}),
        ({"share": 0.5}, {"share": "Must be of another type."}),
        ({"basis": "x"}, {"basis": "Choose one of the list."}),
        ({"days": 80}, {"most": "must not be below the days"}),
        ({"limit": None}, {}),
    ],
)
def test_each_fault_names_its_field(sample: ParameterKind, values: dict[str, Any], faults: dict[str, str]) -> None:
    assert build(sample, values)[1] == faults


def test_every_registered_kind_has_sound_defaults() -> None:
    for kind in kinds:
        values = {field.name: field.default for field in fields_of(kind)}
        assert build(kind, values)[1] == {}, kind.code


# ── Pages ───────────────────────────────────────────────────────────────────


def test_the_form_is_made_from_the_dataclass(admin: Client) -> None:
    page = admin.get(f"{URL}new/").content.decode()
    assert re.search(r'<input[^>]*name="p-days"[^>]*value="30"', page)
    assert "days</span>" in page
    assert re.search(r'<option value="margin">Net|Margin', page)
    assert re.search(r'<input type="checkbox"[^>]*name="p-strict"', page)


def test_nothing_is_saved_before_it_was_looked_over(admin: Client) -> None:
    answer = admin.post(f"{URL}new/", typed(**{"p-days": "45"}))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 parameter changes" in page
    assert "30 days</del>" in page
    assert "45 days" in page
    assert not ParameterSet.objects.exists()
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)) | {"step": "save"}
    assert admin.post(f"{URL}new/", sent).url == URL
    saved = ParameterSet.objects.get()
    assert saved.payload == to_payload(Sample(days=45))
    assert saved.note == "a try"


def test_a_ticked_box_survives_the_second_step(admin: Client) -> None:
    for first, kept in (({"p-strict": "on"}, True), ({}, False)):
        page = admin.post(f"{URL}new/", typed(**first)).content.decode()
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        admin.post(f"{URL}new/", sent | {"step": "save", "base": str(ParameterSet.objects.count())})
        assert ParameterSet.objects.latest("version").payload["strict"] is kept


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"p-days": "0"}, "p-days"),
        ({"p-days": "x"}, "p-days"),
        ({"p-days": ""}, "p-days"),
        ({"p-days": "80"}, "p-most"),
        ({"p-share": "1.5"}, "p-share"),
        ({"p-share": "NaN"}, "p-share"),
        ({"p-basis": "x"}, "p-basis"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"note": ""}, "note"),
    ],
)
@pytest.mark.parametrize("step", ["review", "save"])
def test_what_does_not_fit_is_told_beside_its_field(admin: Client, said: dict[str, str], field: str, step: str) -> None:
    answer = admin.post(f"{URL}new/", typed(step, **said))
    assert list(answer.context["form"].errors) == [field]
    assert not ParameterSet.objects.exists()


def test_going_back_keeps_what_was_typed(admin: Client) -> None:
    page = admin.post(f"{URL}new/", typed("edit", **{"p-days": "45"})).content.decode()
    assert re.search(r'name="p-days"[^>]*value="45"', page)


def test_a_version_saved_meanwhile_is_shown_and_nothing_overwritten(admin: Client, manager: User) -> None:
    form = typed("save", **{"p-days": "45"})
    save(manager, valid_from=dates.today(), values=Sample(days=50), note="first")
    answer = admin.post(f"{URL}new/", form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Manager changed this while you were editing" in page
    assert "50 days</del>" in page
    assert ParameterSet.objects.count() == 1
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert admin.post(f"{URL}new/", sent | {"step": "save"}).status_code == 302
    assert read.in_force(KIND, on=dates.today()).values.days == 45


def test_a_first_day_in_the_past_and_a_later_version_are_pointed_out(admin: Client, admin_user: User) -> None:
    save(admin_user, valid_from=dates.today() + dt.timedelta(days=9))
    page = admin.post(f"{URL}new/", typed(base="1", valid_from="2020-01-01")).content.decode()
    assert "The first day has passed" in page
    assert "a version already saved takes its place" in page


def test_an_old_version_is_restored_as_a_new_one(admin: Client, admin_user: User) -> None:
    save(admin_user, values=Sample(days=10))
    save(admin_user, values=Sample(days=20))
    page = admin.get(f"{URL}new/?from=1").content.decode()
    assert re.search(r'name="p-days"[^>]*value="10"', page)
    assert "As in version 1 again" in page
    admin.post(f"{URL}new/", typed("save", base="2", **{"p-days": "10"}))
    assert [row.payload["days"] for row in ParameterSet.objects.order_by("version")] == [10, 20, 10]


def test_versions_are_compared(admin: Client, admin_user: User) -> None:
    save(admin_user, values=Sample(days=10))
    save(admin_user, values=Sample(days=20, basis="margin"), note="because")
    page = admin.get(f"{URL}2/").content.decode()
    assert "2 parameters differ" in page
    assert "10 days</del>" in page
    assert "because" in page
    assert "Net sales" in page
    assert "Beside the defaults" in admin.get(f"{URL}2/?with=0").content.decode()
    assert admin.get(f"{URL}9/").status_code == 404


def test_the_list_and_the_page_say_what_is_in_force(admin: Client, admin_user: User) -> None:
    assert "never changed" in admin.get("/settings/parameters/").content.decode()
    save(admin_user, valid_from=dates.today(), values=Sample(days=10))
    assert "Version 1" in admin.get("/settings/parameters/").content.decode()
    page = admin.get(URL).content.decode()
    assert "10 days" in page
    assert "in force</span>" in page


@pytest.mark.parametrize("url", ["/settings/parameters/no.such/main/", "/settings/parameters/test.sample/other/"])
def test_a_kind_or_scheme_there_is_not_is_not_found(admin: Client, url: str) -> None:
    assert admin.get(url).status_code == 404
    assert admin.post(f"{url}new/", typed("save")).status_code == 404


def test_who_may_look_but_not_change_is_told_why_and_changes_nothing(client: Client, manager: User) -> None:
    client.force_login(manager)
    assert "an administrator changes parameters" in client.get(URL).content.decode()
    assert client.get(f"{URL}new/").status_code == 403
    assert client.post(f"{URL}new/", typed("save")).status_code == 403
    assert not ParameterSet.objects.exists()


def test_a_what_if_is_offered_where_a_chapter_has_one(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "What if" not in admin.post(f"{URL}new/", typed()).content.decode()
    asked: list[Any] = []

    def answer(user: User, name: str, values: Sample) -> str:
        asked.append((user.username, name, values.days))
        return "/settings/"

    monkeypatch.setitem(what_if._entries, KIND, answer)
    assert "What if" in admin.post(f"{URL}new/", typed()).content.decode()
    assert admin.post(f"{URL}new/", typed("what-if", **{"p-days": "45"})).url == "/settings/"
    assert asked == [("administrator", "main", 45)]
    assert not ParameterSet.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_first_day_is_filled_in_as_a_browser_reads_it(client: Client, admin_user: User, language: str) -> None:
    User.objects.filter(pk=admin_user.pk).update(language=language)
    client.force_login(admin_user)
    page = client.get(f"{URL}new/").content.decode()
    assert re.search(rf'type="date" name="valid_from" value="{dates.today().isoformat()}"', page)
    page = client.post(f"{URL}new/", typed()).content.decode()
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert client.post(f"{URL}new/", sent | {"step": "save"}).url == URL
    assert ParameterSet.objects.get().valid_from == dates.today()
