from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks as checks
        from accounts import events, exports, fact_words, history, merging, messages, panels, printing, undo
        from accounts import sections as archive
        from accounts.access import TABLE
        from accounts.api import filters, problems
        from accounts.imports import contacts as import_contacts
        from accounts.imports import customers as import_customers
        from accounts.parameters import ACCESS
        from accounts.queries import reach
        from accounts.registry import archive_parts, customer_panels, erasers
        from accounts.scope import grant_sources, reach_sources
        from accounts.services import access
        from jobs.customers import customer_names
        from jobs.exports.registry import list_exports
        from jobs.imports.registry import import_kinds
        from jobs.messages import templates
        from jobs.registry import event_kinds, event_reach
        from users.access import register
        from users.api import schema
        from users.approvals import approval_kinds
        from users.parameters import kinds
        from users.registry import settings_pages

        register(TABLE)
        settings_pages.add(panels.READS.url_name, panels.READS)
        for part in printing.PARTS:
            archive_parts.add(part.code, part)
        problems.register()
        schema.more_parameters.add("/api/v1/customers", filters.described)
        kinds.add(ACCESS.code, ACCESS)
        approval_kinds.add(access.KIND, access.APPROVAL)
        customer_names.add("accounts", panels.names)
        customer_panels.add(panels.TASKS.code, panels.TASKS)
        customer_panels.add(panels.PROPOSALS.code, panels.PROPOSALS)
        templates.add("fact.proposed", fact_words.proposed)
        templates.add("fact.settled", fact_words.settled)
        erasers.add("jobs", panels.forget)
        history.register()
        merging.register()
        messages.register()
        for section in archive.OWN:
            archive.sections.add(section.code, section)
        reach_sources.add("teams", reach.team_customer_ids)
        grant_sources.add("grants", reach.granted)
        undo.register()
        import_kinds.add(import_customers.KIND.code, import_customers.KIND)
        import_kinds.add(import_contacts.KIND.code, import_contacts.KIND)
        for kind in events.KINDS:
            event_kinds.add(kind.code, kind)
        event_reach.add("accounts", events.within_reach)
        for one in (exports.CUSTOMERS, exports.CONTACTS):
            list_exports.add(one.code, one)
