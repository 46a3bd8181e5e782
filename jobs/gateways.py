"""The ways out of the house for e-mails: a mail server, or a folder while developing.

A gateway takes one finished e-mail and returns when it was handed over. `Refused` says that trying again is no use.
"""

import re
import smtplib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from crm.lib.registry import Registry

Gateway = Callable[[EmailMultiAlternatives], None]
gateways: Registry[Gateway] = Registry("mail gateways")

_PERMANENT = range(500, 600)


class Refused(Exception):
    """The mail server will never take this e-mail for this address."""


class Unreachable(Exception):
    """The mail server doesn't answer, or wants something of us: whatever waits would meet the same."""


def current() -> Gateway | None:
    """The gateway that is set up; None if e-mails are left out."""
    return gateways.find(settings.MAIL_GATEWAY)


def by_smtp(mail: EmailMultiAlternatives) -> None:
    """Hand an e-mail to the mail server of the settings.

    Raises
    ------
    Refused
        If the server refuses the address for good.
    Unreachable
        If there is no talking to the server at present.
    smtplib.SMTPException
        If the server refuses this e-mail for now.
    """
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend")
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        if code in _PERMANENT:
            raise Refused(f"{code} {_text(reason)}") from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code in _PERMANENT:
            raise Refused(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        raise
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    finally:
        connection.fail_silently = True  # the e-mail's fate is known; how the talk ends doesn't matter
        connection.close()


def into_folder(mail: EmailMultiAlternatives) -> None:
    """Keep an e-mail as a file that mail programs open, named by its Message-ID."""
    folder = Path(settings.MAIL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.@-]", "", mail.extra_headers["Message-ID"])
    part = folder / f".{name}.part"
    part.write_bytes(mail.message().as_bytes())
    part.replace(folder / f"{name}.eml")


def _text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason


gateways.add("smtp", by_smtp)
gateways.add("file", into_folder)
