"""What concerns files that come and go: the runs, parameters and approvals of exports, undo and tidying."""

from django.utils.translation import gettext_lazy as _

from jobs.exports import lists
from jobs.exports.registry import list_exports
from jobs.file_parameters import FILES
from jobs.registry import RunKind, run_kinds
from jobs.services import exports, old_files, undoing
from users.approvals import ApprovalKind, approval_kinds
from users.parameters import kinds
from users.queries import approvers
from users.roles import Permission


def register() -> None:
    """Fill the registries."""
    kinds.add(FILES.code, FILES)
    for one in (lists.TASKS, lists.CHANGES):
        list_exports.add(one.code, one)
    for kind in (
        # Translators: 导出
        RunKind(exports.KIND, _("Export"), exports.work, exports.summary, exports.result_url),
        # Translators: 撤销
        RunKind(undoing.KIND, _("Undo"), undoing.work, undoing.summary, undoing.result_url),
        RunKind(
            old_files.KIND,
            _("Remove old files"),
            old_files.work,
            old_files.summary,
            permission=Permission.PARAMETER_EDIT,
        ),
    ):
        run_kinds.add(kind.code, kind)
    approval_kinds.add(
        exports.APPROVAL,
        ApprovalKind(
            exports.APPROVAL,
            _("Large export"),
            lambda approval: approvers.managers_of(approval.asked_by.department_id, but=approval.asked_by),
            exports.agreed,
            exports.described,
        ),
    )
