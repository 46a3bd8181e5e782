"""A kind of parameters of the tests' own."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from users.parameters import ParameterKind, kinds, parameter


@dataclass(frozen=True)
class Sample:
    """One field of each type."""

    days: int = parameter(30, "Days", low=1, high=90, unit="days")
    most: int = parameter(60, "At most", low=1, high=90)
    share: Decimal = parameter(Decimal("0.80"), "Share", low=Decimal(0), high=Decimal(1))
    basis: str = parameter("sales", "Basis", choices=[("sales", "Net sales"), ("margin", "Margin")])
    strict: bool = parameter(False, "Strict")
    limit: Decimal | None = parameter(None, "Limit", low=Decimal(0))

    def __post_init__(self) -> None:
        if self.most < self.days:
            raise ValueError("most: must not be below the days")


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> ParameterKind:
    kind = ParameterKind("test.sample", "Sample", Sample, "For tests.")
    monkeypatch.setitem(kinds._entries, kind.code, kind)
    return kind
