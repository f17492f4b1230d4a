#!/bin/sh
# sanitizer.sh PRESET: what ./test.sh saw when it ran the tests of that build, in PC_RESULT_<PRESET>.
result=
eval "result=\${PC_RESULT_$1:-}"
case $result in
0) echo "the tests of the build '$1' passed" ;;
'') echo "skipped: only ./test.sh runs the build '$1' before this one" && exit 77 ;;
*) echo "tests of the build '$1' failed: ctest --preset $1 --rerun-failed" && exit 1 ;;
esac
