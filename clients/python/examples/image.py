"""Sends an image, made here: one red pixel as a PNG."""

import os
import struct
import zlib

import crux


def chunk(kind: bytes, data: bytes) -> bytes:
    """Returns a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
pixel = zlib.compress(b"\x00\xff\x00\x00")
png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")

with crux.Crux(os.environ.get("CRUX_ADDRESS", "localhost:50051"), token=os.environ.get("CRUX_TOKEN")) as client:
    # A path or an open file would do as well: crux.media("pixel.png").
    image = crux.media(png)
    print(f"{image.media.mime_type}, {len(image.media.data)} bytes")
    message = crux.user("What colour is this?", image)
    print(client.chat(model="gemini/gemini-2.5-flash", messages=[message]).text)
