"""What is known of the request being served, for logs and change sets."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

# Whether a program is served, and not a page: the change log says so of what is written meanwhile.
is_program: ContextVar[bool] = ContextVar("is_program", default=False)
