"""Stage 15: only masked tables leave, under names that do not change when it is done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto import mock_aws
from release_facts import facts

from governance.bench import Bench, open_bench
from governance.errors import EngineFault, TerminalFault, TransientFault
from governance.settings import Settings
from governance.stages.upload import Uploaded, upload, upload_reports
from governance.tables import MaskedQuarantine, MaskedTable
from storage import objects

STAMP = "customers_20260301T093000Z_v3"
KEYS = {
    "masked": f"dq/masked/customers/{STAMP}.parquet",
    "cleaned": f"dq/cleaned/customers/{STAMP}.csv",
    "quarantine": f"dq/quarantine/customers/{STAMP}.parquet",
    "html": f"dq/reports/customers/{STAMP}.html",
}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lake")
        yield client


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(
        Settings(home=tmp_path / "home", s3_bucket="lake", s3_prefix="dq", s3_region="us-east-1")
    )


@pytest.fixture
def tables(tmp_path: Path) -> tuple[MaskedTable, MaskedQuarantine]:
    masked = pa.table({"id": [1, 2], "name": ["=SUM(A1)", None], "balance": [-5.0, 2.5]})
    held = pa.table({"id": ["x"], "reasons": [["id-integer"]]})
    pq.write_table(masked, tmp_path / "m.parquet")
    pq.write_table(held, tmp_path / "q.parquet")
    return (
        MaskedTable(name="m", path=tmp_path / "m.parquet", rows=2, columns=("id", "name", "balance")),
        MaskedQuarantine(name="q", path=tmp_path / "q.parquet", rows=1, columns=("id", "reasons")),
    )


Tables = tuple[MaskedTable, MaskedQuarantine]


def listing(s3: Any) -> dict[str, Any]:
    return {found["Key"]: found["LastModified"] for found in s3.list_objects_v2(Bucket="lake")["Contents"]}


def test_without_a_bucket_nothing_is_uploaded(tmp_path: Path, tables: Tables) -> None:
    done = upload(open_bench(Settings(home=tmp_path / "home", s3_bucket="")), *tables, facts=facts())
    assert done.skipped
    assert done.summary == "S3 is not configured: nothing uploaded"
    assert done.objects == ()


def test_everything_that_may_leave_is_there(s3: Any, bench: Bench, tables: Tables, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("<!doctype html>")
    done = upload(bench, *tables, facts=facts(), reports=(page,))
    assert set(listing(s3)) == set(KEYS.values())
    assert [one.url for one in done.objects] == [f"s3://lake/{key}" for key in KEYS.values()]
    assert (done.summary, done.rows_out, done.skipped) == ("4 objects in s3://lake", 2, False)
    assert Uploaded.model_validate_json(done.model_dump_json()) == done


def test_csv_is_harmless_and_typed(s3: Any, bench: Bench, tables: Tables) -> None:
    upload(bench, *tables, facts=facts())
    found = s3.get_object(Bucket="lake", Key=KEYS["cleaned"])
    assert found["Body"].read().decode() == 'id,"name",balance\n1,"\'=SUM(A1)",-5.0\n2,,2.5\n'
    assert found["ContentType"] == "text/csv; charset=utf-8"
    assert not list((bench.settings.root / "spill").iterdir()), "nothing is left lying about"


def test_doing_it_again_sends_nothing(
    s3: Any, bench: Bench, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = upload(bench, *tables, facts=facts())

    def refuse(*_: Any) -> None:
        raise AssertionError("sent twice")

    monkeypatch.setattr("boto3.s3.inject.upload_fileobj", refuse)
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", _only_looking(monkeypatch))
    assert upload(bench, *tables, facts=facts()) == first


def _only_looking(_: pytest.MonkeyPatch) -> Any:
    from botocore.client import BaseClient

    call = BaseClient._make_api_call

    def looking(self: Any, operation: str, arguments: Any) -> Any:
        assert operation == "HeadObject", f"{operation} is not looking"
        return call(self, operation, arguments)

    return looking


def test_the_final_report_replaces_the_first(s3: Any, bench: Bench, tables: Tables, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("first")
    upload(bench, *tables, facts=facts(), reports=(page,))
    page.write_text("final")
    assert len(upload_reports(bench, (page,), facts=facts()).objects) == 1
    assert s3.get_object(Bucket="lake", Key=KEYS["html"])["Body"].read() == b"final"


def test_a_hostile_dataset_name_stays_in_its_folder(s3: Any, bench: Bench, tables: Tables) -> None:
    upload(bench, *tables, facts=facts(dataset="../../etc"))
    assert all(key.startswith("dq/") and ".." not in key for key in listing(s3))


def test_a_draft_is_never_uploaded(s3: Any, bench: Bench, tables: Tables) -> None:
    with pytest.raises(TerminalFault, match="Only what has been published"):
        upload(bench, *tables, facts=facts(version=None, published_at=""))
    assert "Contents" not in s3.list_objects_v2(Bucket="lake")


@pytest.mark.parametrize(("transient", "kind"), [(True, TransientFault), (False, TerminalFault)])
def test_a_store_that_fails_says_whether_to_try_again(
    s3: Any,
    bench: Bench,
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
    *,
    transient: bool,
    kind: type[EngineFault],
) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise objects.ObjectStoreFault("s3://lake: the store answered SlowDown.", transient=transient)

    monkeypatch.setattr(objects.ObjectStore, "put", broken)
    with pytest.raises(kind, match="GOVERNANCE_S3"):
        upload(bench, *tables, facts=facts())
