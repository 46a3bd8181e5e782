"""What can be set about files that come and go."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from users.parameters import ParameterKind, parameter


@dataclass(frozen=True)
class FileRules:
    """How long files are kept, and from how many rows on an export is a run or needs somebody's agreement."""

    import_days: int = parameter(
        30,
        _("Keep imported files"),
        help=_("With their files of rejected rows; what they brought in stays."),
        low=1,
        high=3_650,
        unit=_("days"),
    )
    export_days: int = parameter(
        7, _("Keep exported files"), help=_("Afterwards the list is exported anew."), low=1, high=365, unit=_("days")
    )
    export_at_once_rows: int = parameter(
        5_000,
        _("Send exports at once up to"),
        help=_("Larger ones are made in the background."),
        low=0,
        high=100_000,
        unit=_("rows"),
    )
    export_free_rows: int | None = parameter(
        20_000,
        _("Exports need agreement above, within a day"),
        help=_("What one person exports within 24 hours counts together. Left empty: never."),
        low=0,
        high=100_000_000,
        unit=_("rows"),
    )


# Translators: 文件
FILES = ParameterKind("jobs.files", _("Files in and out"), FileRules)
