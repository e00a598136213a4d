"""Django, ready, for a bench that runs as a module of its own."""

import statistics
import time
from collections.abc import Callable, Sequence

import django

django.setup()


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one run."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def p50_p95(durations: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    ordered = sorted(durations)
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000
