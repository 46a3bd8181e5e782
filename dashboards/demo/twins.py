"""A few customers that somebody entered twice, so that the search for duplicates has something to say."""

import datetime as dt
import re
from dataclasses import replace
from typing import Final

from dashboards.demo.clients import Client

_EVERY: Final = 160
_FORMS: Final = re.compile(r"(股份有限公司|有限责任公司|有限公司|, Inc\.| GmbH| Ltd\.?| AG| LLC)$")


def twins(clients: list[Client]) -> list[Client]:
    """Second records of some clients: another form of the name, every other one without its tax number."""
    found = []
    for number, client in enumerate(clients[_EVERY // 2 :: _EVERY]):
        core = _FORMS.sub("", client.name)
        if not client.owner or core == client.name:
            continue
        name = f"{core}有限责任公司" if client.country == "CN" else f"{core} Co., Ltd."
        tax_number = client.tax_number if number % 2 else ""
        found.append(
            replace(client, name=name, short_name="", tax_number=tax_number, stage="prospect", parent=None, note="")
        )
    return found


def entered_on(as_of: dt.date) -> dt.date:
    """When they were entered: not long ago."""
    return as_of - dt.timedelta(days=20)
