"""CRC64NVME, the checksum of whole objects, for S3 servers that do not return it.

AWS always does; emulators and other servers do not. AWS's own library (awscrt) would add 10 MiB
to the functions' asset for it, and a loop over bytes takes a second for 4 MiB; this takes 60 ms.

A checksum is the remainder of the content, as a polynomial over GF(2), divided by a fixed one.
Bytes read as one little-endian integer are that polynomial, its first bit the one of the highest
degree. To fold it, its head, which stands `2**k` bits before the end, is multiplied by `x**(2**k)`
modulo the fixed polynomial, 64 bits, and added to the tail: shifts and XORs of large integers,
which run at the speed of memory. Half is folded into half until little is left.
https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme
"""

import base64
from collections.abc import Iterable
from functools import cache

_POLYNOMIAL = 0x9A6C9329AC4BC9B5  # without x**64, its first bit the one of x**63
_ONES = 2**64 - 1

# Below this a loop over bits is as fast.
_FOLDED_BITS = 256


class Crc64nvme:
    """A running checksum, used as those of `hashlib` are."""

    def __init__(self, content: bytes = b"") -> None:
        self._value = 0
        self.update(content)

    def update(self, data: bytes, /) -> None:
        """Add bytes."""
        # CRC appends 64 zero bits; here they are the integer's highest bits, which are 0 anyway.
        value = int.from_bytes(data, "little") ^ self._value ^ _ONES
        self._value = _remainder(value, 8 * len(data) + 64) ^ _ONES

    def in_base64(self) -> str:
        """Return the checksum of all bytes so far, as S3 writes it."""
        return base64.b64encode(self._value.to_bytes(8, "big")).decode()

    @classmethod
    def of_parts(cls, parts: Iterable[tuple[str, int]]) -> "Crc64nvme":
        """Make the checksum of parts in this order, each by its own, in base64, and its size."""
        whole = cls()
        for checksum, size in parts:
            own = int.from_bytes(base64.b64decode(checksum), "big")
            whole._value = _moved(whole._value, 8 * size) ^ own
        return whole


def _moved(checksum: int, bits: int) -> int:
    """Multiply by `x**bits`: the checksum of content that so many more bits follow."""
    for exponent in range(bits.bit_length()):
        if bits >> exponent & 1:
            checksum = _remainder(_product(checksum, _power(exponent)), 127)
    return checksum


def _remainder(value: int, bits: int) -> int:
    """Reduce a polynomial of so many bits to one of 64."""
    while bits > _FOLDED_BITS:
        exponent = (bits - 1).bit_length() - 1
        tail_bits = 2**exponent
        head_bits = bits - tail_bits
        tail = value >> head_bits
        head = _product(value ^ tail << head_bits, _power(exponent))
        # The lowest degrees are the highest bits of both, and there the two are aligned.
        bits = max(tail_bits, head_bits + 63)
        value = tail << bits - tail_bits ^ head << bits - head_bits - 63
    for _ in range(bits - 64):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


def _product(value: int, factor: int) -> int:
    """Multiply without carry by a factor of 64 bits; the product has 63 bits more."""
    product = 0
    for shift in range(factor.bit_length()):
        if factor >> shift & 1:
            product ^= value << shift
    return product


@cache
def _power(exponent: int) -> int:
    """Return `x**(2**exponent)` modulo the polynomial."""
    if exponent == 0:
        return 2**62
    root = _power(exponent - 1)
    return _remainder(_product(root, root), 127)
