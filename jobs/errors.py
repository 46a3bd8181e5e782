"""What can go wrong with runs."""


class ClaimLost(Exception):
    """Another worker has taken the run over, or it was cancelled; whoever gets this stops without writing."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"the claim on run {run_id} is lost")
        self.run_id = run_id


class RunFailed(Exception):
    """The run can't be done; its message is for the person who asked for it, in their language."""


class RunBusy(Exception):
    """The run is writing its result at this moment and can't be stopped."""
