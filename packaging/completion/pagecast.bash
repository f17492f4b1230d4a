# pagecast.bash - completion of commands, options, regions, fields, daemons and states for bash.
# It knows no list of its own: commands and options come from `pagecast help`, names from what is there.

_pagecast_words() { # lines of stdin that are harmless words
	grep -xE '[A-Za-z0-9_.$+#@:\\-]+(\[[0-9]+\][A-Za-z0-9_.]*)*'
}

_pagecast() {
	local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]:-} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local words=
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		words=$("$program" help 2>/dev/null | sed -n 's/^   \([a-z]*\) .*/\1/p')
	elif [[ $current == -* ]]; then
		words=$("$program" help "$command" 2>/dev/null | grep -oE '^   +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
	elif [[ $previous == --for || $previous == -f && $command == wait ]]; then
		words="exists data live dead closed gone stale starting legacy unreachable retired absent"
	elif [[ $command == top && ($previous == --sort || $previous == -s) ]]; then
		words="name rate age state"
	elif [[ $command == doctor && ($previous == --config || $previous == -c) ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current") && return
	elif [[ $command == doctor && ($previous == --user || $previous == -u) ]]; then
		words=$(compgen -u)
	elif [[ $previous == --color ]]; then
		words="auto always never"
	elif [[ $previous == --lang || $previous == -l && $command == layout ]]; then
		words="c cpp python csharp rust typescript"
	else
		case $command in
		help) words="$("$program" help 2>/dev/null | sed -n 's/^   \([a-z]*\) .*/\1/p') exit-codes" ;;
		check | play | export | recording) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
		layout)
			if ((COMP_CWORD > 2)); then mapfile -t COMPREPLY < <(compgen -f -- "$current") && return; fi
			words=$("$program" help layout 2>/dev/null | sed -n 's/^\([a-z][a-z-]*\) [A-Z].*/\1/p')
			;;
		status | reload) words=$("$program" status 2>/dev/null | sed -n 's/^\([^ ][^ ]*\)  .*/\1/p' | _pagecast_words) ;;
		list | top | read | watch | write | wait | dump | record)
			if ((COMP_CWORD == 2)) || [[ $command == list || $command == top || $command == record ]]; then
				words=$("$program" list --color=never 2>/dev/null | sed -n '2,$s/  .*//p' | _pagecast_words)
			elif [[ $command == read || $command == watch || $command == write ]]; then
				words=$("$program" read "${COMP_WORDS[2]}" --color=never 2>/dev/null | sed -n '/rows of zeroes/d;2,$s/ .*//p' | _pagecast_words)
				if [[ $command == write ]]; then
					compopt -o nospace 2>/dev/null
					words=$(sed 's/$/=/' <<<"$words")
				fi
			fi
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _pagecast pagecast
