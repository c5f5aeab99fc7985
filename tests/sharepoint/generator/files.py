"""Small real files: valid pictures, recordings and documents, no two alike."""

import base64
import struct
import zlib

# 16 × 16 pixels of one grey; a comment makes each its own.
_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5mo"
    "q6T/wAALCAAQABABAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AAP/Z"
)


def make(path: str) -> bytes:
    """What is at this path: the kind by its ending, the bytes by all of it."""
    ending = path.rsplit(".", 1)[-1].lower()
    return {"png": png, "jpg": _jpeg, "pdf": _pdf, "wav": _wav, "mp3": _mp3}[ending](path)


def png(name: str, width: int = 16, height: int = 12) -> bytes:
    """A picture of one colour."""
    colour = struct.pack(">I", zlib.crc32(name.encode()))[:3]
    rows = (b"\0" + colour * width) * height

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # Two colours may meet, two names do not.
    text = b"Comment\0" + base64.b64encode(name.encode())
    parts = chunk(b"IHDR", header), chunk(b"tEXt", text), chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _jpeg(name: str) -> bytes:
    text = base64.b64encode(name.encode())
    return _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + _JPEG[2:]


def _wav(name: str) -> bytes:
    """A tenth of a second."""
    seed = zlib.crc32(name.encode())
    samples = bytes((seed >> (i % 24) ^ i) & 0x7F for i in range(800))
    kind = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(kind)) + kind + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _mp3(name: str) -> bytes:
    """Twenty frames of silence, 128 kbit/s, after a tag with the name."""
    title = b"\x03" + name.encode()
    frame = b"TIT2" + struct.pack(">I", len(title)) + b"\0\0" + title
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    silence = b"\xff\xfb\x90\x64" + bytes(413)
    return b"ID3\x03\0\0" + size + frame + silence * 20


def _pdf(name: str) -> bytes:
    text = base64.b64encode(name.encode()).decode()
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    out, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 5\n0000000000 65535 f \n{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + end).encode()
