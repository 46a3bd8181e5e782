"""What is hashed of the change log, and how links hang together. Pure: dictionaries in, hashes out."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

FIRST = "0" * 64


def digest(value: Any) -> str:
    """The SHA-256 of a JSON value, the same whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def payload_hash(header: Mapping[str, Any], change_hashes: Iterable[str]) -> str:
    """The hash of a change set and some of its changes, in the order of their ids."""
    return digest([header, list(change_hashes)])


def link_hash(before: str, position: int, change_set_id: int, upto: int, rows: int, payload: str, at: str) -> str:
    """The hash of a link: it holds the one before, so that none can be changed, taken out, put in or moved alone."""
    return digest([before, position, change_set_id, upto, rows, payload, at])
