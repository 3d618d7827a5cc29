"""Aztec's addresses and signatures for verify_dsse.py, by Python's big integers: docs/protocol.md (accounts) and
docs/aztec.md (signatures) as formulas, with no code of Coterie. Slow, and for public numbers only."""
import functools
import hashlib
import json
import pathlib

P = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001  # of coordinates
Q = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47  # the order
G = (1, 0x2CF135E7506A45D632D270D45F1181294833FC48D823F272C)
SELECTOR = 0xCD9728AF

# public_keys_hash, partial_address, contract_address, initializer, function_arguments, class id
PROFILES = {
    "4.1.2": (777457226, 2103633018, 1788365517, 385396519, 3576554347,
              0x010319CF7FAAFAAB5CBE684F2556E379A22539A8DE18B35D290A85F30057BF02),
    "3.0.0-devnet.5": (52, 27, 15, 13, 44, 0x181C0028244468A79C8BD0924837B34FD42BBF352242FB449582680471AF77F0),
}


# --- Grumpkin: points are pairs, None is infinity ---

def on_curve(point):
    x, y = point
    return y * y % P == (pow(x, 3, P) - 17) % P


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(scalar, point):
    total = None
    for bit in bin(scalar)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


# --- Poseidon2, with constants of the Grain register ---

@functools.cache
def constants():
    """88 round constants and the diagonal less one."""
    state = [int(bit) for value, width in ((1, 2), (0, 4), (254, 12), (4, 12), (8, 10), (56, 10), (2**30 - 1, 30))
             for bit in f"{value:0{width}b}"]

    def step():
        state.append(state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0])
        state.pop(0)
        return state[-1]

    def word():
        bits = 0
        for _ in range(254):
            while not step():
                step()
            bits = bits << 1 | step()
        return bits

    for _ in range(160):
        step()
    rounds = []
    while len(rounds) < 88:
        candidate = word()
        if candidate < P:
            rounds.append(candidate)
    for _ in range(16):  # four matrices that are not safe
        word()
    return rounds, [word() % P - 1 for _ in range(4)]


def permute(state):
    rounds, diagonal = constants()
    rounds = iter(rounds)

    def mix(s):
        rows = ((5, 7, 1, 3), (4, 6, 1, 1), (1, 3, 5, 7), (1, 1, 4, 6))
        return [sum(factor * value for factor, value in zip(row, s)) % P for row in rows]

    def full_round(s):
        return mix([pow(value + next(rounds), 5, P) for value in s])

    state = mix(state)
    for _ in range(4):
        state = full_round(state)
    for _ in range(56):
        state[0] = pow(state[0] + next(rounds), 5, P)
        total = sum(state)
        state = [(total + factor * value) % P for factor, value in zip(diagonal, state)]
    for _ in range(4):
        state = full_round(state)
    return state


def poseidon2(*inputs):
    state = [0, 0, 0, len(inputs) << 64]
    for start in range(0, len(inputs), 3) or (0,):
        for position, value in enumerate(inputs[start:start + 3]):
            state[position] = (state[position] + value) % P
        state = permute(state)
    return state[0]


# --- accounts and signatures ---

def address(profile, public_key, salt, master_keys):
    """None when a key is not on the curve."""
    if not all(on_curve(key) for key in (public_key, *master_keys)):
        return None
    public_keys_hash, partial_address, contract_address, initializer, function_arguments, class_id = PROFILES[profile]
    keys = poseidon2(public_keys_hash, *(number for key in master_keys for number in (*key, 0)))
    arguments = poseidon2(function_arguments, *public_key)
    initialization = poseidon2(initializer, SELECTOR, arguments)
    salted = poseidon2(partial_address, salt, initialization, 0)
    partial = poseidon2(partial_address, class_id, salted)
    preaddress = poseidon2(contract_address, keys, partial)
    point = add(multiply(preaddress, G), master_keys[1])
    return point and point[0]


@functools.cache
def pedersen_points():
    """Of the first three inputs, and of the number of inputs."""
    path = pathlib.Path(__file__).resolve().parent / "aztec" / "pedersen_points.json"
    points = json.loads(path.read_text())
    read = [tuple(int(number, 16) for number in pair)
            for pair in (*points["pedersenGenerators"], points["pedersenLengthGenerator"])]
    return read[:3], read[3]


def pedersen(*inputs):
    points, length_point = pedersen_points()
    total = multiply(len(inputs), length_point)
    for value, point in zip(inputs, points):
        total = add(total, multiply(value, point))
    return total[0]


def verifies(public_key, message, signature):
    s, challenge = int.from_bytes(signature[:32], "big"), signature[32:]
    e = int.from_bytes(challenge, "big") % Q
    if len(signature) != 64 or not on_curve(public_key) or not 0 < s < Q or e == 0:
        return False
    nonce = add(multiply(s, G), multiply(e, public_key))
    if nonce is None:
        return False
    digest = hashlib.blake2s(pedersen(nonce[0], *public_key).to_bytes(32, "big") + message).digest()
    return digest == challenge
