"""The process that makes a deep report: `python -m governance.deep.child SAMPLE.parquet OUT.html TITLE`.

A process of its own, because the profiler takes seconds to import and keeps what it used; and one that reaches
no network: the analytics of the profiler are switched off by its parent, and a connection is refused here.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any, NoReturn


def main(sample: Path, out: Path, title: str) -> None:
    """Write the report of a Parquet file as one HTML file without parts elsewhere. A scatter plot of each pair
    of numbers is left out: it would be most of the time and of the file."""
    shut_network()
    import pandas
    from data_profiling import ProfileReport

    table = pandas.read_parquet(sample)
    wide = len(table.columns) > WIDE
    report = ProfileReport(table, title=title, minimal=wide, progress_bar=False, interactions=None)
    report.config.html.inline = True
    report.config.html.navbar_show = True
    report.to_file(out, silent=True)


WIDE = 60
"""With more columns the pairwise parts are left out: they grow with the square."""


def shut_network() -> None:
    """Refuse every connection that is not to this machine's own files."""

    def refuse(*_: Any) -> NoReturn:
        raise OSError("the deep report reaches no network")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    setattr(socket, "getaddrinfo", refuse)  # noqa: B010 - mypy knows its type


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
