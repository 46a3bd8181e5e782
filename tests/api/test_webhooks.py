"""Webhooks by program: its own, told in its name, with a secret that is shown once."""

from typing import Any

import pytest

from jobs.models import Subscription
from tests.api.conftest import Api, program
from users.models import Department

pytestmark = pytest.mark.django_db

BODY = {"target": "https://93.184.216.34/hook", "kinds": ["order.created"]}


@pytest.fixture
def shop(company: Department) -> Api:
    return program("webhook.edit", "order.view", reach="own")


def test_a_program_makes_changes_and_removes_its_webhook(shop: Api) -> None:
    made = shop.post("webhooks", BODY)
    assert made.status_code == 201, made.content
    row = Subscription.objects.get()
    assert (made.json()["secret"], row.subscriber, row.key) == (row.secret, shop.user, shop.key)
    path = f"webhooks/{row.pk}"
    assert "secret" not in shop.get(path).json()
    assert row.secret not in shop.get("webhooks").content.decode()
    assert shop.patch(path, {"is_active": False}).json()["is_active"] is False
    renewed = shop.post(f"{path}/secret").json()["secret"]
    assert renewed != row.secret
    assert shop.post(f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).json() == {"count": 0}
    assert shop.get(f"{path}/deliveries").json()["results"] == []
    assert shop.send("delete", path).status_code == 204
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("target", ["https://169.254.169.254/", "http://example.com/", "https://[::1]/"])
def test_an_address_inside_is_refused_with_a_pointer(shop: Api, target: str) -> None:
    answer = shop.post("webhooks", BODY | {"target": target})
    assert answer.json()["type"].endswith("invalid"), answer.content
    assert answer.json()["errors"][0]["pointer"] == "/target"
    assert not Subscription.objects.exists()


def test_another_programs_webhook_is_not_there(shop: Api, company: Department) -> None:
    pk = shop.post("webhooks", BODY).json()["id"]
    other = program("webhook.edit", reach="own")
    assert other.get("webhooks").json()["results"] == []
    calls: list[tuple[str, str, Any]] = [
        ("get", "", None), ("patch", "", {"is_active": False}), ("delete", "", None), ("post", "/secret", None),
        ("post", "/replay", {"since": "2026-01-01T00:00:00Z"}), ("get", "/deliveries", None),
    ]  # fmt: skip
    for method, below, body in calls:
        assert other.send(method, f"webhooks/{pk}{below}", body).status_code == 404, (method, below)
    assert Subscription.objects.get().is_active


def test_a_key_without_the_scope_is_refused(company: Department) -> None:
    assert program("order.view").post("webhooks", BODY).status_code == 403
    assert not Subscription.objects.exists()


def test_an_answer_with_a_secret_is_never_kept(shop: Api) -> None:
    assert shop.post("webhooks", BODY, Idempotency_Key="a").status_code == 400
    assert not Subscription.objects.exists()
