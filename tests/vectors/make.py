#!/usr/bin/python3
"""Writes the golden vectors of pagecast.v1: bytes on one side, their meaning on the other.

Made with Python's msgpack and struct only, so that no implementation is checked against its own output.
  make.py          writes *.json beside itself, and the seeds of tests/fuzz/fuzz_inbound.c
  make.py --check  fails if what stands there differs
README.md says how to read them.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
from data import apply_vectors, glob_vectors, patch_vectors, schema_vectors, set_vectors, value_vectors  # noqa: E402
from language import language_vectors  # noqa: E402
from messages import bad_vectors, client_vectors, server_vectors  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent / "fuzz" / "corpus" / "inbound"

FILES = {
    "server.json": server_vectors,
    "client.json": client_vectors,
    "bad.json": bad_vectors,
    "patch.json": patch_vectors,
    "apply.json": apply_vectors,
    "schema.json": schema_vectors,
    "values.json": value_vectors,
    "set.json": set_vectors,
    "glob.json": glob_vectors,
    "language.json": language_vectors,
}


def main():
    wrong = []
    for name, make in FILES.items():
        rows = make()
        names = [r["name"] for r in rows]
        assert len(names) == len(set(names)), f"{name}: a name twice"
        text = "[\n" + ",\n".join(json.dumps(r, ensure_ascii=True) for r in rows) + "\n]\n"
        path = HERE / name
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            wrong.append(name)
    seeds = {r["name"]: bytes.fromhex(r["hex"]) for r in client_vectors() + bad_vectors()}
    for name, data in seeds.items():
        path = CORPUS / name
        if len(data) > 1024:
            continue
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            wrong.append(str(path))
    if wrong:
        raise SystemExit(f"not what make.py writes: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
