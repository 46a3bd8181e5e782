"""What one app may use of another: rooms that are public. import-linter holds floors and layers."""

from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent.parent
OWN_ROOMS = {"api", "forms", "management", "migrations", "runs", "urls", "views"}
# Where every app asks for a run; how each puts faults of a service into a form; what the log is filtered by.
FOR_ALL = {"jobs.runs", "users.forms.faults", "users.forms.changes"}
FRAMEWORK = "users.api"  # what every app's API is made of


def foreign_imports(graph: grimp.ImportGraph, apps: list[str]) -> list[str]:
    """List the imports from one app to a room of another that is that one's own."""
    found = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer) - FOR_ALL):
            app, _, inside = imported.partition(".")
            framework = imported.startswith(FRAMEWORK) and importer.split(".")[1] in {"api", "apps"}
            if framework or app not in apps or app == importer.partition(".")[0]:
                continue
            if inside.partition(".")[0] in OWN_ROOMS:
                found.append(f"{importer} -> {imported}")
    return found


def test_views_forms_and_runs_of_an_app_are_its_own() -> None:
    apps = sorted(folder.parent.name for folder in ROOT.glob("*/apps.py") if folder.parent.name != "crm")

    graph = grimp.build_graph(*apps, cache_dir=None)

    assert len(graph.modules) > len(apps)
    assert foreign_imports(graph, apps) == []


def test_import_of_another_apps_view_is_found() -> None:
    graph = grimp.ImportGraph()
    graph.add_import(importer="dashboards.views", imported="users.queries.people")
    graph.add_import(importer="dashboards.views", imported="users.forms.people")
    graph.add_import(importer="users.views", imported="users.forms.people")

    assert foreign_imports(graph, ["dashboards", "users"]) == ["dashboards.views -> users.forms.people"]
