#!/usr/bin/env bash
# install-deps.sh [build] [test] [web] [windows] [languages] [bench]: what these need and this machine lacks, from the distribution's packages.
#
# build  compiler, CMake, the daemon's libraries         (./run.sh)
# test   C++, clang's tools, Python and its modules      (./test.sh --quick)
# windows  cross-compiler and Wine                        (./test.sh)
# bench  what bench/local/run.py and bench/fanout/run.py compare with
# web    node, npm, chromium: dashboard, browser tests   (./test.sh)
# languages  compilers of what `pagecast layout gen` writes, for the samples of bindings/ (./test.sh)
#
# Quick and without root where nothing is missing. On Debian and its children the rest is installed with apt, as root
# or through sudo; elsewhere it is listed, and the caller goes on: what is really needed will say so itself.
set -euo pipefail

# group  Debian package  how to know that it is there: a command, a pkg-config module, a Python module, a file
table() {
	cat <<-'END'
		build gcc                 cmd:cc
		build libc6-dev           file:/usr/include/stdio.h
		build cmake               cmd:cmake
		build ninja-build         cmd:ninja
		build pkg-config          cmd:pkg-config
		build ccache              cmd:ccache
		build libwebsockets-dev   pc:libwebsockets
		build libev-dev           file:/usr/include/ev.h
		build libmsgpack-dev      pc:msgpack|msgpack-c
		build libuv1-dev          pc:libuv
		build libyaml-dev         pc:yaml-0.1
		build libssl-dev          pc:openssl
		build libdw-dev           pc:libdw
		build libzstd-dev         pc:libzstd
		test  g++                 cmd:c++
		test  git                 cmd:git
		test  python3             cmd:/usr/bin/python3
		test  python3-msgpack     py:msgpack
		test  python3-websockets  py:websockets
		test  python3-yaml        py:yaml
		test  python3-numpy       py:numpy
		test  python3-jsonschema  py:jsonschema
		test  clang               cmd:clang
		test  libclang-rt-dev     deb:libclang-rt-dev
		test  clang-format        cmd:clang-format
		test  clang-tidy          cmd:clang-tidy
		test  valgrind            cmd:valgrind
		test  strace              cmd:strace
		test  openssl             cmd:openssl
		test  curl                cmd:curl
		test  file                cmd:file
		test  dpkg-dev            cmd:dpkg-shlibdeps
		test  groff-base          cmd:groff
		test  zsh                 cmd:zsh
		web   nodejs              node:18
		web   npm                 cmd:npm
		web   ca-certificates     file:/etc/ssl/certs/ca-certificates.crt
		web   chromium            cmd:chromium|chromium-browser|google-chrome
		languages rustc-web       rustc:1.77
		languages mono-mcs        cmd:mcs
		languages mono-runtime    cmd:mono
		windows gcc-mingw-w64-x86-64-posix cmd:x86_64-w64-mingw32-gcc-posix
		windows g++-mingw-w64-x86-64-posix cmd:x86_64-w64-mingw32-g++-posix
		windows wine64            file:/usr/lib/wine/wine64
		windows dpkg-dev          cmd:dpkg-source
		windows debian-archive-keyring file:/usr/share/keyrings/debian-archive-keyring.gpg
		windows xz-utils          cmd:xz
		windows bzip2             cmd:bzip2
		bench iceoryx             cmd:iox-roudi
		bench libiceoryx-binding-c-dev deb:libiceoryx-binding-c-dev
		bench libzmq3-dev         pc:libzmq
		bench redis-server        cmd:redis-server
		bench libhiredis-dev      pc:hiredis
		bench mosquitto           cmd:mosquitto|/usr/sbin/mosquitto
		bench nats-server         cmd:nats-server
		bench nodejs              cmd:node
		bench npm                 cmd:npm
		bench openssl             cmd:openssl
	END
}

debian=0
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then debian=1; fi

installed() { # a Debian package
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]
}

present() { # kind:name|name
	local kind=${1%%:*} name
	while IFS= read -r -d '|' name; do
		case $kind in
		cmd) command -v "$name" >/dev/null && return 0 ;;
		pc) pkg-config --exists "$name" 2>/dev/null && return 0 ;;
		py) /usr/bin/python3 -c "import $name" 2>/dev/null && return 0 ;;
		file) [ -e "$name" ] && return 0 ;;
		node) [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$name" ] && return 0 ;;
		rustc) rustc --version 2>/dev/null | awk -v least="$name" '{ split($2, v, "."); split(least, l, "."); exit !(v[1] > l[1] || (v[1] == l[1] && v[2] >= l[2])) }' && return 0 ;;
		deb) [ $debian = 0 ] || installed "$name" && return 0 ;;
		esac
	done <<<"${1#*:}|"
	return 1
}

missing=()
for group in "${@:-build}"; do
	case $group in build | test | web | windows | languages | bench) ;; *) echo "install-deps.sh: no group '$group': build, test, web, windows, languages or bench" >&2 && exit 2 ;; esac
	while read -r of package sign; do
		if [ "$of" = "$group" ] && ! present "$sign"; then missing+=("$package"); fi
	done < <(table)
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ $debian = 0 ]; then
	echo "This is not Debian or Ubuntu. If something fails, install what these Debian packages stand for:" >&2
	printf '  %s\n' "${missing[@]}" >&2
	exit 0
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
	as_root=(sudo)
	if ! command -v sudo >/dev/null; then
		echo "Missing, and neither root nor sudo here. As root: apt-get install ${missing[*]}" >&2
		exit 1
	fi
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"; }
known() { apt-cache show "$@" >/dev/null 2>&1; }

echo "Installing: ${missing[*]}"
# Package lists may be absent, or so old that a file has moved meanwhile: fetched only then.
if known "${missing[@]}" && apt install --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then exit 0; fi
apt update
here=()
for package in "${missing[@]}"; do
	if known "$package"; then here+=("$package"); else echo "No package $package in this distribution: going on without" >&2; fi
done
[ ${#here[@]} = 0 ] || apt install --no-install-recommends "${here[@]}"
