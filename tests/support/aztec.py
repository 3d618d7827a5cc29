# What Aztec's own packages answered (tests/vectors/aztec), and their accounts in the shapes that files have.
import json
import pathlib

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "aztec"
PROFILES = {path.name.removesuffix(".json"): json.loads(path.read_text()) for path in VECTORS.glob("*.*.*.json")}
DEFAULT = "4.1.2"
MODULUS = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001  # of coordinates and hashes
ORDER = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47
SECRETS = ("secretKey", "salt", "signingPrivateKey")


def text_of(number):
    return f"0x{number:064x}"


def large_account(profile=DEFAULT, index=-1):
    """An account of the packages with keys that nobody guesses."""
    return [account for account in PROFILES[profile]["accounts"] if int(account["secretKey"], 16) >> 64][index]


def wallet_shape(account):
    return {field: account[field] for field in SECRETS}


def claiming_shape(account):
    return {"address": account["address"], "publicKeyX": account["publicKeyX"], "publicKeyY": account["publicKeyY"],
            "secretKey": account["secretKey"], "saltKey": account["salt"], "privateKey": account["signingPrivateKey"]}


def signer_shape(account, name="alice", **keys):
    """An entry of the reference's signers.json: without secret key and salt, unless given."""
    return {"name": name, "address": account["address"], "privateKey": account["signingPrivateKey"],
            "publicKeyX": account["publicKeyX"], "publicKeyY": account["publicKeyY"],
            "createdAt": "2025-01-02T03:04:05.678Z", **keys}


def multisig_shape(account, name="treasury", signers=("alice", "bob"), threshold=2, address=None):
    """An entry of the reference's multisigs.json, in the order of its fields."""
    return {"name": name, **({"address": address} if address else {}), "threshold": threshold, "signers": list(signers),
            "createdAt": "2025-01-02T03:04:05.000Z", "sharedStateAccountAddress": account["address"],
            "sharedStateAccountSecretKey": account["secretKey"], "sharedStateAccountSaltKey": account["salt"],
            "sharedStateAccountPublicKeyX": account["publicKeyX"], "sharedStateAccountPublicKeyY": account["publicKeyY"],
            "sharedStateAccountPrivateKey": account["signingPrivateKey"]}
