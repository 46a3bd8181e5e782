"""The permission table of this app."""

from users.access import OPEN, SIGNED_IN, Caller, Rule
from users.roles import Permission

TABLE: dict[str, Rule] = {
    "jobs:run_list": Rule(Caller.SIGNED_IN),
    "jobs:run_detail": Rule(Caller.SIGNED_IN),
    "jobs:run_cancel": SIGNED_IN,
    "jobs:run_restart": SIGNED_IN,
    "jobs:import_list": Rule(Permission.IMPORT_RUN),
    "jobs:import_new": Rule(Permission.IMPORT_RUN, Permission.IMPORT_RUN),
    "jobs:import_detail": Rule(Permission.IMPORT_RUN, Permission.IMPORT_RUN),
    "jobs:import_rejected": Rule(Permission.IMPORT_RUN),
    "jobs:task_list": Rule(Caller.SIGNED_IN),
    "jobs:task_create": SIGNED_IN,
    "jobs:task_act": SIGNED_IN,
    "jobs:task_reassign": SIGNED_IN,
    "jobs:colleague_options": Rule(Caller.SIGNED_IN),
    "jobs:undo": SIGNED_IN,
    "jobs:bell": Rule(Caller.SIGNED_IN),
    "jobs:message_latest": Rule(Caller.SIGNED_IN),
    "jobs:message_list": Rule(Caller.SIGNED_IN),
    "jobs:message_open": Rule(Caller.SIGNED_IN),
    "jobs:message_read": SIGNED_IN,
    "jobs:webhook_list": Rule(Permission.WEBHOOK_EDIT),
    "jobs:webhook_new": Rule(Permission.WEBHOOK_EDIT, Permission.WEBHOOK_EDIT),
    "jobs:webhook_detail": Rule(Permission.WEBHOOK_EDIT),
    "jobs:webhook_edit": Rule(Permission.WEBHOOK_EDIT, Permission.WEBHOOK_EDIT),
    "jobs:webhook_secret": Rule(Permission.WEBHOOK_EDIT, Permission.WEBHOOK_EDIT),
    "jobs:webhook_delete": Rule(Permission.WEBHOOK_EDIT, Permission.WEBHOOK_EDIT),
    "jobs:webhook_replay_since": Rule(Permission.WEBHOOK_EDIT, Permission.WEBHOOK_EDIT),
    "jobs:delivery_replay": Rule(Permission.WEBHOOK_EDIT, Permission.WEBHOOK_EDIT),
    "jobs:notice_settings": SIGNED_IN,
    # Its address is signed for one person and purpose, and works from a mail program.
    "jobs:mail_stop": OPEN,
    "jobs:mailing_list": Rule(Permission.RUN_VIEW_ALL),
    "jobs:mailing_retry": Rule(Permission.RUN_VIEW_ALL, Permission.RUN_VIEW_ALL),
    "jobs:schedule_list": Rule(Permission.PARAMETER_EDIT),
    "jobs:schedule_edit": Rule(Permission.PARAMETER_EDIT, Permission.PARAMETER_EDIT),
    "jobs:schedule_run": Rule(Permission.PARAMETER_EDIT, Permission.PARAMETER_EDIT),
}
