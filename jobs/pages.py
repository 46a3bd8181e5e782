"""The pages of this app that settings lead to."""

from django.utils.translation import gettext_lazy as _

from users.registry import SettingsPage

SETTINGS = (
    SettingsPage(
        "jobs:webhook_list",
        # Translators: Webhook 推送 (events sent to other systems)
        _("Webhooks"),
        _("Which other systems are told of events, and what they answered."),
        "broadcast",
    ),
    # Translators: 通知方式
    SettingsPage("jobs:notice_settings", _("Notices"), _("In the bell, by e-mail, once a day."), "bell"),
    SettingsPage("jobs:mailing_list", _("Sent e-mails"), _("What was sent, waits, or failed."), "mail"),
    SettingsPage(
        "jobs:backup_list",
        # Translators: 备份
        _("Backups"),
        _("When a copy of everything was last restored for trial."),
        "database-heart",
    ),
)
