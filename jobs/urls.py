"""Addresses of this app: runs, schedules, imports, tasks, messages, webhooks, backups."""

from django.urls import path

from jobs.views import backups, exports, imports, mailings, messages, runs, schedules, tasks, undo, webhooks

app_name = "jobs"

urlpatterns = [
    path("runs/", runs.run_list, name="run_list"),
    path("runs/<int:run_id>/", runs.run_detail, name="run_detail"),
    path("runs/<int:run_id>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<int:run_id>/restart/", runs.run_restart, name="run_restart"),
    path("runs/schedules/", schedules.schedule_list, name="schedule_list"),
    path("runs/schedules/<int:schedule_id>/", schedules.schedule_edit, name="schedule_edit"),
    path("runs/schedules/<int:schedule_id>/run/", schedules.schedule_run, name="schedule_run"),
    path("backups/", backups.backup_list, name="backup_list"),
    path("backups/run/", backups.backup_run, name="backup_run"),
    path("webhooks/", webhooks.webhook_list, name="webhook_list"),
    path("webhooks/new/", webhooks.webhook_new, name="webhook_new"),
    path("webhooks/<int:subscription_id>/", webhooks.webhook_detail, name="webhook_detail"),
    path("webhooks/<int:subscription_id>/edit/", webhooks.webhook_edit, name="webhook_edit"),
    path("webhooks/<int:subscription_id>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("webhooks/<int:subscription_id>/delete/", webhooks.webhook_delete, name="webhook_delete"),
    path("webhooks/<int:subscription_id>/replay/", webhooks.webhook_replay_since, name="webhook_replay_since"),
    path("webhooks/deliveries/<int:delivery_id>/replay/", webhooks.delivery_replay, name="delivery_replay"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:import_id>/", imports.import_detail, name="import_detail"),
    path("imports/<int:import_id>/rejected/", imports.import_rejected, name="import_rejected"),
    path("tasks/", tasks.task_list, name="task_list"),
    path("tasks/new/", tasks.task_create, name="task_create"),
    path("tasks/reassign/", tasks.task_reassign, name="task_reassign"),
    path("tasks/colleagues/", tasks.colleague_options, name="colleague_options"),
    path("tasks/<str:act>/", tasks.task_act, name="task_act"),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/new/<str:export_kind>/", exports.export_new, name="export_new"),
    path("exports/<int:export_id>/", exports.export_download, name="export_download"),
    path("undo/<int:change_set_id>/", undo.undo, name="undo"),
    path("notices/", messages.message_list, name="message_list"),
    path("notices/bell/", messages.bell, name="bell"),
    path("notices/latest/", messages.message_latest, name="message_latest"),
    path("notices/read/", messages.message_read, name="message_read"),
    path("notices/e-mails/", mailings.mailing_list, name="mailing_list"),
    path("notices/e-mails/<int:mailing_id>/", mailings.mailing_retry, name="mailing_retry"),
    path("notices/stop/<str:signed>/", mailings.mail_stop, name="mail_stop"),
    path("me/notices/", mailings.notice_settings, name="notice_settings"),
    path("notices/open/<str:signed>/", messages.message_follow, name="message_follow"),
    path("notices/<int:message_id>/", messages.message_open, name="message_open"),
]
