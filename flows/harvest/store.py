"""Where an archive lies: a folder on this machine, or a bucket of an S3-compatible server; read by the same code.

Files in a folder grow at their end. Objects in a bucket cannot: each batch of captures is an object of its own,
named after its content, so that one name never has two contents and no writer can undo another's work.
"""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from pyarrow import fs

from flows.errors import StoreError, UsageError

PIECE = 1 << 20  # bytes asked of a server at a time
TRIES = 4  # of one request, with growing pauses


@dataclass(frozen=True)
class Bucket:
    """An archive in a bucket: the bucket with the prefix of its objects, and the server where it is not Amazon's."""

    place: str
    endpoint: str = ""

    def __str__(self) -> str:
        """Return the address as a person gives it."""
        return f"s3://{self.place}"

    def path_of(self, name: str) -> str:
        """Return where the object of a name lies."""
        return f"{self.place}/{name}"


Raw = Path | Bucket


def open_raw(address: str) -> Raw:
    """Return the archive that an address means: `s3://bucket/prefix`, or the path of a folder.

    The server of a bucket is Amazon's, or the one that AWS_ENDPOINT_URL names; the keys are those of the
    environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or of Amazon's files.

    >>> str(open_raw("s3://gongkai/raw/"))
    's3://gongkai/raw'
    """
    scheme, sign, place = address.partition("://")
    if not sign:
        return Path(address)
    bucket = place.strip("/")
    if scheme != "s3" or not bucket:
        raise UsageError(
            f"{address}: an archive is a folder or s3://bucket/prefix.",
            f"{address}：存档应为文件夹或 s3://bucket/prefix。",
        )
    return Bucket(bucket, os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", ""))


@lru_cache(maxsize=8)
def connect(endpoint: str) -> fs.S3FileSystem:
    """Return the client of a server; Amazon's own where none is named."""
    retry = fs.AwsStandardS3RetryStrategy(max_attempts=TRIES)
    parts = urlsplit(endpoint)
    return fs.S3FileSystem(
        scheme=parts.scheme or "https",
        endpoint_override=parts.netloc or None,
        retry_strategy=retry,
        connect_timeout=10,
        request_timeout=30,
        allow_delayed_open=True,  # a small object is then written by one request: all of it or nothing
        background_writes=False,
    )


def list_files(raw: Raw) -> dict[str, int]:
    """Return the files of an archive with their sizes, by name; raise StoreError where its bucket does not exist."""
    if isinstance(raw, Path):
        return {path.name: path.stat().st_size for path in sorted(raw.glob("*")) if path.is_file()}
    with asking(raw):
        client = connect(raw.endpoint)
        found = client.get_file_info(fs.FileSelector(raw.place, allow_not_found=True))
        bucket = raw.place.split("/")[0]
        if not found and client.get_file_info(bucket).type == fs.FileType.NotFound:
            raise no_answer(raw, f"there is no bucket '{bucket}'", f"没有名为“{bucket}”的存储桶")
    return {info.base_name: info.size for info in sorted(found, key=lambda info: info.path) if info.is_file}


@contextmanager
def open_file(raw: Raw, name: str) -> Iterator[BinaryIO]:
    """Give a file of an archive, open to be read from any place; raise FileNotFoundError where there is none."""
    if isinstance(raw, Path):
        with (raw / name).open("rb") as file:
            yield file
        return
    with asking(raw), connect(raw.endpoint).open_input_file(raw.path_of(name)) as remote:
        yield io.BufferedReader(remote, PIECE)


def read_file(raw: Raw, name: str) -> bytes:
    """Return all bytes of a file."""
    with open_file(raw, name) as file:
        return file.read()


def read_range(raw: Raw, name: str, begin: int, end: int) -> bytes:
    """Return the bytes of a stretch of a file."""
    with open_file(raw, name) as file:
        file.seek(begin)
        return file.read(end - begin)


def write_object(bucket: Bucket, name: str, content: bytes) -> None:
    """Write a new object, whole or not at all, and read it back; raise StoreError where that does not succeed."""
    with asking(bucket):
        # No compression: by default a name that ends in .gz has what is written compressed once more.
        with connect(bucket.endpoint).open_output_stream(bucket.path_of(name), compression=None) as remote:
            remote.write(content)
        if read_file(bucket, name) != content:
            raise no_answer(bucket, f"{name} is not what was written", f"{name} 与写入的内容不符")


@contextmanager
def asking(bucket: Bucket) -> Iterator[None]:
    """Turn what a server refuses, or does not answer, into StoreError; an object that is not there stays what it is."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        why = " ".join(str(error).split())
        raise no_answer(bucket, why, why) from error


def no_answer(bucket: Bucket, en: str, zh: str) -> StoreError:
    """Return the error for a bucket that cannot be used now."""
    server, server_zh = bucket.endpoint or "Amazon S3", bucket.endpoint or "亚马逊 S3"
    return StoreError(
        f"{bucket} on {server}: {en}. What was archived is safe; mend the access and run again.",
        f"{bucket}（{server_zh}）：{zh}。已存档的内容不受影响；请修正访问后重试。",
    )


def named(files: Mapping[str, int], beginning: str, end: str) -> list[str]:
    """Return the names among files that begin and end so, in their order."""
    return [name for name in sorted(files) if name.startswith(beginning) and name.endswith(end)]
