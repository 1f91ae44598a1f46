"""The machine and the versions that a result was made with; the same two cores for everyone."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CORES = 2
MEMORY_LIMIT = "1GB"
"""DuckDB's limit, in everything of ours."""
NAMED = (
    *("duckdb", "pyarrow", "pandas", "great-expectations", "presidio-analyzer", "spacy", "dbos"),
    "streamlit",
    *("pandera", "polars", "pointblank", "fg-data-profiling"),
)


def environment() -> dict[str, str]:
    """The environment of a measurement: two threads for everyone, and nobody calls home."""
    threads = ("GOVERNANCE_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {
        **os.environ,
        **dict.fromkeys((*threads, "NUMBA_NUM_THREADS", "ARROW_IO_THREADS"), str(CORES)),
        "GOVERNANCE_MEMORY_LIMIT": MEMORY_LIMIT,
        "GX_ANALYTICS_ENABLED": "false",
        "YDATA_PROFILING_NO_ANALYTICS": "1",
    }


def limit_cores() -> None:
    """Keep this process on two cores, where the system can."""
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def peak_megabytes() -> float:
    """The largest resident memory of this process so far. VmHWM, because `getrusage` counts the parent's too."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def described() -> str:
    """CPU, cores, memory and system, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_cpu()}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.machine()}"


def _cpu() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "a processor that does not say its name"


def load_average() -> float:
    """Processes that wanted a core, on average of the last minute."""
    return os.getloadavg()[0]


def versions() -> str:
    """The versions of what was measured and what it stands on."""
    return ", ".join([f"Python {platform.python_version()}", *filter(None, map(_version, NAMED))])


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""
