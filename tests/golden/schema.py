#!/usr/bin/env python3
"""schema.py ROOT - the JSON Schema for editors takes every file that the loader takes, and refuses what it can know is wrong."""
import json
import sys
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

root = Path(sys.argv[1])
golden = root / "tests/golden/config"
schema = json.loads((root / "config/pagecast.schema.json").read_text())
jsonschema.Draft7Validator.check_schema(schema)
check = jsonschema.Draft7Validator(schema)
good = [f for f in [*golden.glob("good_*.yaml"), *root.glob("config/*.yaml"), *root.glob("config/examples/*.yaml")]]
# The errors that keys, types, words and patterns can show.
bad = ["unknown_keys", "types", "units", "fields", "layout_shape", "list_at_top", "text_at_top", "labels", "mode", "layout_language"]
wrong = []
for file in good:
    for error in check.iter_errors(yaml.safe_load(file.read_text(encoding="utf-8-sig"))):
        wrong.append(f"{file}: good, but {error.json_path}: {error.message}")
for name in bad:
    if check.is_valid(yaml.safe_load((golden / f"bad_{name}.yaml").read_text())):
        wrong.append(f"bad_{name}.yaml is taken")
layouts = json.loads((root / "config/layout.schema.json").read_text())
jsonschema.Draft7Validator.check_schema(layouts)
for file in [*root.glob("config/layouts/*.yaml"), *golden.glob("layouts/good_*.yaml")]:
    for error in jsonschema.Draft7Validator(layouts).iter_errors(yaml.safe_load(file.read_text())):
        wrong.append(f"{file}: good, but {error.json_path}: {error.message}")
for file in golden.glob("layouts/bad_*.yaml"):
    if jsonschema.Draft7Validator(layouts).is_valid(yaml.safe_load(file.read_text())):
        wrong.append(f"{file} is taken")
print("\n".join(wrong) or f"{len(good)} good and {len(bad)} bad files")
sys.exit(1 if wrong or len(good) < 6 else 0)
