"""Images, sounds, videos and documents as parts of messages."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crux.v1 import Media, Part

if TYPE_CHECKING:
    from typing import TypeAlias

Source: TypeAlias = "bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO"
"""Bytes, the path of a file, or a file that is open for reading bytes."""

# (offset, bytes found there, media type)
_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)


def media(source: Source, *, mime_type: str | None = None, name: str | None = None) -> Part:
    """Returns a media part that holds the bytes of `source`. Reads it whole.

    Args:
        source: bytes, a path, or a binary file, which is read to its end and not closed.
        mime_type: such as "image/png". Default: found in the first bytes, or else by the name.
        name: the file's name. Default: the path's or the file's own.

    Raises:
        ValueError: the media type is not said and cannot be found.
        OSError: the file cannot be read.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source)
        data, name = path.read_bytes(), name or path.name
    else:
        data = source.read()
        own = getattr(source, "name", None)
        name = name or (Path(own).name if isinstance(own, str) else None)
    found = mime_type or _by_magic(data) or (mimetypes.guess_type(name)[0] if name else None)
    if not found:
        raise ValueError("mime_type: cannot be found in the content or the name; say it")
    return Part(media=Media(mime_type=found, data=data, name=name or ""))


def media_url(url: str, *, mime_type: str | None = None) -> Part:
    """Returns a media part that the provider or the server fetches from an https URL."""
    found = mime_type or mimetypes.guess_type(url.partition("?")[0])[0] or ""
    return Part(media=Media(mime_type=found, url=url))


def media_file(file: str, *, mime_type: str = "") -> Part:
    """Returns a media part that is a file at a provider: "<provider>/<file id>"."""
    return Part(media=Media(mime_type=mime_type, file=file))


def _by_magic(data: bytes) -> str | None:
    for offset, magic, mime_type in _MAGIC:
        if data.startswith(magic, offset):
            return mime_type
    return None
