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
_MOST_PACKED, _TIMES_PACKED = 64 * _PIECE, 100  # bytes it may unpack to in any case, and for each of its own
_LENGTH = 4  # bytes before each block
_KIND, _SIZE = 1, 3  # fields of the header of a block
_RAW, _ZLIB = 1, 3  # fields of a block: how it is packed
_REPLICATED = 32  # field of the unpacked header: osmosis_replication_timestamp
_LAST = 253_402_300_800  # seconds: the end of the year 9999
_STRINGS = 1  # field of an unpacked block
_WIDTHS = {1: 8, 5: 4}  # of the wire types that are not a number (0) or bytes (2)
_MOST_NAMES = 500_000  # of a block: it should hold at most 8,000 objects
#: Bytes a map may unpack to: so many for each of its own, and some to begin with. Extracts have two to six.
_MOST_TIMES, _MOST_BEFORE = 20, 4 * 1024 * 1024
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
        at = unpacked = 0
        try:
            while length := stream.read(_LENGTH):
                unpacked += _check_block(stream, length)
                at = _check_sum(unpacked, stream.tell())
        except (_DamagedError, IndexError, zlib.error) as error:
            why = error.args[0] if isinstance(error, _DamagedError) else Message("it cannot be unpacked")
            problem = Message("the block at byte {byte} of the file is damaged: {why}.", byte=at, why=why)
            raise SourceError(Fault(problem, _AGAIN, path.name)) from None


def replicated(path: Path) -> int | None:
    """Return the time the data of a PBF are of, in seconds since 1970; None where its header does not say it."""
    with path.open("rb") as stream:
        try:
            header = dict(_fields(_whole(stream, int.from_bytes(stream.read(_LENGTH), "big"), _MOST_HEADER)))
            size = header.get(_SIZE)
            block = _unpacked(_whole(stream, size if isinstance(size, int) else 0, _MOST_BLOCK))
            found = dict(_fields(block)).get(_REPLICATED)
        except (_DamagedError, IndexError, zlib.error):
            return None
    return found if isinstance(found, int) and 0 < found < _LAST else None


def check_text(path: Path) -> None:
    """Raise when a map in XML (.osm, .osm.gz, .osm.bz2) unpacks to too much, or to a text without an end.

    Raises
    ------
    SourceError
        With the place of what is not as the format says.
    """
    opens: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    at, most = 0, min(_MOST_TEXT, _MOST_PACKED + _TIMES_PACKED * path.stat().st_size)
    try:
        with opens.get(path.suffix.casefold(), open)(path, "rb") as stream:
            while piece := stream.read(_PIECE):
                at += len(piece)
                _check_piece(piece, at, most)
    except (_DamagedError, EOFError, OSError, zlib.error, ValueError) as error:
        why = error.args[0] if isinstance(error, _DamagedError) else Message("it cannot be unpacked")
        problem = Message("the block at byte {byte} of the file is damaged: {why}.", byte=at, why=why)
        remedy = Message(
            "The file is cut short or is not an .osm.pbf: download it again and compare its size or checksum."
        )
        raise SourceError(Fault(problem, remedy, path.name)) from None


def _check_piece(piece: bytes, at: int, most: int) -> None:
    if len(piece) == _PIECE and b"<" not in piece:
        raise _DamagedError(Message("a text in it has no end"))
    if at > most:
        raise _DamagedError(Message("it unpacks to too much: give it as .osm.pbf"))


def _check_sum(unpacked: int, at: int) -> int:
    if unpacked > _MOST_BEFORE + _MOST_TIMES * at:
        raise _DamagedError(Message("it unpacks to far more than a map does"))
    return at


def _check_block(stream: BinaryIO, length: bytes) -> int:
    """Raise when a block is not as the format says; return the bytes it unpacks to."""
    if len(length) < _LENGTH:
        raise _DamagedError(Message("the file is cut short in it"))
    header = dict(_fields(_whole(stream, int.from_bytes(length, "big"), _MOST_HEADER)))
    kind, size = header.get(_KIND), header.get(_SIZE)
    if not isinstance(kind, bytes) or not isinstance(size, int):
        raise _DamagedError(Message("its header is not as the format says"))
    block = _whole(stream, size, _MOST_BLOCK)
    if kind != b"OSMData":
        return len(block)
    data = _unpacked(block)
    for number, table in _fields(data):
        if number == _STRINGS and isinstance(table, bytes):
            _check_strings(table)
    return len(data)


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
    for count, (_, text) in enumerate(_fields(table)):
        if isinstance(text, int) or b"\0" in text:
            raise _DamagedError(Message("a name in it holds a zero byte"))
        if count > _MOST_NAMES:
            raise _DamagedError(Message("it unpacks to far more than a map does"))


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
