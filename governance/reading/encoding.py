"""Which characters the bytes stand for. UTF-8 unless the bytes say otherwise; a guess is said to be one.

A byte that its encoding does not know is never replaced: transcoding writes `0xFF` for it, which is no
UTF-8, so that the reader keeps that line as unreadable.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from governance.errors import UnreadableInput
from governance.tables import Frozen

SAMPLE = 1 << 20
EVIDENCE = 2_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAGIC = (
    (rb"\x89PNG\r\n", "a PNG picture"),
    (rb"\xff\xd8\xff", "a JPEG picture"),
    (rb"GIF8[79]a", "a GIF picture"),
    (rb"%PDF-", "a PDF document"),
    (rb"PK\x03\x04(?=.*(?:xl/|\[Content_Types\]))", "an Excel workbook"),
    (rb"PK[\x03\x05\x07][\x04\x06\x08]", "a ZIP archive"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
    (rb"\x1f\x8b\x08", "a gzip archive"),
    (rb"BZh[1-9]1AY", "a bzip2 archive"),
    (rb"\xfd7zXZ\x00", "an xz archive"),
    (rb"\x28\xb5\x2f\xfd", "a zstd archive"),
    (rb"7z\xbc\xaf", "a 7-Zip archive"),
    (rb"PAR1[\x00-\x1f]", "a Parquet file"),
    (rb"SQLite format 3\x00", "an SQLite database"),
)
SCRIPTS = (
    "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
)  # fmt: skip
NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
UNKNOWN = "assay.unknown"


class Encoding(Frozen):
    """`codec` as Python names it, the bytes of the byte order mark, and what is doubtful about it."""

    codec: str
    bom: int = 0
    doubts: tuple[str, ...] = ()


def display(codec: str) -> str:
    """The encoding's name as people write it."""
    return NAMES.get(
        codec, codec.replace("_", "-").replace("cp", "Windows-").upper().replace("WINDOWS", "Windows")
    )


def mark(codec: str) -> int:
    """The bytes of a codec's byte order mark."""
    return next((len(bom) for bom, marked in BOMS if marked == codec), 0)


def detect(path: Path) -> Encoding:
    """The encoding of a file. Raises UnreadableInput for an empty file and for one that is no text."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    refuse_binary(head)
    for bom, codec in BOMS:
        if head.startswith(bom):
            return Encoding(codec=codec, bom=len(bom))
    if wide := _wide(head):
        return Encoding(codec=wide, doubts=("The file has no byte order mark; it looks like UTF-16.",))
    _refuse_control(head)
    return _eight_bit(list(_non_ascii_lines(path)))


def chosen(path: Path, codec: str) -> Encoding:
    """The encoding that a person says, with the mark that the file has of it; UTF-16 and UTF-32 in the order
    of bytes that their mark tells."""
    with path.open("rb") as file:
        head = file.read(4)
    refuse_binary(head)
    for bom, marked in BOMS:
        if head.startswith(bom) and marked[:6] == codec[:6]:
            return Encoding(codec=marked, bom=len(bom))
    return Encoding(codec=codec)


def refuse_binary(head: bytes) -> None:
    """Raise UnreadableInput when the first bytes are those of something else than text."""
    if not head:
        raise UnreadableInput("The file is empty: it has no bytes.", "Check the export, and send it again.")
    for magic, what in MAGIC:
        if re.match(magic, head, re.DOTALL):
            hint = "Save the sheet as CSV first." if "Excel" in what else "Send the table itself as CSV text."
            raise UnreadableInput(f"The file is {what}, not a CSV table.", hint)


def _refuse_control(head: bytes) -> None:
    control = len(head) - len(head.translate(None, bytes(range(9)) + bytes(range(14, 32))))
    if control > len(head) * (0.3 if is_utf8(head) else 0.1):
        raise UnreadableInput(
            "The file is binary: much of it is no text.", "Send the table itself as CSV text."
        )


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte is NUL (Latin text), and the others are not."""
    pairs = len(head) // 2
    even, odd = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if pairs >= 2 and max(even, odd) > 0.4 * pairs and min(even, odd) < 0.05 * pairs:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _non_ascii_lines(path: Path) -> Iterator[bytes]:
    """The first lines of the whole file that hold other bytes than ASCII: the only ones that can tell."""
    found = 0
    rest = b""
    with path.open("rb") as file:
        while found < EVIDENCE and (chunk := file.read(SAMPLE)):
            whole, cut, tail = (rest + chunk).rpartition(b"\n")
            whole, rest = (whole, tail) if cut or len(tail) < 8 * SAMPLE else (tail, b"")
            if whole.isascii():
                continue
            lines = [line for line in whole.split(b"\n") if not line.isascii()]
            found += len(lines)
            yield from lines[:EVIDENCE]
    if rest and not rest.isascii():
        yield rest


def _eight_bit(lines: list[bytes]) -> Encoding:
    broken = sum(not is_utf8(line) for line in lines)
    if not broken:
        return Encoding(codec="utf-8")
    if broken <= len(lines) / 2:
        doubt = "Some lines are not valid UTF-8; they are kept as unreadable."
        return Encoding(codec="utf-8", doubts=(doubt,))
    codec = _legacy(lines[:500])
    return Encoding(codec=codec, doubts=(f"The file is not UTF-8; that it is {display(codec)} is a guess.",))


def is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _legacy(lines: list[bytes]) -> str:
    """Western text has single accented letters in words; where most of a word is not ASCII it is another
    script, and charset-normalizer says which (on Western text it is wrong more often than not)."""
    found = re.findall(rb"[\w\x80-\xff]*[\x80-\xff][\w\x80-\xff]*", b"\n".join(lines))
    words = [word for word in found if len(word) > 2]
    foreign = [word for word in words if re.search(rb"[\x80-\xff]{3}", word)]
    high = sum(len(re.findall(rb"[\x80-\xff]", word)) for word in words)
    if not words or high < sum(map(len, words)) / 2 or len(foreign) < len(words) / 3:
        return "cp1252"
    best = from_bytes(b"\n".join(words), cp_isolation=list(SCRIPTS)).best()
    return best.encoding if best else "cp1252"


def _unknown(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(UNKNOWN, _unknown)


def utf8_chunks(path: Path, encoding: Encoding) -> Iterator[bytes]:
    """The file as UTF-8, without its mark, `0xFF` for what the encoding does not know."""
    decoder = codecs.getincrementaldecoder(encoding.codec)(UNKNOWN)
    with path.open("rb") as file:
        file.seek(encoding.bom)
        while chunk := file.read(SAMPLE):
            yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def utf8_sample(path: Path, encoding: Encoding) -> bytes:
    """The first mebibyte as UTF-8; bad bytes of a UTF-8 file stay as they are."""
    if encoding.codec == "utf-8":
        with path.open("rb") as file:
            file.seek(encoding.bom)
            return file.read(SAMPLE)
    return next(utf8_chunks(path, encoding), b"")
