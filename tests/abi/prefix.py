#!/usr/bin/env python3
"""prefix.py: everything that the plugin header of 1.0 says is still said, word for word, by today's.

Offsets alone do not see a changed parameter. Members of structs and enums may only be appended; what else 1.0
declares or defines must still be there. The 1.0 headers are frozen copies: nobody touches them.
"""
import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TODAY = HERE.parents[1] / "include/pagecast"
FROZEN = HERE / "1.0"
MAY_CHANGE = "PC_ABI_MINOR"


def words(path):
    """The header without comments, line continuations, and the sentences of the status codes."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
    return re.sub(r'^(\s*X\(\w+, -?\d+), ".*?"\)', r"\1)", re.sub(r"\\\n", "\n", text), flags=re.M)


def bodies(text):
    """struct or enum -> its members in order."""
    found = {}
    for kind, name, body in re.findall(r"\b(struct|enum) (\w+) \{(.*?)\}", text, re.S):
        parts = body.split(";" if kind == "struct" else ",")
        found[f"{kind} {name}"] = [" ".join(p.split()) for p in parts if p.strip()]
    return found


def rest(text):
    """Defines, typedefs and declarations outside of bodies, as a set of normalised lines."""
    text = re.sub(r"\b(struct|enum) (\w+) \{.*?\}", r"\1 \2", text, flags=re.S)
    lines = {" ".join(line.split()) for line in text.splitlines()}
    return {line for line in lines if line and MAY_CHANGE not in line}


def compare(name):
    old, new = words(FROZEN / "pagecast" / name), words(TODAY / name)
    now = bodies(new)
    for key, members in bodies(old).items():
        kept = now.get(key, [])[:len(members)]
        for before, after in zip(members, kept + [None] * len(members)):
            if before != after:
                yield f"{name}: {key}: 1.0 has `{before}`, today `{after}`"
    for line in sorted(rest(old) - rest(new)):
        yield f"{name}: gone or changed since 1.0: {line}"


def main():
    wrong = []
    for line in (FROZEN / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        if hashlib.sha256((FROZEN / name).read_bytes()).hexdigest() != digest:
            wrong.append(f"tests/abi/1.0/{name} was changed: it is what plugins were built with")
    for name in ("plugin.h", "status.h"):
        wrong += compare(name)
    structs = bodies(words(FROZEN / "pagecast/plugin.h"))
    assert len(structs["struct pc_host"]) == 33 and len(structs["struct pc_plugin"]) == 9, "the parser is wrong"
    print(f"{len(structs)} structs and enums of 1.0, {len(wrong)} complaints")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
