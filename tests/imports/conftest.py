"""Files to bring in, and a short way to do it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from jobs import hints
from jobs.imports import doing
from jobs.imports.registry import import_kinds
from jobs.imports.work import Keeper, NoKeeper
from users.models import User

Bring = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    """No broker, and files in a folder of the test's own."""
    monkeypatch.setattr(hints.current_app, "send_task", lambda *_, **__: None)
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a file and get its path."""

    def write(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def bring(file: Callable[..., Path], tmp_path: Path) -> Bring:
    """Bring in a text: its result, with what the file of rejected rows says under `errors`."""

    def do(
        content: str | bytes,
        *,
        kind: str = "orders",
        by: User | None = None,
        dry_run: bool = False,
        columns: dict[str, str] | None = None,
        keeper: Keeper | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        path = file(content)
        chosen = import_kinds.get(kind)
        proposal = doing.propose(chosen, path, encoding=options.get("encoding", "auto"))
        errors = tmp_path / "errors.csv"
        outcome, work = doing.bring_in(
            chosen,
            path,
            columns=proposal.columns | (columns or {}),
            options=proposal.options | options,
            by=by,
            keeper=keeper or NoKeeper(),
            dry_run=dry_run,
            errors_path=errors,
        )
        result = doing.as_result(outcome, work)
        result["errors"] = errors.read_text("utf-8-sig") if errors.exists() else ""
        return result

    return do


HEADER = "Order No,Order date,Customer code,Customer name,Product code,Product name,Quantity,Unit price\n"


def line(number: str = "S1", day: str = "2026-11-02", customer: str = "K1", qty: str = "2", price: str = "10") -> str:
    """One line of an order file with `HEADER`."""
    return f"{number},{day},{customer},Company {customer},P1,Router,{qty},{price}\n"
