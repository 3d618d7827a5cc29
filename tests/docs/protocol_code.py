"""Reads from src/ and include/ what docs/protocol.md says about it: labels, words of enumerators, and constants with their values."""
import ast
import pathlib
import re

SRC = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
UNITS = {"": 1, "bytes": 1, "KiB": 1024, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
CHRONO = {"milliseconds": "ms", "seconds": "s", "minutes": "min", "hours": "h"}


def read(path):
    return (SRC / path).read_text()


def product_files(folder=SRC):
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".h", ".cpp")]
    return [path for path in files if not re.search(r"test", path.stem)]


def labels():
    pattern = re.compile(r'LabelledFields(?:\s+\w+)?\(\s*"([^"]+)"')
    return {label for path in product_files() for label in pattern.findall(path.read_text())}


def words(path, enumeration):
    """What the to_string of an enumeration returns for its enumerators."""
    return set(re.findall(rf'case {enumeration}::\w+:\s*return "([^"]+)";', re.split(r"const char\* to_string", read(path), 1)[1]))


def enumerators(path, enumeration):
    body = re.search(rf"enum class {enumeration} \{{(.*?)\}};", read(path), re.S).group(1)
    return set(re.findall(r"\b(\w+)\b", re.sub(r"//.*", "", body)))


def signaling_types():
    text = read("signaling/message.cpp")
    return set(re.findall(r'opened\.type == "([^"]+)"', text)) | words("signaling/message.cpp", "RelayType")


def channel_types():
    return set(re.findall(r'if \(type == "([^"]+)"\)', read("ceremony/message.cpp")))


def close_codes():
    body = re.search(r"enum class CloseCode[^{]*\{(.*?)\};", read("signaling/websocket.h"), re.S).group(1)
    return {name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", body)}


def close_code_of(error_code, codes):
    body = re.search(r"^CloseCode close_code\(.*?^\}", read("signaling/server.cpp"), re.S | re.M).group(0)
    cases = dict(re.findall(r"case ErrorCode::(\w+):\s*return CloseCode::(\w+);", body))
    default = re.search(r"default:\s*return CloseCode::(\w+);", body).group(1)
    return codes[cases.get(error_code, default)]


def profiles():
    for body in re.findall(r"Profile\{(\.name.*?)\}", read("account/aztec/profile.cpp"), re.S):
        strings = re.findall(r'"([^"]+)"', body)
        yield {"name": strings[0], "class_id": strings[1], "separators": re.findall(r"= (\d+)", body)}


def quoted(path, before):
    """The string literals of the declaration that begins with `before`."""
    return re.findall(r'"([^"]+)"', re.search(before + r"[^;]*;", read(path)).group(0))


def documented_value(cell):
    number, unit = re.fullmatch(r"([\d,]+) ?(\w*)", cell.strip("| ")).groups()
    return int(number.replace(",", "")) * UNITS[unit]


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def constant(name):
    """The value of [module::][Class::]name: plain, in bytes, or in milliseconds; without a module it is a public one."""
    *scope, last = name.split("::")
    values = set()
    for path in product_files() + product_files(SRC.parent / "include"):
        text = without_comments(path.read_text())
        namespace = re.search(r"^namespace coterie(?:::(\w+(?:::\w+)*))? \{", text, re.M)
        if namespace is None:
            continue
        inside = namespace.group(1).split("::") if namespace.group(1) else []
        owner = scope[len(inside):]
        if scope[:len(inside)] != inside:
            continue
        for outer in owner:
            found = re.search(rf"^(?:struct|class) {outer}\b[^;{{]*\{{(.*?)^\}};", text, re.S | re.M)
            text = found.group(1) if found else ""
        for kind, assigned, braced in re.findall(
                rf"([\w:]+)\s+{last}\s*(?:=\s*([^;]+)|\{{([^;]*)\}});", text):
            values.add(evaluate(assigned or braced, kind, scope))
    if len(values) != 1:
        raise LookupError(f"{name}: {len(values)} values in the code: {values}")
    return values.pop()


def evaluate(expression, kind, scope):
    expression = " ".join(expression.split())
    expression = re.sub(r"(?<=\d)'(?=\d)", "", expression)
    expression = re.sub(r"std::size_t\{(\d+)\}", r"\1", expression)
    scaled = False
    for long, unit in CHRONO.items():
        expression, count = re.subn(rf"std::chrono::{long}\(([^)]*)\)", rf"(\1) * {UNITS[unit]}", expression)
        scaled = scaled or count > 0
    expression, count = re.subn(r"\b(\d+)(ms|s|min|h)\b", lambda m: str(int(m[1]) * UNITS[m[2]]), expression)
    scaled = scaled or count > 0
    expression = re.sub(r"\b(\d+)u?l{0,2}\b", r"\1", expression)
    expression = re.sub(r"\b(?:\w+::)*k[A-Z]\w*\b", lambda m: str(constant("::".join(scope[:1]) + "::" + m[0])), expression)
    value = arithmetic(ast.parse(expression, mode="eval").body)
    unit = CHRONO.get(kind.split("::")[-1]) if "chrono" in kind else None
    return value * UNITS[unit] if unit and not scaled else value


def arithmetic(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.BinOp):
        left, right = arithmetic(node.left), arithmetic(node.right)
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Div):
            return left // right
    raise ValueError(f"not plain arithmetic: {ast.dump(node)}")
