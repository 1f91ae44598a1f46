"""The rules as DuckDB SQL, written by hand: what one script can do that keeps no account of anything."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.job import Answer, Done, Job, failing
from benchmarks.validating import promises
from governance.engines.duckdb import Engine, literal, open_engine
from governance.settings import Settings

TITLE = "DuckDB SQL by hand"
DELIVERS = "every reason of every row, kept rows as text"


def run(job: Job) -> Done:
    kept, out = job.home / "kept.parquet", job.home / "failing.parquet"
    with open_engine(Settings(home=job.home)) as engine:
        _judge(engine, job.data, job.today, job.home / "read.parquet")
        engine.write("SELECT t.* FROM t ANTI JOIN bad USING (n) ORDER BY n", kept)
        engine.write("SELECT t.*, reasons FROM t JOIN bad USING (n) ORDER BY n", out)
    return lambda: _counted(job, out)


def _judge(engine: Engine, data: Path, today: date, read: Path) -> None:
    engine.write(f"SELECT * FROM read_csv({literal(data)}, all_varchar = true)", read, compression="snappy")
    engine.run(
        f"CREATE VIEW t AS SELECT file_row_number + 1 AS n, * EXCLUDE (file_row_number) "
        f"FROM read_parquet({literal(read)}, file_row_number = true)"
    )
    engine.run("CREATE TEMP TABLE twice AS SELECT customer_id FROM t GROUP BY 1 HAVING count(*) > 1")
    said = ", ".join(f"CASE WHEN {bad} THEN {literal(rule)} END" for rule, bad in checks(today).items())
    engine.run(
        f"CREATE TEMP TABLE bad AS SELECT n, list_filter([{said}], lambda r: r IS NOT NULL) AS reasons FROM ("
        f"SELECT *, {_numbers()}, {_days()} FROM t) WHERE {' OR '.join(checks(today).values())}"
    )


def _numbers() -> str:
    return (
        f"CASE WHEN regexp_full_match(customer_id, {literal(promises.INTEGER)}) THEN "
        "TRY_CAST(customer_id AS BIGINT) END AS id, "
        f"CASE WHEN regexp_full_match(income, {literal(promises.NUMBER)}) THEN TRY_CAST(income AS DOUBLE) END AS money"
    )


def _days() -> str:
    return ", ".join(
        f"CASE WHEN regexp_full_match({name}, {literal(promises.DAY)}) THEN TRY_CAST({name} AS DATE) END AS {name}_day"
        for name in promises.OLDEST
    )


def checks(today: date) -> dict[str, str]:
    """Conditions that are true on the bad row, by name."""
    return {
        **{f"{name} missing": f"{name} IS NULL" for name in promises.REQUIRED},
        "customer_id type": "(customer_id IS NOT NULL AND id IS NULL)",
        "customer_id range": "coalesce(id <= 0, false)",
        "customer_id unique": "coalesce(customer_id IN (FROM twice), false)",
        **{
            f"{name} length": f"coalesce(length({name}) NOT BETWEEN {low} AND {high}, false)"
            for name, (low, high) in promises.LENGTHS.items()
        },
        "email": f"coalesce(NOT regexp_full_match(email, {literal(promises.EMAIL)}) OR length(email) > 254, false)",
        "phone": f"coalesce(NOT regexp_full_match(phone, {literal(promises.PHONE)}), false)",
        **{f"{name} type": f"({name} IS NOT NULL AND {name}_day IS NULL)" for name in promises.OLDEST},
        **{
            f"{name} range": f"coalesce({name}_day NOT BETWEEN DATE '{oldest}' AND DATE '{today}', false)"
            for name, oldest in promises.OLDEST.items()
        },
        "income type": "(income IS NOT NULL AND money IS NULL)",
        "income range": f"coalesce(money NOT BETWEEN 0 AND {promises.MOST_INCOME}, false)",
        "account_status": f"coalesce(account_status NOT IN {promises.STATUSES}, false)",
    }


def _counted(job: Job, out: Path) -> Answer:
    with open_engine(Settings(home=job.home)) as engine:
        found = f"read_parquet({literal(out)})"
        rows = [int(row[0]) for row in engine.rows(f"SELECT n FROM {found}")]
        return failing(rows, reasons=int(engine.value(f"SELECT coalesce(sum(len(reasons)), 0) FROM {found}")))
