"""What this chapter hangs on the floors below for finding duplicates and merging them."""

from accounts import approvals, references
from accounts.parameters import DUPLICATES
from accounts.runs import KINDS
from accounts.services import duplicates
from jobs.registry import night_steps, run_kinds
from users.parameters import kinds


def register() -> None:
    """Fill the registries."""
    references.register()
    approvals.register()
    kinds.add(DUPLICATES.code, DUPLICATES)
    for kind in KINDS:
        run_kinds.add(kind.code, kind)
    night_steps.add(duplicates.KIND, 900)
