#!/bin/sh
# run.sh node SCRIPT ARGS... | run.sh browser SCRIPT ARGS...: start a script of the web tests, or say why it is skipped.
needs=$1
shift
node=${NODE:-$(command -v node || command -v nodejs)}
if [ -z "$node" ]; then
	echo "skipped: node is not installed (Debian: apt install nodejs npm)"
	exit 77
fi
if [ "$needs" = browser ]; then
	CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
	if [ -z "$CHROMIUM" ]; then
		echo "skipped: chromium is not installed (Debian: apt install chromium)"
		exit 77
	fi
	export CHROMIUM
fi
exec "$node" "$@"
