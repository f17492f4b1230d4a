#!/usr/bin/env bash
# prometheus.sh: the folder of promtool and prometheus, for the tests that need them. Says nothing and fails where there are none.
#
# From PATH, or else unpacked from the distribution's package into the user's cache: installing the package would start a
# server that listens to the whole network, which no test run should do to a machine.
set -euo pipefail

if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
	dirname "$(command -v promtool)"
	exit 0
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pagecast/prometheus
if [ ! -x "$cache/usr/bin/promtool" ]; then
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 1
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	(cd "$work" && apt-get -q download prometheus >/dev/null 2>&1) || exit 1
	dpkg-deb -x "$work"/prometheus_*.deb "$work/root"
	mkdir -p "$(dirname "$cache")"
	mv -T "$work/root" "$cache" 2>/dev/null || [ -x "$cache/usr/bin/promtool" ] # another run was faster
fi
"$cache/usr/bin/promtool" --version >/dev/null 2>&1 || exit 1 # built for another release of the distribution
echo "$cache/usr/bin"
