"""Lines of the log: for people, or with LOG_FORMAT=json one object a line for machines."""

import logging
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(allow=["request_id"]),
    structlog.processors.format_exc_info,
]


class OneLineFormatter(logging.Formatter):
    """What somebody typed can't begin a line of its own; a traceback may."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The message with its line ends and control characters written out."""
        record.message = "".join(
            char if char.isprintable() else char.encode("unicode_escape").decode() for char in record.message
        )
        return super().formatMessage(record)


def json_formatter() -> logging.Formatter:
    """One JSON object a line, traceback included."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
