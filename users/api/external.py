"""External ids as they stand in an address."""

from django.utils.translation import gettext as _

from users.api.problems import Problem, parameter_fault

_MOST = {"source": 40, "external_id": 120}


def clean(source: str, external_id: str) -> dict[str, str]:
    """Source and external id. Raises Problem for empty ones, too long ones, and characters that can't be stored."""
    given = {"source": source.strip(), "external_id": external_id.strip()}
    faults = []
    for name, value in given.items():
        if not 1 <= len(value) <= _MOST[name]:
            text = _("From 1 to %(most)s characters.") % {"most": _MOST[name]}
            faults.append(parameter_fault(name, text))
        elif not value.isprintable() or (not value.isascii() and not _is_text(value)):
            faults.append(parameter_fault(name, _("This has a character that can't be stored.")))
    if faults:
        raise Problem("invalid", errors=faults)
    return given


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
