from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "sales"

    def ready(self) -> None:
        from accounts.registry import archive_parts, customer_panels, searches, sparklines
        from accounts.sections import sections
        from jobs.exports.registry import list_exports
        from jobs.imports.registry import import_kinds
        from jobs.registry import event_kinds, night_steps, run_kinds
        from sales import events, exports, history, panels, references, undo
        from sales.access import TABLE
        from sales.api import problems
        from sales.imports import orders, products
        from sales.parameters import LIFE_CYCLE
        from sales.runs import FOLLOW, KINDS
        from sales.services import rollup
        from users.access import register
        from users.parameters import kinds

        register(TABLE)
        problems.register()
        history.register()
        references.register()
        sections.add(panels.SECTION.code, panels.SECTION)
        archive_parts.add(panels.PRINT.code, panels.PRINT)
        undo.register()
        for panel in panels.PANELS:
            customer_panels.add(panel.code, panel)
        sparklines.add(panels.TREND.code, panels.TREND)
        searches.add(panels.FINDER.code, panels.FINDER)
        kinds.add(LIFE_CYCLE.code, LIFE_CYCLE)
        for kind in KINDS:
            run_kinds.add(kind.code, kind)
        for event in events.KINDS:
            event_kinds.add(event.code, event)
        for one in (exports.ORDERS, exports.LINES, exports.PRODUCTS):
            list_exports.add(one.code, one)
        import_kinds.add(products.KIND.code, products.KIND)
        import_kinds.add(orders.KIND.code, orders.KIND)
        night_steps.add(rollup.KIND, 100)
        night_steps.add(FOLLOW, 200)
