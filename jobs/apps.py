from django.apps import AppConfig
from django.db import IntegrityError
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import (  # noqa: F401 - the checks register themselves
            access,
            backup_runs,
            checks,
            files,
            messages,
            pages,
            task_wording,
        )
        from jobs.constants import NIGHT
        from jobs.parameters import MESSAGES
        from jobs.registry import RunKind, night_steps, run_kinds
        from jobs.services import approval_notices, imports, night, old_files, security_notices, tidying
        from jobs.tasks_registry import task_kinds
        from users.access import register
        from users.parameters import kinds
        from users.registry import settings_pages
        from users.roles import Permission

        register(access.TABLE)
        kinds.add(MESSAGES.code, MESSAGES)
        for told in messages.KINDS:
            messages.message_kinds.add(told.code, told)
        messages.templates.add("run.done", messages.run_done)
        messages.templates.add("run.failed", messages.run_failed)
        messages.templates.add("task.given", messages.task_given)
        task_kinds.add(task_wording.WRITTEN.code, task_wording.WRITTEN)
        approval_notices.register()
        security_notices.register()
        messages.templates.add("webhook.parked", messages.webhook_parked)
        messages.templates.add("webhook.gone", messages.webhook_gone)
        messages.templates.add("backup.failed", messages.backup_failed)
        messages.templates.add("backup.stale", messages.backup_stale)
        run_kinds.add(backup_runs.BACKUP, backup_runs.KIND)
        for page in pages.SETTINGS:
            settings_pages.add(page.url_name, page)
        # Translators: 夜间批次 (the chain of computations each night)
        label = _("Night run")
        permission = Permission.PARAMETER_EDIT
        run_kinds.add(NIGHT, RunKind(NIGHT, label, night.work, summary=night.summary, permission=permission))
        # Translators: 清理
        tidy = RunKind(tidying.KIND, _("Tidying up"), tidying.work, summary=tidying.summary, permission=permission)
        run_kinds.add(tidying.KIND, tidy)
        night_steps.add(tidying.KIND, 900)
        for code, label, work, words in (
            # Translators: 导入
            (imports.WRITE, _("Import"), imports.write, imports.summary),
            # Translators: 导入检查 (a dry run)
            (imports.CHECK, _("Check of an import"), imports.dry_run, imports.check_summary),
        ):
            kind = RunKind(
                code,
                label,
                work,
                words,
                imports.result_url,
                # Somebody entered the same number or code at this moment: the next try finds it.
                retry_on=(IntegrityError,),
                permission=Permission.IMPORT_RUN,
            )
            run_kinds.add(code, kind)
        files.register()
        post_migrate.connect(night.keep_schedule, sender=self)
        post_migrate.connect(old_files.keep_schedule, sender=self)
        post_migrate.connect(backup_runs.keep_schedule, sender=self)
