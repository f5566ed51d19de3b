"""Images of QR codes: real ones where the library for it is there."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

try:
    import qrcode
    from qrcode.image.svg import SvgPathImage
except ImportError:  # a plain image then, which nobody can scan
    qrcode = None

PNG, SVG = "image/png", "image/svg+xml"
PLAIN_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
    '<rect width="100%" height="100%" fill="white"/><title>{text}</title></svg>'
)


def draw(text: str, mimetype: str, size: int = 1024) -> bytes:
    """A code with ``text``, as PNG of ``size`` pixels a side, or as SVG."""
    if qrcode is None:
        return _plain(text, mimetype, size)
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    code.make(fit=True)
    target = io.BytesIO()
    if mimetype == SVG:
        code.make_image(image_factory=SvgPathImage).save(target)
        return target.getvalue()
    image: Any = code.make_image().get_image().convert("L").resize((size, size), 0)
    image.save(target, format="PNG")
    return target.getvalue()


def _plain(text: str, mimetype: str, size: int) -> bytes:
    if mimetype == SVG:
        safe = text.replace("&", "&amp;").replace("<", "&lt;")
        return PLAIN_SVG.format(size=size, text=safe).encode()
    rows = b"".join(b"\0" + b"\xff" * size for _ in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
