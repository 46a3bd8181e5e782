"""What is sent: the body of an event and its signature after Standard Webhooks (standardwebhooks.com)."""

import base64
import datetime as dt
import json
import secrets
from collections.abc import Iterable
from uuid import UUID

from standardwebhooks import Webhook

from jobs.models import OutboxEvent

PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh secret of 32 random bytes, as receivers paste it into their library."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def message_id(uid: UUID) -> str:
    """The id that an event has in each of its deliveries; receivers keep it to know doubles."""
    return f"evt_{uid.hex}"


def body(event: OutboxEvent) -> bytes:
    """An event as it is sent, the same bytes at each try."""
    told = {
        "id": message_id(event.uid),
        "type": event.kind,
        "timestamp": event.created_at.astimezone(dt.UTC).isoformat(),
        "sequence": event.pk,
        "data": event.payload,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers(
    event: OutboxEvent, content: bytes, keys: Iterable[str], *, at: dt.datetime, attempt: int
) -> dict[str, str]:
    """The headers of one try, with one signature for each secret."""
    name = message_id(event.uid)
    signatures = [Webhook(key).sign(name, at.astimezone(dt.UTC), content.decode()) for key in keys]
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "Keystone-Webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "webhook-attempt": str(attempt),
    }
