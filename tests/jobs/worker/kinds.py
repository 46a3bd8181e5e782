"""Two ways of working: in chunks with a cursor, as an import; from zero, as a computation."""

import time
from typing import Any

from jobs.context import RunContext
from jobs.models import OutboxEvent

CHUNKS, AT_ONCE = "test.chunks", "test.at_once"


def in_chunks(ctx: RunContext) -> dict[str, Any]:
    """Write one event a chunk; go on from the cursor."""
    count = ctx.params["chunks"]
    for number in range(ctx.cursor.get("next", 0), count):
        time.sleep(ctx.params["seconds"])
        with ctx.publish():
            OutboxEvent.objects.create(kind=f"{CHUNKS} {ctx.run.pk}", payload={"n": number})
            ctx.save_cursor({"next": number + 1}, done=number + 1)
    return {"chunks": count, "attempts": ctx.run.attempts}


def at_once(ctx: RunContext) -> dict[str, Any]:
    """Compute for a while, then replace what an earlier try published."""
    count = ctx.params["chunks"]
    for number in range(count):
        time.sleep(ctx.params["seconds"])
        ctx.progress(number + 1, count)
    with ctx.publish():
        OutboxEvent.objects.filter(kind=f"{AT_ONCE} {ctx.run.pk}").delete()
        OutboxEvent.objects.bulk_create(
            OutboxEvent(kind=f"{AT_ONCE} {ctx.run.pk}", payload={"n": number}) for number in range(count)
        )
    return {"chunks": count}
