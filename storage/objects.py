"""Object stores that speak S3, by boto3: read a file from one, put files into one.

Credentials come from where boto3 looks for them (environment, profile, instance role); we never hold them.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, TypeVar, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

CHUNK = 1 << 20
MISSING = {"404", "NoSuchKey", "NoSuchBucket"}
BUSY = {"SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "Throttling", "ThrottlingException"}
BROKEN_LINE = (ConnectionError, HTTPClientError, IncompleteReadError)
T = TypeVar("T")


class ObjectError(Exception):
    """An object store said no. The message names bucket and key, never a credential."""


class ObjectMissing(ObjectError):
    """There is no such bucket or key, or the address is not of the form `s3://bucket/key`."""


class ObjectStoreFault(ObjectError):
    """The store cannot be reached, refuses us, or has no credentials to work with."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


def open_object(url: str, *, endpoint: str, region: str) -> BinaryIO:
    """A stream of one object's bytes, read as they come; the caller closes it.

    `endpoint` and `region` may be empty: AWS, and what its configuration says.
    Raises ObjectMissing and ObjectStoreFault, the latter also from `read()` when the line breaks off.
    """
    bucket, key = _split(url)
    body = _asked(lambda: _client(endpoint, region).get_object(Bucket=bucket, Key=key)["Body"], url)
    return cast(BinaryIO, io.BufferedReader(_Body(body, url), CHUNK))


def list_objects(url: str, *, endpoint: str, region: str, most: int) -> list[str]:
    """The addresses of the objects whose address begins with `url`, by name; at most one more than `most`.

    Raises as `open_object` does; a bucket alone (`s3://bucket/`) is an address here.
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise ObjectMissing(f"{url} is not an address of the form s3://bucket/prefix.")

    def ask() -> list[str]:
        pages = (
            _client(endpoint, region).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        )
        keys = (found["Key"] for page in pages for found in page.get("Contents", ()))
        return [f"s3://{bucket}/{key}" for key, _ in zip(keys, range(most + 1), strict=False)]

    return sorted(_asked(ask, url))


class ObjectStore:
    """One bucket, and a folder in it, to put files into."""

    retries: ClassVar[dict[str, Any]] = {
        "stop": stop_after_attempt(4),
        "wait": wait_exponential_jitter(initial=0.5, max=8),
    }

    def __init__(self, bucket: str, *, prefix: str = "", endpoint: str = "", region: str = "") -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self.client = _client(endpoint, region)

    def put(self, path: Path, key: str, *, content_type: str) -> str:
        """Have the file's bytes under that key, and return the object's URL.

        The bytes' SHA-256 is kept in the object's metadata and asked for first, so the same content is
        never sent twice. Transient faults are tried again a few times, with exponential backoff.
        """
        full = f"{self.prefix}/{key}" if self.prefix else key
        url = f"s3://{self.bucket}/{full}"
        digest = _sha256(path)
        again = Retrying(retry=retry_if_exception(is_transient), reraise=True, **self.retries)
        again(_asked, lambda: self._put_once(path, full, digest, content_type), url)
        return url

    def _put_once(self, path: Path, key: str, digest: str, content_type: str) -> None:
        if self._stored_digest(key) == digest:
            return
        about = {"ContentType": content_type, "Metadata": {"sha256": digest}}
        with path.open("rb") as stream:
            self.client.upload_fileobj(stream, self.bucket, key, ExtraArgs=about)

    def _stored_digest(self, key: str) -> str:
        """The SHA-256 noted on the object; empty when there is none, or when we may write but not look."""
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _status(error) in (403, 404):
                return ""
            raise
        return str(head["Metadata"].get("sha256", ""))


class _Body(io.RawIOBase):
    """boto3's stream as a plain binary stream, whose faults are ours."""

    def __init__(self, body: Any, url: str) -> None:
        self.body = body
        self.url = url

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = _asked(lambda: self.body.read(len(buffer)), self.url)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.body.close()
        super().close()


def is_transient(error: BaseException) -> bool:
    return isinstance(error, ObjectStoreFault) and error.transient


def _client(endpoint: str, region: str) -> Any:
    checksums = {"request_checksum_calculation": "when_required"} if endpoint else {}  # older look-alikes
    config = Config(
        connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 2}, **checksums
    )
    try:
        return boto3.client("s3", endpoint_url=endpoint or None, region_name=region or None, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ObjectStoreFault(f"S3 cannot be set up: {error}", transient=False) from error


def _split(url: str) -> tuple[str, str]:
    parts = urlsplit(url, allow_fragments=False)
    key = f"{parts.path.removeprefix('/')}?{parts.query}" if parts.query else parts.path.removeprefix("/")
    if parts.scheme != "s3" or not parts.netloc or not key:
        raise ObjectMissing(f"{url} is not an address of the form s3://bucket/key.")
    return parts.netloc, key


def _asked(ask: Callable[[], T], url: str) -> T:
    """What the store answers; its faults become ours."""
    try:
        return ask()
    except ClientError as error:
        raise _refused(error, url) from error
    except BotoCoreError as error:
        transient = isinstance(error, BROKEN_LINE) and not isinstance(error, SSLError)
        raise ObjectStoreFault(f"{url}: {error}", transient=transient) from error


def _refused(error: ClientError, url: str) -> ObjectError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in MISSING:
        return ObjectMissing(f"{url}: there is no such {'bucket' if code == 'NoSuchBucket' else 'object'}.")
    transient = code in BUSY or _status(error) == 429 or _status(error) >= 500
    return ObjectStoreFault(f"{url}: the store answered {code or _status(error)}.", transient=transient)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
