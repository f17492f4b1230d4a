#!/bin/sh
# regenerate.sh [BUILD] - write every .expected file, and the JSON Schemas, anew from what the loader says today. Read the difference.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/dev}
tool=$(cd "$build/bin" && pwd)/golden_config
cd "$here/config"
for file in *.yaml; do
	"$tool" print "$file" >"${file%.yaml}.expected"
done
"$tool" schema >"$here/../../config/pagecast.schema.json"
"$tool" layout_schema >"$here/../../config/layout.schema.json"
git -C "$here" diff --stat -- config ../../config
