"""What the engine would not read, in our words and with the line numbers of the file as it came.

DuckDB 2.0 counts records where it says `line`, starts a record at the blank lines before it, writes one
reject for each column too many, and shows `?` for bytes that are no UTF-8: all of it is put right here.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from governance.engines.duckdb import Engine, literal
from governance.reading.census import lines_of
from governance.reading.dialect import Reading
from governance.reading.encoding import display
from governance.reading.unreadable import CUT, NO_TEXT, TEXT, as_text, wrong_width

RAW = 100_000
"""Lines with bytes that are no text whose bytes are fetched; more than that are shown with `?`."""


class Rejects:
    """The rejects of one scan of a UTF-8 file; `folder` is for what is needed on the way. No more than
    `limit` are recorded: the engine writes a whole line for each field that is missing."""

    def __init__(self, engine: Engine, path: Path, reading: Reading, *, folder: Path, limit: int) -> None:
        self.engine, self.path, self.reading = engine, path, reading
        self.folder, self.limit = folder, limit
        self.eol = reading.grammar.eol
        unique = uuid.uuid4().hex
        self.errors, self.scans, self.found = f"errors_{unique}", f"scans_{unique}", f"found_{unique}"
        self.lines, self.raw = f"lines_{unique}", f"raw_{unique}"

    @property
    def options(self) -> str:
        names = f"rejects_table = {literal(self.errors)}, rejects_scan = {literal(self.scans)}"
        return f"store_rejects = true, rejects_limit = {self.limit}, {names}"

    def misread(self) -> bool:
        """Did the engine stumble over what a plain file has not: open quotes, lines too long?"""
        known = "'MISSING COLUMNS', 'TOO MANY COLUMNS', 'INVALID ENCODING'"
        found = self.engine.value(f"SELECT count(*) FROM {self.errors} WHERE error_type NOT IN ({known})")
        return bool(found)

    def write(self, path: Path) -> int:
        """Write one row a rejected record, `line, reason, text`, in the order of the file; how many."""
        self.engine.run(f"CREATE TEMP TABLE {self.found} AS {self._records()}")
        file = self.folder / f"{self.found}.parquet"
        self.engine.write(f"SELECT position FROM {self.found} ORDER BY position", file)
        positions = pq.read_table(file)
        offsets = positions["position"].to_numpy() - 1
        lines = lines_of(self.path, offsets.astype(np.intp), self.eol)
        self.engine.register(self.lines, positions.append_column("line", pa.array(lines, pa.int64())))
        self.engine.register(self.raw, self._raw_texts())
        return self.engine.write(self._unreadable(), path)

    def drop(self) -> None:
        for table in (self.found, self.errors, self.scans):
            self.engine.run(f"DROP TABLE IF EXISTS {table}")

    def _records(self) -> str:
        """One row a record: its offset, all its reasons, its text as the engine gives it."""
        columns = len(self.reading.columns)
        return f"""
            SELECT line_byte_position AS position, any_value(left(csv_line, {TEXT})) AS text,
                   max(strlen(csv_line)) AS size,
                   string_agg(DISTINCT reason, '; ' ORDER BY reason) AS reason
            FROM (
                SELECT *, CASE error_type
                    WHEN 'MISSING COLUMNS' THEN {literal(wrong_width(0, columns))}
                    WHEN 'TOO MANY COLUMNS' THEN {literal(wrong_width(columns + 1, columns))}
                    WHEN 'INVALID ENCODING' THEN {literal(NO_TEXT + display(self.reading.encoding))}
                    END AS reason
                FROM {self.errors})
            GROUP BY position"""

    def _unreadable(self) -> str:
        ends = "chr(10) || chr(13)"
        before = f"left(f.text, length(f.text) - length(ltrim(f.text, {ends})))"
        blank = f"length({before}) - length(replace({before}, chr({self.eol[0]}), ''))"
        cut = f"CASE WHEN f.size > {TEXT} THEN format({literal(CUT)}, f.size) ELSE '' END"
        return f"""
            SELECT l.line + {blank} AS line, f.reason, coalesce(r.text, trim(f.text, {ends}) || {cut}) AS text
            FROM {self.found} f
            JOIN {self.lines} l ON l.position = f.position
            LEFT JOIN {self.raw} r ON r.position = f.position
            ORDER BY 1"""

    def _raw_texts(self) -> pa.Table:
        """The text of lines that may have bytes that are no UTF-8, from the file itself."""
        sql = (
            f"SELECT position, size FROM {self.found} WHERE contains(text, '?') ORDER BY position LIMIT {RAW}"
        )
        positions, texts = [], []
        with self.path.open("rb") as file:
            for position, size in self.engine.rows(sql):
                file.seek(position - 1)
                positions.append(position)
                texts.append(as_text(file.read(min(size, TEXT)).strip(b"\r\n"), size))
        return pa.table({"position": pa.array(positions, pa.int64()), "text": pa.array(texts, pa.string())})
