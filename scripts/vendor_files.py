"""Copy what the browser is served from node_modules to var/vendor.

The new folder is filled beside the old one and takes its place by rename, so a page asked for
meanwhile never finds half of it. Icons are inlined by a template tag, which reads them here too.
"""

import os
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "var" / "vendor"

# The maps are not served, and hashed file names make a reference to a missing one an error.
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|^//# sourceMappingURL=.*$", re.MULTILINE)

TEXTS = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/css/tabler.min.css",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "@fontsource-variable/inter/index.css": "inter/index.css",
}
FONTS = MODULES / "@fontsource-variable" / "inter"
ICONS = MODULES / "@tabler" / "icons" / "icons" / "outline"


def copy_text(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(SOURCE_MAP.sub("", source.read_text("utf-8")), "utf-8")


def copy_fonts(folder: Path) -> None:
    """Copy only the font files that the style sheet names; the package holds 42 more."""
    style = (FONTS / "index.css").read_text("utf-8")
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for name in re.findall(r"url\(\./files/([\w.-]+)\)", style):
        shutil.copyfile(FONTS / "files" / name, folder / "files" / name)


def replace_folder(new: Path, old: Path) -> None:
    aside = old.with_name(f"{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def main() -> None:
    new = VENDOR.with_name(f"{VENDOR.name}.{os.getpid()}")
    new.mkdir(parents=True)
    for source, target in TEXTS.items():
        copy_text(MODULES / source, new / target)
    copy_fonts(new / "inter")
    shutil.copytree(ICONS, new / "icons" / "outline", copy_function=shutil.copyfile)
    replace_folder(new, VENDOR)


if __name__ == "__main__":
    main()
