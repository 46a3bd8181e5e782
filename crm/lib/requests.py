"""What is known of the request being served, for logs and change sets."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
