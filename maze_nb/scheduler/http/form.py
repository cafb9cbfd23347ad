"""The one file in a form, as it arrives."""

from __future__ import annotations

from email.message import Message
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from maze_nb.scheduler.http.refusal import RefusedError

FIELD = "file"
_LONGEST_HEADER = 16_384


class Began(NamedTuple):
    """The file begins; ``name`` is what its sender calls it."""

    name: str


class FormFile:
    """Takes a form in pieces and gives the content of its one file.

    Parameters
    ----------
    content_type
        The header of the request.

    Raises
    ------
    RefusedError
        If it is no form with files.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= 256:
            raise RefusedError(400, "the form has no boundary: see Content-Type")
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part,
                "on_header_field": self._field,
                "on_header_value": self._value,
                "on_header_end": self._header,
                "on_headers_finished": self._begin,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )
        self._headers: Message = Message()
        self._key, self._text, self._size = b"", b"", 0
        self._found: list[Began | bytes] = []
        self._has_file = False
        self._is_whole = False

    def feed(self, data: bytes) -> list[Began | bytes]:
        """Take a piece of the body; return what of the file is in it.

        Raises
        ------
        RefusedError
            If it makes no sense.
        """
        self._found = []
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise RefusedError(400, f"the form cannot be read: {error}") from error
        return self._found

    def end(self) -> None:
        """Hear that all has come.

        Raises
        ------
        RefusedError
            If the form has no end, or no file.
        """
        if not self._is_whole or not self._has_file:
            what = "has no end" if self._has_file else f"has no file named {FIELD!r}"
            raise RefusedError(400, f"the form {what}: see curl -F {FIELD}=@path")

    def _part(self) -> None:
        self._headers, self._key, self._text, self._size = Message(), b"", b"", 0

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._key += self._counted(data[start:end])

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._text += self._counted(data[start:end])

    def _counted(self, data: bytes) -> bytes:
        self._size += len(data)
        if self._size > _LONGEST_HEADER:
            raise RefusedError(400, "the form has headers that are too long")
        return data

    def _header(self) -> None:
        self._headers[self._key.decode("latin-1").lower()] = self._text.decode("latin-1")
        self._key = self._text = b""

    def _begin(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        if options.get(b"name") != FIELD.encode() or self._has_file:
            raise RefusedError(400, f"the form has to have one field, a file named {FIELD!r}")
        self._has_file = True
        name = options.get(b"filename", b"").decode("utf-8", "surrogateescape")
        self._found.append(Began(name))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._found.append(data[start:end])

    def _end(self) -> None:
        self._is_whole = True
