#!/usr/bin/env bash
# windows-deps.sh          build the libraries that the Windows build links, statically, where they are not yet
# windows-deps.sh --where  print where they are, or will be
#
# Sources are Debian's source packages, fetched by apt with a state of its own (no root, and nothing of the system changes) and judged
# by the checksum of the tarball alone. The result is kept in ${PC_WINDOWS_DEPS:-~/.cache/pagecast}, under a name made from this
# script and the toolchain: what is there is right, and another checkout uses it, too.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
toolchain=$here/../cmake/mingw-w64-x86_64.cmake
cache=${PC_WINDOWS_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/pagecast}
version=$(cat "$0" "$toolchain" | sha256sum | cut -c1-16)
prefix=$cache/windows-$version
if [ "${1:-}" = --where ]; then echo "$prefix" && exit 0; fi
if [ -f "$prefix/complete" ]; then exit 0; fi

mkdir -p "$cache"
exec 9>"$cache/windows.lock"
flock 9 # two builds at once: the second finds what the first made
if [ -f "$prefix/complete" ]; then exit 0; fi
rm -rf "$prefix" && mkdir -p "$prefix"
work=$(mktemp -d "$cache/windows-work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$cache/sources"

apt_lists() { # a state of our own, fetched once
	[ ! -d "$work/apt" ] || return 0
	mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror=${PC_DEBIAN_MIRROR:-http://deb.debian.org/debian} suite
	for suite in bookworm trixie; do echo "deb-src [signed-by=$keys] $mirror $suite main"; done >"$work/apt/sources.list"
	cat >"$work/apt/apt.conf" <<-END
		Dir::State::lists "$work/apt/lists";
		Dir::Cache "$work/apt/cache";
		Dir::Etc::sourcelist "$work/apt/sources.list";
		Dir::Etc::sourceparts "-";
		APT::Sandbox::User "";
	END
	APT_CONFIG=$work/apt/apt.conf apt-get -qq update
}

fetch() { # source/suite tarball sha256
	local at=$cache/sources/$2
	if [ ! -f "$at" ]; then
		apt_lists
		# Some mirrors lack a .dsc and apt fails after it has the tarball: the tarball and its checksum are what counts.
		(cd "$work" && APT_CONFIG=$work/apt/apt.conf apt-get -qq source --download-only --only-source "$1" >"$work/fetch.log" 2>&1) || true
		[ -f "$work/$2" ] || { cat "$work/fetch.log" >&2; echo "windows-deps.sh: $2 could not be fetched" >&2; exit 1; }
		mv "$work/$2" "$at"
	fi
	echo "$3  $at" | sha256sum -c --quiet - || { rm -f "$at"; echo "windows-deps.sh: $2 is not the file that it should be" >&2; exit 1; }
	tar -C "$work" -xf "$at"
}

build() { # folder options...
	local name=${1%%/*} folder=$work/$1 log=$work/$1.log start=$SECONDS
	shift
	{ cmake -G Ninja -S "$folder" -B "$folder/build" -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DPC_DEPS_PREFIX="$prefix" \
		-DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@" &&
		cmake --build "$folder/build" && cmake --install "$folder/build" --strip; } >"$log" 2>&1 ||
		{ tail -30 "$log" >&2; exit 1; }
	echo "  $name: $((SECONDS - start)) s"
}

licence() { # folder file
	mkdir -p "$prefix/licences" && cp "$work/$1/$2" "$prefix/licences/$1.txt"
}

echo "Building the libraries for Windows, once:"
fetch msgpack-c/bookworm msgpack-c_4.0.0.orig.tar.gz 420fe35e7572f2a168d17e660ef981a589c9cbe77faa25eb34a520e1fcc032c8
build msgpack-c-4.0.0 -DMSGPACK_BUILD_EXAMPLES=OFF -DMSGPACK_BUILD_TESTS=OFF
licence msgpack-c-4.0.0 LICENSE_1_0.txt
fetch libyaml/bookworm libyaml_0.2.5.orig.tar.gz fa240dbf262be053f3898006d502d514936c818e422afdcf33921c63bed9bf2e
build libyaml-0.2.5
# It installs a package for CMake, but none for pkg-config, by which Debian's own is found.
mkdir -p "$prefix/lib/pkgconfig"
cat >"$prefix/lib/pkgconfig/yaml-0.1.pc" <<END
prefix=$prefix
Name: LibYAML
Description: YAML 1.1
Version: 0.2.5
Cflags: -I$prefix/include -DYAML_DECLARE_STATIC
Libs: -L$prefix/lib -lyaml
END
licence libyaml-0.2.5 License
fetch libzstd/trixie libzstd_1.5.7+dfsg.orig.tar.xz 0c092ef267edce57ba7f3f2645c861f72eaf5e76273c6c3632869423464b90a5
build zstd-1.5.7/build/cmake -DZSTD_BUILD_PROGRAMS=OFF -DZSTD_BUILD_SHARED=OFF -DZSTD_MULTITHREAD_SUPPORT=OFF -DZSTD_LEGACY_SUPPORT=OFF
licence zstd-1.5.7 LICENSE
fetch libuv1/trixie libuv1_1.50.0.orig.tar.gz ec9de6ecf2a780fd2afb3b007947d2cd57c3bb17f3b9e721a66774980d35cd4d
mv "$work"/libuv*-1.50.0* "$work/libuv-1.50.0" 2>/dev/null || true
build libuv-1.50.0 -DLIBUV_BUILD_SHARED=OFF
sed 's/^Name:.*/Name: libuv/; s/-l:libuv.a/-luv/' "$prefix/lib/pkgconfig/libuv-static.pc" >"$prefix/lib/pkgconfig/libuv.pc"
licence libuv-1.50.0 LICENSE
fetch mbedtls/trixie mbedtls_3.6.6.orig.tar.bz2 8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a
build mbedtls-3.6.6 -DENABLE_TESTING=OFF -DENABLE_PROGRAMS=OFF -DGEN_FILES=OFF
licence mbedtls-3.6.6 LICENSE
# 4.3 or newer: older ones stop at 63 sockets on Windows. Without the list of libraries twelve of its checks fail silently.
fetch libwebsockets/trixie libwebsockets_4.3.5.orig.tar.gz 87f99ad32803ed325fceac5327aae1f5c1b417d54ee61ad36cffc8df5f5ab276
# Of each context it keeps the source of random numbers, 216 bytes of mbedtls: what Unix has at the end of a context is not in its Windows half.
init=$work/libwebsockets-4.3.5/lib/plat/windows/windows-init.c
sed -i 's/^\tWSACleanup();$/\tmbedtls_ctr_drbg_free(\&context->mcdc);\n\tmbedtls_entropy_free(\&context->mec);\n&/' "$init"
grep -q 'mbedtls_entropy_free(&context->mec)' "$init" || { echo "windows-deps.sh: $init is not what it was" >&2; exit 1; }
tls="$prefix/lib/libmbedtls.a;$prefix/lib/libmbedx509.a;$prefix/lib/libmbedcrypto.a;bcrypt;ws2_32"
build libwebsockets-4.3.5 -DLWS_WITH_SSL=ON -DLWS_WITH_MBEDTLS=ON "-DLWS_MBEDTLS_INCLUDE_DIRS=$prefix/include" \
	"-DLWS_MBEDTLS_LIBRARIES=$tls" "-DCMAKE_REQUIRED_LIBRARIES=$tls" -DLWS_WITHOUT_TESTAPPS=ON -DLWS_WITH_SHARED=OFF \
	-DLWS_WITHOUT_EXTENSIONS=ON -DLWS_WITHOUT_CLIENT=ON -DLWS_WITH_HTTP2=OFF -DLWS_IPV6=ON -DLWS_UNIX_SOCK=OFF -DDISABLE_WERROR=ON \
	-DLWS_WITH_SECURE_STREAMS=OFF -DLWS_WITH_SYS_SMD=OFF
licence libwebsockets-4.3.5 LICENSE
touch "$prefix/complete"
