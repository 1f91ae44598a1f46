"""Object stores, against moto in this process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws
from tenacity import stop_after_attempt, wait_none

from storage.objects import ObjectMissing, ObjectStore, ObjectStoreFault, list_objects, open_object
from storage.vault import Vault

REGION = "us-east-1"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(ObjectStore, "retries", {"stop": stop_after_attempt(3), "wait": wait_none()})
    with mock_aws():
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket="lake")
        yield client


@pytest.fixture
def store(s3: Any) -> ObjectStore:
    return ObjectStore("lake", prefix="/assay/", region=REGION)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n1,Ana Example\n")
    return path


def failing(monkeypatch: pytest.MonkeyPatch, store: ObjectStore, errors: list[Exception]) -> list[str]:
    """Let the first sends fail with these errors; returns the list of keys that were sent."""
    send, sent = store.client.upload_fileobj, []

    def attempt(stream: Any, bucket: str, key: str, **rest: Any) -> None:
        sent.append(key)
        if errors:
            raise errors.pop(0)
        send(stream, bucket, key, **rest)

    monkeypatch.setattr(store.client, "upload_fileobj", attempt)
    return sent


def answer(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")


def test_a_file_is_put_with_its_digest_and_type(s3: Any, store: ObjectStore, file: Path) -> None:
    assert store.put(file, "masked/a.csv", content_type="text/csv") == "s3://lake/assay/masked/a.csv"
    head = s3.head_object(Bucket="lake", Key="assay/masked/a.csv")
    assert head["Metadata"] == {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    assert head["ContentType"] == "text/csv"


def test_the_same_content_is_not_sent_twice(
    monkeypatch: pytest.MonkeyPatch, store: ObjectStore, file: Path
) -> None:
    sent = failing(monkeypatch, store, [])
    for _ in range(3):
        store.put(file, "a.csv", content_type="text/csv")
    assert len(sent) == 1
    file.write_bytes(b"other")
    store.put(file, "a.csv", content_type="text/csv")
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("error", "tries", "transient"),
    [
        pytest.param(answer("SlowDown", 503), 3, True, id="busy"),
        pytest.param(answer("InternalError", 500), 3, True, id="their fault"),
        pytest.param(EndpointConnectionError(endpoint_url="http://x"), 3, True, id="no connection"),
        pytest.param(ReadTimeoutError(endpoint_url="http://x"), 3, True, id="no answer"),
        pytest.param(answer("AccessDenied", 403), 1, False, id="denied"),
        pytest.param(answer("EntityTooLarge", 400), 1, False, id="bad request"),
    ],
)
def test_only_transient_faults_are_tried_again(
    monkeypatch: pytest.MonkeyPatch,
    store: ObjectStore,
    file: Path,
    *,
    error: Exception,
    tries: int,
    transient: bool,
) -> None:
    sent = failing(monkeypatch, store, [error] * 9)
    with pytest.raises(ObjectStoreFault) as fault:
        store.put(file, "a.csv", content_type="text/csv")
    assert (len(sent), fault.value.transient) == (tries, transient)


def test_a_passing_fault_is_survived(monkeypatch: pytest.MonkeyPatch, store: ObjectStore, file: Path) -> None:
    sent = failing(monkeypatch, store, [answer("SlowDown", 503)] * 2)
    store.put(file, "a.csv", content_type="text/csv")
    assert len(sent) == 3


def test_who_may_write_but_not_look_still_puts(
    monkeypatch: pytest.MonkeyPatch, s3: Any, store: ObjectStore, file: Path
) -> None:
    def denied(**_: Any) -> None:
        raise answer("403", 403)

    monkeypatch.setattr(store.client, "head_object", denied)
    store.put(file, "a.csv", content_type="text/csv")
    assert s3.head_object(Bucket="lake", Key="assay/a.csv")["ContentLength"] == file.stat().st_size


def test_a_bucket_that_is_not_there(s3: Any, file: Path) -> None:
    with pytest.raises(ObjectMissing, match="no such bucket"):
        ObjectStore("nowhere", region=REGION).put(file, "a.csv", content_type="text/csv")


def test_an_object_is_streamed_into_the_vault(s3: Any, tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000
    s3.put_object(Bucket="lake", Key="in/ünï code.csv", Body=data)
    with open_object("s3://lake/in/ünï code.csv", endpoint="", region=REGION) as stream:
        assert stream.read(10) == data[:10]
        digest, path = Vault(tmp_path / "vault").keep_bytes(stream)
    assert path.read_bytes() == data[10:]
    assert digest == hashlib.sha256(data[10:]).hexdigest()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("s3://lake/none.csv", "no such object", id="key"),
        pytest.param("s3://nowhere/a.csv", "no such bucket", id="bucket"),
        pytest.param("s3://lake", "of the form", id="no key"),
        pytest.param("s3:///a.csv", "of the form", id="no bucket name"),
        pytest.param("https://lake/a.csv", "of the form", id="other scheme"),
    ],
)
def test_what_is_not_there(s3: Any, url: str, message: str) -> None:
    with pytest.raises(ObjectMissing, match=message):
        open_object(url, endpoint="", region=REGION)


def test_a_key_with_a_question_mark(s3: Any) -> None:
    s3.put_object(Bucket="lake", Key="a?b=c#d.csv", Body=b"x")
    with open_object("s3://lake/a?b=c#d.csv", endpoint="", region=REGION) as stream:
        assert stream.read() == b"x"


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(ObjectStoreFault, match="credentials") as fault:
        open_object("s3://lake/a.csv", endpoint="", region=REGION)
    assert not fault.value.transient


@pytest.mark.parametrize("endpoint", ["not a url", "http://127.0.0.1:9"], ids=["nonsense", "nobody there"])
def test_an_endpoint_that_does_not_answer(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with pytest.raises(ObjectStoreFault):
        open_object("s3://lake/a.csv", endpoint=endpoint, region=REGION)


def test_a_line_that_breaks_off_is_a_transient_fault(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket="lake", Key="a.csv", Body=b"x" * 100)
    stream = open_object("s3://lake/a.csv", endpoint="", region=REGION)
    monkeypatch.setattr(stream.raw.body, "_content_length", 200)  # type: ignore[attr-defined]
    with pytest.raises(ObjectStoreFault) as fault:
        stream.read()
    assert fault.value.transient


def test_objects_are_listed_by_the_beginning_of_their_address(s3: Any) -> None:
    for key in ("in/b.csv", "in/a.csv", "in/deep/c.csv", "out/d.csv"):
        s3.put_object(Bucket="lake", Key=key, Body=b"x")
    found = list_objects("s3://lake/in/", endpoint="", region=REGION, most=10)
    assert found == ["s3://lake/in/a.csv", "s3://lake/in/b.csv", "s3://lake/in/deep/c.csv"]
    assert len(list_objects("s3://lake/", endpoint="", region=REGION, most=2)) == 3
    assert list_objects("s3://lake/nothing", endpoint="", region=REGION, most=2) == []
    with pytest.raises(ObjectMissing, match="no such bucket"):
        list_objects("s3://pond/in/", endpoint="", region=REGION, most=2)
    with pytest.raises(ObjectMissing, match="not an address"):
        list_objects("s3:///in/", endpoint="", region=REGION, most=2)
