"""What can go wrong with runs."""


class ClaimLost(Exception):
    """Another worker has taken the run over; whoever gets this stops without writing."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"run {run_id} was taken over by another worker")
        self.run_id = run_id


class RunFailed(Exception):
    """The run can't be done; its message is for the person who asked for it."""
