"""Reading JSON: exact numbers, bounded size and depth, honest Unicode."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers


class TooLarge(exceptions.APIException):
    """The body is larger than the API reads."""

    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        megabytes = settings.API_MAX_BODY_BYTES // 1024**2
        super().__init__(_("The body is larger than %(size)s MB.") % {"size": megabytes})


class JsonParser(parsers.JSONParser):
    """JSON whose numbers with decimals stay exact: 19.99 is a Decimal, never a float."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body as Python values. Raises ParseError and TooLarge."""
        raw = stream.read(settings.API_MAX_BODY_BYTES + 1)
        if len(raw) > settings.API_MAX_BODY_BYTES:
            raise TooLarge
        try:
            data = json.loads(raw.decode(), parse_float=_number, parse_constant=_constant)
            if b"\\u" in raw:
                json.dumps(data, ensure_ascii=False, default=str).encode()
        except UnicodeError:
            raise exceptions.ParseError(_("The body isn't UTF-8, or holds half a character.")) from None
        except RecursionError:
            raise exceptions.ParseError(_("The body is nested too deeply.")) from None
        except ValueError as error:
            raise exceptions.ParseError(_("The body isn't JSON: %(reason)s") % {"reason": error}) from None
        return data


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > 400:
        raise ValueError(f"number out of range: {text[:20]}")
    return number


def _constant(text: str) -> None:
    raise ValueError(f"{text} is no number")
