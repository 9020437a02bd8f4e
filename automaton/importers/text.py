"""The bytes of a file, whoever wrote it, as text."""

from __future__ import annotations

import codecs

from automaton.errors import RequestError

# A file of contacts of a town of 100,000 homes is about a tenth of this.
LARGEST = 50_000_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TABLES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def decoded(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    UTF-8 with and without mark, UTF-16 with its mark (Excel's "Unicode text"), else
    Windows-1252, else Latin-1: any byte is a character there, so this order matters.
    `RequestError` says what is not text.
    """
    _refuse_what_is_no_text(content)
    for encoding in (*_marked(content), "utf-8", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, encoding
    raise RequestError("The file is not text: save it as CSV.", error_id="not_text")


def _marked(content: bytes) -> list[str]:
    return [encoding for mark, encoding in _MARKS if content.startswith(mark)]


def _refuse_what_is_no_text(content: bytes) -> None:
    if len(content) > LARGEST:
        raise RequestError(
            f"The file is larger than {LARGEST // 1_000_000} MB: split it.",
            error_id="file_too_large",
        )
    if content.startswith(_TABLES):
        raise RequestError(
            "The file is a workbook, not CSV: save it as CSV.", error_id="not_text"
        )
    if not content.strip():
        raise RequestError("The file is empty.", error_id="file_empty")
