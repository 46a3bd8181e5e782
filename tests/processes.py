"""What another process needs to work on the test's own database."""

import os
from urllib.parse import urlsplit, urlunsplit

from django.db import connection


def environment() -> dict[str, str]:
    """This environment, with the test's database in place of the one the tests were started on."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return os.environ | {"DATABASE_URL": urlunsplit(given._replace(path=f"/{connection.settings_dict['NAME']}"))}
