# What to look for where a secret must not be.
import base64


def forms_of(secret):
    """The ways in which these bytes could stand in a text or a file."""
    data = secret if isinstance(secret, bytes) else secret.encode()
    forms = [data, data.hex().encode(), data.hex().upper().encode()]
    # Base64 of the middle of something longer: at each of the three offsets, without the letters its neighbours change.
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data)
        inner = encoded[(offset * 8 + 5) // 6:len(encoded) - 4]
        forms += [inner, inner.replace(b"+", b"-").replace(b"/", b"_")]
    return forms


def holds(content, secret):
    """Whether a text or bytes have the secret in any form."""
    data = content if isinstance(content, bytes) else content.encode()
    return any(form in data for form in forms_of(secret))
