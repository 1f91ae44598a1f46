"""Starts each measurement in a process of its own, with the same environment for everyone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.browsing import parcels
from benchmarks.machine import environment
from benchmarks.sample import made
from governance.settings import PROJECT

Said = dict[str, Any]
IMPORTS = 3


class Failed(RuntimeError):
    """A measurement stopped; the last lines of what it said are in the message."""


class Bench:
    """Measures on generated files of one day, kept in one folder as long as this lives."""

    def __init__(self, folder: Path, *, today: date) -> None:
        self.folder, self.today = folder, today

    def measure(self, name: str, rows: int) -> Said:
        """What `name` took for a file of so many rows. Raises Failed."""
        data = self._data(name, rows)
        arguments = [name, str(data), "--rows", str(rows), "--today", self.today.isoformat()]
        said: Said = json.loads(self._run(["-m", "benchmarks.measure", *arguments]).splitlines()[-1])
        said["megabytes"] = data.stat().st_size / 1e6
        return said

    def measure_beside(self, names: list[str], rows: int) -> list[Said]:
        """Several things on one file, with the unit taken before and after; the smaller one counts."""
        before = self.measure("unit", rows)["seconds"]
        found = [self.measure_told(name, rows) for name in names]
        unit = min(before, self.measure("unit", rows)["seconds"])
        return [_in_units(one, unit) for one in found]

    def help_seconds(self) -> tuple[float, float]:
        """Seconds until `python -m governance --help` has ended, and until a Python that does nothing has: the
        least of three, and of a process each."""
        return self._least(["-m", "governance", "--help"]), self._least(["-c", "pass"])

    def measure_told(self, name: str, rows: int) -> Said:
        """The same, and what it took is printed."""
        print(f"{name}, {rows:,} rows …", end=" ", flush=True)
        said = self.measure(name, rows)
        print(said.get("skipped") or f"{said['seconds']:.2f} s", flush=True)
        return said

    def _data(self, name: str, rows: int) -> Path:
        if name.startswith("browsing."):
            return parcels.made(self.folder, rows=rows)
        return made(self.folder, rows=rows, today=self.today)

    def _least(self, arguments: list[str]) -> float:
        times = []
        for _ in range(IMPORTS):
            started = time.perf_counter()
            self._run(arguments)
            times.append(time.perf_counter() - started)
        return min(times)

    def _run(self, arguments: list[str]) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=PROJECT, env=environment(), check=False
        )
        if done.returncode:
            last = "\n".join(done.stderr.splitlines()[-15:])
            raise Failed(f"{' '.join(arguments)} stopped with {done.returncode}:\n{last}")
        return done.stdout


def _in_units(said: Said, unit: float) -> Said:
    """The measurement with its time for all rows, and that in units. Fewer rows than the file has are scaled."""
    if "skipped" in said:
        return said
    whole = said["seconds"] * said["rows"] / said["measured_rows"]
    return said | {"unit": unit, "whole_seconds": whole, "ratio": whole / unit}
