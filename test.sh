#!/usr/bin/env bash
# test.sh          install what the tests need, build everything, run everything; CTest's summary comes last
# test.sh --quick  the inner loop: the dev build and its tests of under a second each
#
# The sanitizer builds and the one for Windows, under Wine, run first; what they found enters the last CTest run as the tests
# sanitizers.* and windows.win64, so that its summary and exit status speak for all.
set -euo pipefail
cd "$(dirname "$0")"
jobs=$(nproc)
# Build machines are shared and stand still at times: there, and only there, a test that failed gets one second try. Both tries
# are in the output, and a test named there twice wants a look.
retry=(${CI:+--repeat until-pass:2})

case ${1:-} in
--quick)
	scripts/install-deps.sh build test
	cmake --preset dev >/dev/null
	cmake --build --preset dev -j "$jobs"
	exec ctest --preset dev -L quick -j "$jobs" --no-tests=error
	;;
"") ;;
*) sed -n '2,3s/^# //p' "$0" && exit 2 ;;
esac

scripts/install-deps.sh build test web windows languages
# Halting on the first error is what makes a report a failed test; suppressions belong beside the code they excuse. Without its
# interceptor of __tls_get_addr the sanitizer does not guess where thread-local blocks begin: one that happened to lie 16 bytes
# into a page was taken for another kind, and the search for leaks crashed.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:halt_on_error=1:abort_on_error=0:intercept_tls_get_addr=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}

# A report of a daemon or a helper that a test started may reach nobody's eyes, and a second try may pass without it: so all
# reports go into files, and one file fails the build's run, whatever its tests said. What a sanitizer merely remarks (a
# refused allocation that a test asked for) is in such a file, too, and is no report.
reported() {
	local report found=1
	for report in $(grep -lE 'ERROR: (Address|Leak|Undefined)|WARNING: ThreadSanitizer|runtime error:|SUMMARY: ' "$1"/* 2>/dev/null); do
		found=0
		echo "== sanitizer report $report"
		head -n 100 "$report"
	done
	return "$found"
}

# first PRESET REGEX: build and run those tests. PC_RESULT_<PRESET> tells the last run: 0, or the file that says what failed.
first() {
	echo "== $1"
	cmake --preset "$1" >/dev/null
	cmake --build --preset "$1" -j "$jobs"
	local result=0 reports=$PWD/build/$1/reports log=$PWD/build/$1/tests.log failed=$PWD/build/$1/failed.txt
	rm -rf "$reports"
	mkdir -p "$reports"
	ASAN_OPTIONS=$ASAN_OPTIONS:log_path=$reports/address UBSAN_OPTIONS=$UBSAN_OPTIONS:log_path=$reports/undefined \
		TSAN_OPTIONS=$TSAN_OPTIONS:log_path=$reports/thread \
		ctest --preset "$1" -R "$2" -j "$jobs" "${retry[@]}" --no-tests=error 2>&1 | tee "$log" || result=$failed
	# What ctest printed of each test that failed, up to the next test's line.
	awk '/^ *[0-9]+\/[0-9]+ Test +#|^ +(Start|Test +#)/ { show = 0 } /\*\*\*(Failed|Timeout|Exception|Not Run)/ { show = 1 } show' "$log" >"$failed"
	if reported "$reports" >>"$failed"; then result=$failed; fi
	[ "$result" = 0 ] || cat "$failed"
	export "PC_RESULT_$1=$result"
}
first asan '^(unit|abi|system|bridge|examples|golden|fuzz)\.'
# What has threads: the library, the daemon's host, the bridge.
first tsan '^(unit\.(region|platform|win32|daemon|host|plugin|websocket)|abi\.|bridge\.|system\.(viewers|reload|plugins|lifecycle|record|replay)\.)'

echo "== dev"
cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"
# Programs for Windows, some of whose tests have native ones beside them. Where there is no cross-compiler, the test says so.
if command -v x86_64-w64-mingw32-gcc-posix >/dev/null && [ -x /usr/lib/wine/wine64 ]; then
	scripts/windows-deps.sh
	# With libraries of another version: where the old ones were found stays in the cache.
	grep -qsF "PC_DEPS_PREFIX:PATH=$(scripts/windows-deps.sh --where)" build/win64/CMakeCache.txt || rm -f build/win64/CMakeCache.txt
	first win64 '^(unit|abi|golden|vectors|fuzz|wine|kit)\.'
fi
exec ctest --preset dev -j "$jobs" "${retry[@]}" --no-tests=error
