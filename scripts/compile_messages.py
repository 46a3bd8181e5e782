"""Compile the translations (.po) that are newer than what was made from them (.mo).

polib instead of GNU gettext: set-up must not need a program that the machine may lack.
"""

import os
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent


def compile_catalogue(source: Path) -> None:
    """Write the .mo beside the .po, by rename, unless it is up to date."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    partial = source.with_suffix(f".mo.{os.getpid()}")
    polib.pofile(str(source), check_for_duplicates=True).save_as_mofile(str(partial))
    partial.replace(target)


def main() -> None:
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        try:
            compile_catalogue(source)
        except (OSError, ValueError) as error:
            sys.exit(f"{source.relative_to(ROOT)}: {error}")


if __name__ == "__main__":
    main()
