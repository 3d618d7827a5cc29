#!/usr/bin/env python3
"""Holds every #include under src/ and include/ against the module table in CMakeLists.txt.

A file may include its own module, the modules its module names (transitively downwards), the public headers, the
standard library and POSIX, and the third-party libraries that its module or one below it names. A public header
includes public headers and the standard library, nothing else.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE = re.compile(r"^coterie_module\((\w+)\s+MODULES\s*([\w ]*?)\s*LIBRARIES\s*([\w ]*?)\)", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# Which library a third-party header belongs to; the first match counts.
LIBRARIES = [
    ("sodium", r"sodium"),
    ("json", r"boost/json"),
    ("beast", r"boost/beast"),
    ("asio", r"boost/(asio|system)"),
    ("spdlog", r"(spdlog|fmt)/"),
    ("openssl", r"openssl/"),
    ("sqlite", r"sqlite3"),
    ("nice", r"(nice/|glib|gio/)"),
    ("usrsctp", r"usrsctp"),
    ("cli11", r"CLI/"),
    ("qrencode", r"qrencode"),
    ("gtest", r"(gtest|gmock)/"),
    ("boost", r"boost/"),
]


def main() -> int:
    table = {name: (modules.split(), libraries.split())
             for name, modules, libraries in LINE.findall((ROOT / "CMakeLists.txt").read_text())}
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    problems = [f"src/{name}: not in the module table of CMakeLists.txt" for name in folders - table.keys()]

    def below(name):
        found = {name}
        for module in table[name][0]:
            found |= below(module)
        return found

    files = 0
    for name in sorted(folders & table.keys()):
        modules = below(name)
        libraries = {library for module in modules for library in table[module][1]}
        for path in sorted((ROOT / "src" / name).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            files += 1
            for bracket, header in INCLUDE.findall(path.read_text()):
                where = f"{path.relative_to(ROOT)}: {header}"
                first = header.split("/")[0]
                if bracket == '"':
                    if first not in modules and first != "coterie":
                        problems.append(f"{where}: {name} may include {', '.join(sorted(modules))}")
                    continue
                library = next((lib for lib, pattern in LIBRARIES if re.match(pattern, header)), None)
                test = path.stem.endswith("_test")
                if library and library not in libraries and not (test and library == "gtest"):
                    problems.append(f"{where}: {name} may use {', '.join(sorted(libraries))}")
    for path in sorted((ROOT / "include/coterie").glob("*.h")):
        files += 1
        for bracket, header in INCLUDE.findall(path.read_text()):
            if not (header.startswith("coterie/") if bracket == '"' else re.fullmatch(r"[a-z_]+", header)):
                problems.append(f"{path.relative_to(ROOT)}: {header}: only public headers and the standard library")
    if not files:
        problems.append("no source file was found")
    print("\n".join(problems) or f"{files} files keep the layers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
