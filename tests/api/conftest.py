"""Programs that call, and a short way to say what they send."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from accounts.models import Customer
from tests import factories
from users.models import ApiKey, Department, User

EVERYTHING = (
    "customer.view", "customer.edit", "customer.stage", "customer.create", "product.view", "product.edit",
    "order.view", "order.edit", "tier.view", "import.run", "parameter.edit", "parameter.view", "user.view",
)  # fmt: skip


@dataclass
class Api:
    """A program with its key."""

    key: ApiKey
    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @property
    def user(self) -> User:
        return self.key.user

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call; a body that isn't bytes is sent as JSON."""
        named = {"Authorization": f"Bearer {self.token}"} | {name.replace("_", "-"): v for name, v in headers.items()}
        data = {} if body is None else {"data": body if isinstance(body, bytes) else json.dumps(body)}
        path = path if path.startswith("/api") else f"/api/v1/{path}"
        return self.client.generic(
            method.upper(), path, content_type=named.pop("Content-Type", "application/json"), headers=named, **data
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("get", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("put", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("patch", path, body, **headers)


def program(*scopes: str, **terms: Any) -> Api:
    return Api(*factories.key(*(scopes or EVERYTHING), **terms))


@pytest.fixture
def api(company: Department) -> Api:
    """A program that may everything in the whole company."""
    return program(department=company)


@pytest.fixture
def western(west: Department) -> Api:
    """A program that may everything in the west: the owner's customer isn't its to see."""
    return program(reach="department", departments=[west], department=west)


@pytest.fixture
def reader(company: Department) -> Api:
    """A program that may read everything."""
    return program("customer.view", "order.view", "product.view", "tier.view")


def an_order(account: Customer, **other: Any) -> dict[str, Any]:
    line = {"description": "Goods", "quantity": "2", "unit_price": "10.50"}
    return {
        "customer_id": account.pk,
        "ordered_at": "2026-10-05T09:30:00+08:00",
        "currency": "CNY",
        "lines": [line],
    } | other


def assert_problem(answer: Any, status: int, *pointers: str) -> dict[str, Any]:
    """The problem of an answer, whole, with these pointers or parameters."""
    assert answer.status_code == status, answer.content.decode()[:2000]
    assert answer["Content-Type"] == "application/problem+json"
    said = json.loads(answer.content)
    assert set(said) >= {"type", "title", "status", "detail", "instance", "request_id"}
    assert said["status"] == status
    assert said["request_id"] == answer["X-Request-Id"]
    found = {one.get("parameter") or one["pointer"] for one in said.get("errors", [])}
    if pointers:
        assert found == set(pointers)
    return said
