"""Parameters of a kind that takes approval: a new version waits for somebody else's yes."""

import datetime as dt
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from crm.lib import dates
from tests import factories
from tests.users.conftest import Sample
from users.errors import Conflict, Invalid, NobodyToAsk, OwnRequest
from users.models import Approval, ParameterSet, User
from users.parameters import ParameterKind, kinds
from users.services import approvals, parameter_approvals, parameters

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict(sample: ParameterKind, monkeypatch: pytest.MonkeyPatch) -> ParameterKind:
    kind = replace(sample, approval=True)
    monkeypatch.setitem(kinds._entries, kind.code, kind)
    return kind


def ask(kind: ParameterKind, by: User, **values: int) -> Approval:
    return parameter_approvals.ask(
        kind=kind.code, values=Sample(**values), valid_from=dates.today(), by=by, note="why", base_version=0
    )


def test_a_version_is_saved_when_another_approves_it(strict: ParameterKind, admin_user: User, executive: User) -> None:
    approval = ask(strict, admin_user, days=45)
    assert not ParameterSet.objects.exists()
    approvals.decide(approval_id=approval.pk, approve=True, by=executive)
    row = ParameterSet.objects.get()
    assert (row.version, row.payload["days"], row.by, row.note) == (1, 45, admin_user, "why")


def test_nobody_approves_their_own_version(strict: ParameterKind, admin_user: User, executive: User) -> None:
    approval = ask(strict, admin_user)
    with pytest.raises(OwnRequest):
        approvals.decide(approval_id=approval.pk, approve=True, by=admin_user)


def test_saving_without_asking_is_refused(strict: ParameterKind, admin_user: User) -> None:
    with pytest.raises(PermissionDenied):
        parameters.save(kind=strict.code, values=Sample(), valid_from=dates.today(), by=admin_user)
    parameters.save(kind=strict.code, values=Sample(), valid_from=dates.today(), by=None)


def test_a_version_saved_meanwhile_keeps_it_open_and_says_so(
    strict: ParameterKind, admin_user: User, executive: User
) -> None:
    approval = ask(strict, admin_user, days=45)
    parameters.save(kind=strict.code, values=Sample(), valid_from=dates.today(), by=None)
    answer = approvals.decide(approval_id=approval.pk, approve=True, by=executive)
    assert answer.state == "open"
    assert "Version 1 was saved meanwhile" in answer.blocked
    assert ParameterSet.objects.count() == 1


def test_what_does_not_fit_or_has_nobody_to_approve_is_not_asked(strict: ParameterKind, admin_user: User) -> None:
    with pytest.raises(NobodyToAsk):
        ask(strict, admin_user)
    factories.user("executive")
    with pytest.raises(Invalid):
        ask(strict, admin_user, days=1000, most=1000)
    parameters.save(kind=strict.code, values=Sample(), valid_from=dates.today(), by=None)
    with pytest.raises(Conflict):
        ask(strict, admin_user)


def test_the_page_asks_and_shows_before_and_after(
    strict: ParameterKind, admin_user: User, executive: User, client: Client
) -> None:
    client.force_login(admin_user)
    said = {
        "p-days": 45, "p-most": 60, "p-share": "0.8", "p-basis": "sales", "p-limit": "", "base": 0,
        "valid_from": (dates.today() + dt.timedelta(days=1)).isoformat(), "note": "why", "step": "save",
    }  # fmt: skip
    answer = client.post(reverse("users:parameter_edit", args=[strict.code, "main"]), said)
    approval = Approval.objects.get()
    assert answer["Location"] == reverse("users:approval_detail", args=[approval.pk])
    client.force_login(executive)
    page = client.get(answer["Location"]).content.decode()
    assert "45 days" in page
    assert "30 days" in page
    done = client.post(reverse("users:approval_decide", args=[approval.pk]), {"decision": "approve", "step": 1})
    assert done.status_code == 302
    assert ParameterSet.objects.get().payload["days"] == 45


def test_the_pages_of_approvals(strict: ParameterKind, admin_user: User, executive: User, client: Client) -> None:
    approval = ask(strict, admin_user, days=45)
    client.force_login(executive)
    assert "1 request waits" in client.get(reverse("users:approval_list")).content.decode()
    detail = reverse("users:approval_detail", args=[approval.pk])
    assert 'data-key="a"' in client.get(detail).content.decode()
    client.post(reverse("users:approval_comment", args=[approval.pk]), {"note-comment": "really?"})
    assert "really?" in client.get(detail).content.decode()
    client.force_login(admin_user)
    own = client.get(detail).content.decode()
    assert "Withdraw" in own
    assert 'data-key="a"' not in own
    refused = client.post(reverse("users:approval_decide", args=[approval.pk]), {"decision": "approve", "step": 1})
    assert refused.status_code == 403
    assert client.post(reverse("users:approval_withdraw", args=[approval.pk])).status_code == 302
    client.force_login(executive)
    late = client.post(reverse("users:approval_decide", args=[approval.pk]), {"decision": "approve", "step": 1})
    assert late.status_code == 409
    assert "Withdrawn" in late.content.decode()
    client.force_login(factories.user("service_agent"))
    for name, call in (("detail", client.get), ("decide", client.post), ("withdraw", client.post)):
        path = reverse(f"users:approval_{name}", args=[approval.pk])
        assert call(path, {"decision": "approve", "step": 1}).status_code == 404


def test_delegating_on_the_page(admin_user: User, executive: User, client: Client) -> None:
    client.force_login(executive)
    path = reverse("users:approval_delegate")
    assert client.post(path, {"to": executive.pk, "until": dates.today().isoformat()}).status_code == 422
    assert client.post(path, {"to": admin_user.pk, "until": dates.today().isoformat()}).status_code == 302
    assert "decides in your place" in client.get(reverse("users:approval_list")).content.decode()
    assert client.post(path, {"end": "1"}).status_code == 302
    assert "decides in your place" not in client.get(reverse("users:approval_list")).content.decode()


def test_the_bell_brings_how_many_requests_wait(
    strict: ParameterKind, admin_user: User, executive: User, client: Client
) -> None:
    ask(strict, admin_user)
    for user, count in ((executive, 1), (admin_user, 0)):
        client.force_login(user)
        answer = client.get(reverse("jobs:bell"))
        assert answer.context["to_decide"] == count
        assert ("waiting for your decision" in answer.content.decode()) is bool(count)
