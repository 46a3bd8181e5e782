from django.apps import AppConfig


class WorkerTestConfig(AppConfig):
    name = "tests.jobs.worker"
    label = "worker_test"

    def ready(self) -> None:
        from jobs.registry import RunKind, run_kinds
        from tests.jobs.worker import kinds

        run_kinds.add(kinds.CHUNKS, RunKind(kinds.CHUNKS, "Chunks", kinds.in_chunks))
        run_kinds.add(kinds.AT_ONCE, RunKind(kinds.AT_ONCE, "At once", kinds.at_once))
