"""The description of the API: current, true, and its examples run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from tests.api.conftest import Api, program
from users.api.examples import examples
from users.models import Department

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "api.md"


def schema() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    return dict(json.loads(answer.content))


@pytest.mark.django_db
def test_the_committed_description_is_current() -> None:
    """`manage.py spectacular --file docs/openapi.yaml` writes it anew."""
    assert yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text()) == schema()


@pytest.mark.django_db
def test_every_operation_tells_of_its_errors() -> None:
    said = schema()
    assert said["openapi"].startswith("3.1")
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            assert {"400", "401", "403", "404", "429", "default"} <= set(responses), (method, path)
            assert "application/problem+json" in responses["default"]["content"]


@pytest.mark.django_db
def test_the_examples_run(company: Department) -> None:
    api = program(department=company)
    ids: dict[str, Any] = {}
    for example in sorted(examples, key=_turn):
        body = json.loads(re.sub(r'"\{(\w+)\}"', lambda m: str(ids[m[1]]), json.dumps(example.body)))
        headers = {name.replace("-", "_"): value for name, value in example.headers.items()}
        answer = api.send(example.method, example.path.format(**ids), body, **headers)
        assert answer.status_code == example.status, f"{example.name}: {answer.content.decode()}"
        made = answer.json()
        assert made.get("failed", 0) == 0, made
        if example.name in ("customer_create", "order_create"):
            ids[example.name.removesuffix("_create")] = made["id"]
        assert set(_documented(example)) <= set(made)


def _turn(example: Any) -> int:
    """Customers and products first: orders name them."""
    return ("orders" in example.path) + ("{" in example.path and "orders" in example.path)


def _documented(example: Any) -> list[str]:
    """The fields that the description says an answer has."""
    said = schema()
    path = re.sub(r"by-external/[^/]+/[^/]+", "by-external/{source}/{external_id}", example.path)
    path = path.replace("{customer}", "{customer_id}").replace("{order}", "{order_id}")
    content = said["paths"][path][example.method]["responses"][str(example.status)]["content"]
    name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    return list(said["components"]["schemas"][name]["required"])


def blocks() -> list[tuple[str, str]]:
    return re.findall(r"```(bash|python)\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_the_guide_runs_as_it_is_pasted(live_server: Any, company: Department) -> None:
    api: Api = program(department=company)
    environment = os.environ | {"KEYSTONE": live_server.url, "KEY": api.token}
    ran = 0
    for language, text in blocks():
        if "export KEY=" in text:
            continue
        command = ["bash", "-ec", text] if language == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran >= 4


def test_the_page_takes_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/v1/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "http" not in re.sub(r"<html[^>]*>", "", text)
    assert "<script>" not in text
    assert "unsafe" not in answer["Content-Security-Policy"]
