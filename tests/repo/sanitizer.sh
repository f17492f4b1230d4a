#!/bin/sh
# sanitizer.sh PRESET: what ./test.sh saw when it ran the tests of that build: PC_RESULT_<PRESET> is 0 or a file that says.
result=
eval "result=\${PC_RESULT_$1:-}"
case $result in
0) echo "the tests of the build '$1' passed" ;;
'') echo "skipped: only ./test.sh runs the build '$1' before this one" && exit 77 ;;
*) echo "tests of the build '$1' failed; again: ctest --preset $1 --rerun-failed" && head -n 300 "$result" && exit 1 ;;
esac
