#!/usr/bin/env bash
# run.sh [pagecastd options]: install what is missing, build the product, start the demo. Ctrl-C stops it.
set -euo pipefail
cd "$(dirname "$0")"
scripts/install-deps.sh build
# A tree that was configured before keeps its choices, e.g. benchmarks.
if [ ! -f build/release/CMakeCache.txt ]; then
	cmake --preset release -DPC_WERROR=OFF -DPC_BUILD_TESTS=OFF -DPC_BUILD_BENCH=OFF >/dev/null
fi
cmake --build --preset release -j "$(nproc)"
exec build/release/bin/pagecastd "${@:-config/demo.yaml}"
