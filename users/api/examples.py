"""The examples of the API's document; a test sends each and compares the answers."""

from dataclasses import dataclass, field
from typing import Any

from drf_spectacular.utils import OpenApiExample

from crm.lib.registry import Registry


@dataclass(frozen=True)
class Example:
    """One call as a newcomer would send it, and the status of its answer."""

    name: str
    method: str
    path: str
    body: Any
    status: int
    headers: dict[str, str] = field(default_factory=dict)


examples: Registry[Example] = Registry("examples of the API")


def add(*many: Example) -> None:
    """Add examples; they run in the order they were added."""
    for one in many:
        examples.add(one.name, one)


def of(*names: str) -> list[OpenApiExample]:
    """Examples as they stand beside an operation."""
    return [OpenApiExample(name.replace("_", " "), value=examples.get(name).body, request_only=True) for name in names]
