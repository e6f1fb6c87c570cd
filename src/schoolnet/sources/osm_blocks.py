"""Look through the blocks of a PBF before the reading library does, which trusts what it is given.

To the library a file that ends between two blocks is whole, and a zero byte inside a name ends the whole program
without a word. So the frame of each block and its strings are checked first; it takes a few hundredths of the reading.

Source: the OpenStreetMap wiki, “PBF Format”.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_HEADER, _MOST_BLOCK = 64 * 1024, 32 * 1024 * 1024  # bytes, as the format says
_PIECE, _MOST_TEXT = 1024 * 1024, 2 * 1024**3  # bytes of a map in XML, read at once and unpacked
_LENGTH = 4  # bytes before each block
_KIND, _SIZE = 1, 3  # fields of the header of a block
_RAW, _ZLIB = 1, 3  # fields of a block: how it is packed
_STRINGS = 1  # field of an unpacked block
_WIDTHS = {1: 8, 5: 4}  # of the wire types that are not a number (0) or bytes (2)
_MOST_BITS = 70  # of a number: ten bytes of seven
_AGAIN = Message("Download the map extract again and compare its size or checksum.")


class _DamagedError(Exception):
    """A block is not as the format says; holds what is wrong."""


def check(path: Path) -> None:
    """Raise when a PBF is cut short or damaged.

    Raises
    ------
    SourceError
        With the place of the first block that is not as the format says.
    """
    with path.open("rb") as stream:
        at = 0
        try:
            while length := stream.read(_LENGTH):
                _check_block(stream, length)
                at = stream.tell()
        except (_DamagedError, IndexError, zlib.error) as error:
            why = error.args[0] if isinstance(error, _DamagedError) else Message("it cannot be unpacked")
            problem = Message("the block at byte {byte} of the file is damaged: {why}.", byte=at, why=why)
            raise SourceError(Fault(problem, _AGAIN, path.name)) from None


def check_text(path: Path) -> None:
    """Raise when a map in XML (.osm, .osm.gz, .osm.bz2) unpacks to too much, or to a text without an end.

    Raises
    ------
    SourceError
        With the place of what is not as the format says.
    """
    opens: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    at = 0
    try:
        with opens.get(path.suffix.casefold(), open)(path, "rb") as stream:
            while piece := stream.read(_PIECE):
                at += len(piece)
                _check_piece(piece, at)
    except (_DamagedError, EOFError, OSError, zlib.error, ValueError) as error:
        why = error.args[0] if isinstance(error, _DamagedError) else Message("it cannot be unpacked")
        problem = Message("the block at byte {byte} of the file is damaged: {why}.", byte=at, why=why)
        remedy = Message(
            "The file is cut short or is not an .osm.pbf: download it again and compare its size or checksum."
        )
        raise SourceError(Fault(problem, remedy, path.name)) from None


def _check_piece(piece: bytes, at: int) -> None:
    if len(piece) == _PIECE and b"<" not in piece:
        raise _DamagedError(Message("a text in it has no end"))
    if at > _MOST_TEXT:
        raise _DamagedError(Message("it unpacks to too much: give it as .osm.pbf"))


def _check_block(stream: BinaryIO, length: bytes) -> None:
    if len(length) < _LENGTH:
        raise _DamagedError(Message("the file is cut short in it"))
    header = dict(_fields(_whole(stream, int.from_bytes(length, "big"), _MOST_HEADER)))
    kind, size = header.get(_KIND), header.get(_SIZE)
    if not isinstance(kind, bytes) or not isinstance(size, int):
        raise _DamagedError(Message("its header is not as the format says"))
    block = _whole(stream, size, _MOST_BLOCK)
    if kind == b"OSMData":
        for number, table in _fields(_unpacked(block)):
            if number == _STRINGS and isinstance(table, bytes):
                _check_strings(table)


def _whole(stream: BinaryIO, size: int, most: int) -> bytes:
    if size > most:
        raise _DamagedError(Message("it is larger than the format allows"))
    data = stream.read(size)
    if len(data) < size:
        raise _DamagedError(Message("the file is cut short in it"))
    return data


def _unpacked(block: bytes) -> bytes:
    packed = dict(_fields(block))
    raw, deflated = packed.get(_RAW), packed.get(_ZLIB)
    if isinstance(raw, bytes):
        return raw
    if not isinstance(deflated, bytes):
        raise _DamagedError(Message("it is packed in another way than zlib"))
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(deflated, _MOST_BLOCK)
    if not unpacking.eof:
        raise _DamagedError(Message("it does not unpack to a block"))
    return data


def _check_strings(table: bytes) -> None:
    if any(isinstance(text, int) or b"\0" in text for _, text in _fields(table)):
        raise _DamagedError(Message("a name in it holds a zero byte"))


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield number and value of each field of a protocol-buffer message."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        if key & 7 == 0:
            value, at = _number(message, at)
            yield key >> 3, value
            continue
        width = _WIDTHS.get(key & 7)
        if key & 7 == 2:  # noqa: PLR2004 - wire type of bytes: their length comes first
            width, at = _number(message, at)
        if width is None or at + width > len(message):
            raise _DamagedError(Message("a field in it is not whole"))
        yield key >> 3, message[at : at + width]
        at += width


def _number(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follow
            return value, at
        shift += 7
        if shift >= _MOST_BITS:
            raise _DamagedError(Message("a number in it has no end"))
