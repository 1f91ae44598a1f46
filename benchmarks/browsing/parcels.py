"""The run that is looked at: one row in five fails, in twenty signatures, and half of those rows in one of them."""

from __future__ import annotations

from pathlib import Path

from governance.engines.duckdb import literal, open_engine
from governance.settings import Settings

COLUMNS = 10
LARGEST = "code_0: wrong form"
"""What the largest signature's title begins with: one row in ten, which a ready-made repair mends."""

COLUMN = """
      - name: code_{n}
        logicalType: string
        required: true
        logicalTypeOptions: {{ pattern: "[a-z]{{2}}[0-9]{{3}}" }}
        customProperties: [{{ property: patternLabel, value: "two letters and three digits" }}]"""
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: parcels
name: Parcels
version: 1.0.0
status: active
schema:
  - name: parcels
    logicalType: object
    physicalType: table
    properties:{columns}
    customProperties:
      - property: thresholds
        value:
          - {{ metric: accuracy, mustBeGreaterOrEqualTo: 98, unit: percent, severity: high }}
""".format(columns="".join(COLUMN.format(n=n) for n in range(COLUMNS)))


def made(folder: Path, *, rows: int) -> Path:
    """The file of so many rows, made if it is not there. Of each 200 rows, 20 have an extension in their first
    column and 20 one of nineteen other faults: a value that is missing or has an extension, one a row."""
    out = folder / f"parcels-{rows}.csv"
    if not out.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with open_engine(Settings(home=folder)) as engine:
            engine.run(f"COPY ({_query(rows)}) TO {literal(out)} (HEADER)")
    return out


def _query(rows: int) -> str:
    fault = "CASE WHEN range % 200 < 20 THEN 0 WHEN range % 200 < 40 THEN 1 + range % 200 % 20 % 19 END"
    cells = ", ".join(_cell(n) for n in range(COLUMNS))
    return f"SELECT {cells} FROM (SELECT range, {fault} AS fault FROM range({int(rows)}))"


def _cell(n: int) -> str:
    good = f"format('{'abcdefghij'[n]}x{{:03d}}', (range * 7919) % 1000)"
    return f"CASE fault WHEN {2 * n} THEN {good} || ' x12' WHEN {2 * n + 1} THEN NULL ELSE {good} END AS code_{n}"
