"""Protobuf, Zstandard and gzip written by hand, with errors in chosen places that no library would write."""

import struct
import zlib

ZSTD_MAGIC = struct.pack("<I", 0xFD2FB528)
RAW, RUN = 0, 1
BLOCK = 128 << 10  # the most that a block may hold


def varint(number):
    out = bytearray()
    while number > 0x7f:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, wire_type, content):
    """`content`: bytes for type 2, a number for type 0, otherwise the bytes that follow."""
    key = varint(number << 3 | wire_type)
    if wire_type == 0:
        return key + varint(content)
    return key + (varint(len(content)) if wire_type == 2 else b"") + content


def frame(message):
    return varint(len(message)) + message


def event_fields(lead, event_id=b"e1"):
    at = field(1, 0, 1767225600)  # 2026-01-01
    return (field(1, 2, b"acme") + field(2, 2, lead.encode()) + field(4, 2, event_id) + field(5, 0, 3) +
            field(6, 2, at))


def event_message(lead, extra=b""):
    return field(1, 2, event_fields(lead) + extra)


def zstd_block(kind, content, size, last):
    return struct.pack("<I", size << 3 | kind << 1 | last)[:3] + content


def zstd_header(window=0x38, dictionary=False):
    """A header without a content size. `window`: the upper five bits are the exponent above 1 KiB; 0x38 is 128 KiB."""
    return ZSTD_MAGIC + (b"\x01" if dictionary else b"\x00") + bytes([window]) + (b"\x07" if dictionary else b"")


def zstd(data, **header):
    blocks = [data[i:i + BLOCK] for i in range(0, len(data), BLOCK)] or [b""]
    return zstd_header(**header) + b"".join(
        zstd_block(RAW, block, len(block), i == len(blocks) - 1) for i, block in enumerate(blocks))


def zstd_run(byte, count):
    """The same byte `count` times, at four bytes for 128 KiB, the largest block. `count` is a multiple of 128 KiB."""
    yield zstd_header()
    run = zstd_block(RUN, byte, BLOCK, 0)
    for _ in range(count // BLOCK - 1):
        yield run
    yield zstd_block(RUN, byte, BLOCK, 1)


def zstd_skippable(content):
    return struct.pack("<II", 0x184D2A50, len(content)) + content


def gzip_of(data):
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    return deflate.compress(data) + deflate.flush()


def gzip_run(byte, count, member=64 << 20):
    """The same byte `count` times, as members of a thousandth of their size. `count` is a multiple of `member`."""
    one = gzip_of(byte * member)
    for _ in range(count // member):
        yield one
