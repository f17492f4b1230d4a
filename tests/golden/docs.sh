#!/bin/sh
# docs.sh GOLDEN_CONFIG FILE.md - the yaml blocks of a document are configurations that load.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/conf.d"
awk -v to="$folder/block" '/^```yaml/ { n++; on = 1; next } /^```/ { on = 0 } on { print > (to n ".yaml") }' "$2"
"$1" load "$folder"/block*.yaml
