"""The points of Aztec's Pedersen hash, made anew from their names by BLAKE3 and big integers: nobody chose them. Shares
nothing with the product but the files that it is held against."""
import json
import pathlib
import re
import struct
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "tests" / "vectors" / "aztec"
P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
CHUNK_START, CHUNK_END, ROOT_NODE = 1, 2, 8
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)


def compress(chaining, block, flags):
    """BLAKE3's compression of one block of the first chunk (its specification, section 2.2)."""
    state = [*chaining, *IV[:4], 0, 0, len(block), flags]
    words = list(struct.unpack("<16I", block.ljust(64, b"\0")))

    def mix(a, b, c, d, x, y):
        for word, first, second in ((x, 16, 12), (y, 8, 7)):
            state[a] = (state[a] + state[b] + word) & 0xFFFFFFFF
            state[d] = rotate(state[d] ^ state[a], first)
            state[c] = (state[c] + state[d]) & 0xFFFFFFFF
            state[b] = rotate(state[b] ^ state[c], second)

    def rotate(word, bits):
        return (word >> bits | word << (32 - bits)) & 0xFFFFFFFF

    for _ in range(7):
        for column in range(4):
            mix(column, column + 4, column + 8, column + 12, words[2 * column], words[2 * column + 1])
        for i in range(4):
            mix(i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12, words[8 + 2 * i], words[9 + 2 * i])
        words = [words[i] for i in PERMUTATION]
    return [state[i] ^ state[i + 8] for i in range(8)]


def blake3(data):
    assert len(data) <= 1024, "one chunk"
    blocks = [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
    chaining = IV
    for i, block in enumerate(blocks):
        flags = (CHUNK_START if i == 0 else 0) | (CHUNK_END | ROOT_NODE if i == len(blocks) - 1 else 0)
        chaining = compress(chaining, block, flags)
    return struct.pack("<8I", *chaining)


def square_root(square):
    """Modulo P, by Tonelli and Shanks: P - 1 is 2^28 times an odd number, and 5 is no square. None when there is none."""
    odd = (P - 1) >> 28
    root, rest, generator = pow(square, (odd + 1) // 2, P), pow(square, odd, P), pow(5, odd, P)
    for exponent in range(27, 0, -1):
        if pow(rest, 1 << (exponent - 1), P) != 1:
            step = pow(generator, 1 << (27 - exponent), P)
            root, rest = root * step % P, rest * step * step % P
    return root if root * root % P == square % P else None


def point(domain, index):
    seed = blake3(domain.encode()) + index.to_bytes(4, "big") + bytes(28)
    for attempt in range(256):
        high, low = (blake3(seed + bytes([attempt, half])) for half in (0, 1))
        x = int.from_bytes(high + low, "big") % P
        y = square_root(x ** 3 - 17)
        if y is not None:
            return x, y if y % 2 == high[0] >> 7 else P - y
    raise AssertionError("no point")


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(scalar, factor):
    product = None
    for bit in bin(scalar)[2:]:
        product = add(product, product)
        if bit == "1":
            product = add(product, factor)
    return product


def inputs_point(index):
    return point("DEFAULT_DOMAIN_SEPARATOR", index)


def length_point():
    return point("pedersen_hash_length", 0)


def as_text(pair):
    return [f"0x{number:064x}" for number in pair]


class PedersenPoints(unittest.TestCase):
    def test_come_from_blake3_of_their_names(self):
        # The first answer of BLAKE3's own test vectors.
        self.assertEqual(blake3(b"").hex(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")
        points = json.loads((VECTORS / "pedersen_points.json").read_text())
        self.assertEqual(points["pedersenGenerators"], [as_text(inputs_point(i)) for i in range(3)])
        self.assertEqual(points["pedersenLengthGenerator"], as_text(length_point()))

    def test_hash_as_the_packages_from_every_index(self):
        indices = set()
        for path in sorted(VECTORS.glob("*.json")):
            for vector in json.loads(path.read_text()).get("pedersenHash", []):
                total = multiply(len(vector["inputs"]), length_point())
                for i, text in enumerate(vector["inputs"], vector["index"]):
                    total = add(total, multiply(int(text, 16), inputs_point(i)))
                self.assertEqual(vector["hash"], f"0x{total[0]:064x}")
                indices.add(vector["index"])
        self.assertEqual(indices, {0, 5})

    def test_stand_in_the_source_as_in_the_vectors(self):
        source = (ROOT / "src" / "account" / "aztec" / "pedersen.cpp").read_text()
        points = json.loads((VECTORS / "pedersen_points.json").read_text())
        expected = [number for pair in points["pedersenGenerators"] for number in pair]
        self.assertEqual(re.findall(r"0x[0-9a-f]{64}", source), expected + points["pedersenLengthGenerator"])


if __name__ == "__main__":
    unittest.main()
