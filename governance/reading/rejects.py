"""What the engine would not read, in our words and with the line numbers of the file as it came.

DuckDB 2.0 counts records where it says `line`, starts a record at the blank lines before it, writes one
reject for each column too many, and shows `?` for bytes that are no UTF-8: all of it is put right here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from governance.engines.duckdb import Engine, literal, quote, scan
from governance.reading.census import lines_of
from governance.reading.dialect import Reading
from governance.reading.encoding import display
from governance.reading.unreadable import CUT, NO_TEXT, NOT_CLOSED, TEXT, TOO_LONG, as_text

RAW = 100_000
"""Lines with bytes that are no text whose bytes are fetched; more than that are shown with `?`."""


@dataclass(frozen=True)
class Source:
    """A UTF-8 file the engine can read. `skip` records precede the data, line 1 of the file is
    `first_line` of the original, `records` is what the engine has to account for, `longest` the bytes of
    the longest, `mended` the lines (`line, reason, text`) that were taken out before."""

    path: Path
    newline: str
    skip: int
    first_line: int
    records: int
    longest: int
    mended: Path | None = None


class Rejects:
    """The rejects of one scan of `source`."""

    def __init__(self, engine: Engine, source: Source, reading: Reading, *, folder: Path) -> None:
        self.engine, self.reading, self.folder = engine, reading, folder
        self.path, self.first_line, self.broken = source.path, source.first_line, source.mended
        self.eol = reading.grammar.eol
        self.id = uuid.uuid4().hex
        self.errors, self.scans = f"errors_{self.id}", f"scans_{self.id}"
        self.found, self.lines, self.raw = f"found_{self.id}", f"lines_{self.id}", f"raw_{self.id}"

    @property
    def options(self) -> str:
        return f"rejects_table = {literal(self.errors)}, rejects_scan = {literal(self.scans)}"

    def find(self) -> int:
        """The number of records that were rejected, however many rejects each has."""
        self.engine.run(f"CREATE TEMP TABLE {self.found} AS {self._records()}")
        file = self.folder / f"{self.found}.parquet"
        self.engine.write(f"SELECT position FROM {self.found} ORDER BY position", file)
        positions = pq.read_table(file)
        offsets = positions["position"].to_numpy() - 1
        lines = lines_of(self.path, offsets.astype(np.intp), self.eol) + (self.first_line - 1)
        self.engine.register(self.lines, positions.append_column("line", pa.array(lines, pa.int64())))
        self.engine.register(self.raw, self._raw_texts())
        return int(self.engine.value(f"SELECT count(*) FROM ({self._unreadable()})"))

    def write(self, path: Path) -> int:
        """Write them and the broken lines as `line, reason, text`, in the order of the file."""
        broken = f" UNION ALL SELECT line, reason, text FROM {scan(self.broken)}" if self.broken else ""
        return self.engine.write(f"SELECT * FROM ({self._unreadable()}{broken}) ORDER BY line", path)

    def drop(self) -> None:
        for table in (self.found, self.errors, self.scans):
            self.engine.run(f"DROP TABLE IF EXISTS {quote(table)}")

    def _records(self) -> str:
        """One row a record: its offset, all its reasons, its text as the engine gives it."""
        of, encoding = len(self.reading.columns), literal(NO_TEXT + display(self.reading.encoding))
        fields = "TRY_CAST(regexp_extract(error_message, 'Found: (\\d+)', 1) AS BIGINT)"
        return f"""
            SELECT position, string_agg(reason, '; ' ORDER BY reason) AS reason, any_value(text) AS text,
                   bool_or(error_type = 'INVALID ENCODING') AS bytes, max(size) AS size
            FROM (
                SELECT line_byte_position AS position, error_type, CASE error_type
                    WHEN 'MISSING COLUMNS' THEN 'too few fields: ' || max({fields}) || ' of {of}'
                    WHEN 'TOO MANY COLUMNS' THEN 'too many fields: ' || max({fields}) || ' of {of}'
                    WHEN 'INVALID ENCODING' THEN {encoding}
                    WHEN 'LINE SIZE OVER MAXIMUM' THEN {literal(TOO_LONG)}
                    WHEN 'UNQUOTED VALUE' THEN {literal(NOT_CLOSED)}
                    ELSE lower(error_type::VARCHAR) END AS reason,
                    any_value(left(csv_line, {TEXT})) AS text, max(strlen(csv_line)) AS size
                FROM {self.errors}
                GROUP BY line_byte_position, error_type)
            GROUP BY position"""

    def _unreadable(self) -> str:
        """`line, reason, text`; the records the mender left to be rejected are not counted again."""
        ends = "chr(10) || chr(13)"
        before = f"left(f.text, length(f.text) - length(ltrim(f.text, {ends})))"
        blank = f"length({before}) - length(replace({before}, chr({self.eol[0]}), ''))"
        cut = f"CASE WHEN f.size > {TEXT} THEN format({literal(CUT)}, f.size) ELSE '' END"
        known = f"WHERE line NOT IN (SELECT line FROM {scan(self.broken)})" if self.broken else ""
        return f"""
            SELECT line, reason, text FROM (
                SELECT l.line + {blank} AS line, f.reason,
                       coalesce(r.text, trim(f.text, {ends}) || {cut}) AS text
                FROM {self.found} f
                JOIN {self.lines} l ON l.position = f.position
                LEFT JOIN {self.raw} r ON r.position = f.position
            ) {known}"""

    def _raw_texts(self) -> pa.Table:
        """The text of lines with bytes that are no UTF-8, from the file itself."""
        sql = f"SELECT position, size FROM {self.found} WHERE bytes ORDER BY position LIMIT {RAW}"
        positions, texts = [], []
        with self.path.open("rb") as file:
            for position, size in self.engine.rows(sql):
                file.seek(position - 1)
                positions.append(position)
                texts.append(as_text(file.read(min(size, TEXT)).strip(b"\r\n"), size))
        return pa.table({"position": pa.array(positions, pa.int64()), "text": pa.array(texts, pa.string())})
