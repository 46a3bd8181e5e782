"""The cores alone, without a database."""

import numpy as np

from benchmarks.clock import peak_mib, table, timed
from segmentation.core import abc, concentration, curve
from segmentation.core.rules import Rules


def main() -> None:
    rows = []
    for count in (10_000, 100_000, 1_000_000):
        value = np.random.default_rng(1).pareto(1.2, count).__mul__(100_000).astype(np.int64)
        with timed() as sorting:
            np.argsort(value)
        with timed() as classifying:
            found = abc.classify(value, Rules())
        with timed() as rest:
            curve.summarise(value, found)
            concentration.measure(value)
        cells = [sorting.seconds, classifying.seconds, rest.seconds]
        rows.append([f"{count:,}", *(f"{seconds * 1_000:,.0f} ms" for seconds in cells), f"{peak_mib():,.0f} MiB"])
    print(
        table(
            "ABC core",
            ["customers", "bare `argsort`", "classify", "curve and concentration", "peak of the process"],
            rows,
        )
    )
