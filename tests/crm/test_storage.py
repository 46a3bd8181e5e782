"""In production a script's imports carry the hash of the imported file."""

import re
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile

from crm.storage import StaticFiles


def test_our_scripts_import_only_in_the_form_that_is_rewritten() -> None:
    scripts = Path(settings.BASE_DIR) / "static" / "js"
    for script in scripts.glob("*.js"):
        text = script.read_text("utf-8")
        rewritten = re.findall(r"^import \{[^}]*\} from '\./[\w.-]+';$", text, re.MULTILINE)
        assert len(rewritten) == len(re.findall(r"^import\b", text, re.MULTILINE)), script.name
        assert "import(" not in text, script.name


def test_an_import_leads_to_the_hashed_file(tmp_path: Path) -> None:
    storage = StaticFiles(location=tmp_path, base_url="/static/", manifest_storage=None)
    storage.save("js/dom.js", ContentFile(b"export const $ = 1;\n"))
    storage.save("js/app.js", ContentFile(b"import { $ } from './dom.js';\n"))
    paths = {name: (storage, name) for name in ("js/dom.js", "js/app.js")}
    done = {name: hashed for name, hashed, _ in storage.post_process(paths)}
    assert re.fullmatch(r"js/dom\.\w{12}\.js", done["js/dom.js"])
    app = (tmp_path / done["js/app.js"]).read_text()
    assert app == f"import {{ $ }} from './{Path(done['js/dom.js']).name}';\n"
