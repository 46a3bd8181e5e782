from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"

    def ready(self) -> None:
        from accounts.measures import measures
        from accounts.registry import archive_parts, customer_created, customer_panels
        from accounts.sections import sections
        from jobs.exports.registry import list_exports
        from jobs.registry import event_kinds, night_steps, recomputations, run_kinds
        from segmentation import events, references
        from segmentation.access import TABLE
        from segmentation.exports import EXPORTS
        from segmentation.measures import MEASURES
        from segmentation.panels import PANELS, PRINT, SECTION
        from segmentation.parameters import PARAMETERS
        from segmentation.runs import KINDS, RECOMPUTATION, TIERS
        from segmentation.services import standings
        from users.access import register
        from users.parameters import kinds
        from users.undoing import Belonging, belongings

        register(TABLE)
        references.register()
        sections.add(SECTION.code, SECTION)
        archive_parts.add(PRINT.code, PRINT)
        for label in ("segmentation.standing", "segmentation.tierhistory"):
            belongings.add(label, Belonging(label, "customer_id", "accounts.customer"))
        for one in EXPORTS:
            list_exports.add(one.code, one)
        for panel in PANELS:
            customer_panels.add(panel.code, panel)
        kinds.add(PARAMETERS.code, PARAMETERS)
        for measure in MEASURES:
            measures.add(measure.code, measure)
        customer_created.add("segmentation", standings.make_for)
        for kind in KINDS:
            run_kinds.add(kind.code, kind)
        for event in events.KINDS:
            event_kinds.add(event.code, event)
        night_steps.add(TIERS, 300)
        recomputations.add("segmentation", RECOMPUTATION)
