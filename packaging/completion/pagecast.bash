# pagecast.bash - completion of commands, options, regions, fields, daemons and states for bash.
# It knows no list of its own: commands and options come from `pagecast help`, names from what is there.

_pagecast_words() { # lines of stdin that are harmless words
	grep -xE '[A-Za-z0-9_.$+#@:\\-]+(\[[0-9]+\][A-Za-z0-9_.]*)*'
}

_pagecast_value() { # what option $3 of a command takes, as its help calls it: FILE, TIME, ...; nothing if it takes none
	local line
	while read -r line; do
		[[ $line =~ ^(-[a-zA-Z])?(, )?(--[a-z-]+)\ ([A-Z]+) ]] || continue
		[[ $3 != "${BASH_REMATCH[1]}" && $3 != "${BASH_REMATCH[3]}" ]] || echo "${BASH_REMATCH[4]}"
	done < <("$1" help "$2" 2>/dev/null)
}

_pagecast_daemons() {
	"$1" status --color=never 2>/dev/null | sed -n 's/^\([^ ][^ ]*\)  .*/\1/p' | _pagecast_words
}

_pagecast() {
	local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]:-} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local words= value=
	COMPREPLY=()
	if [[ $previous == -* ]] && ((COMP_CWORD > 2)); then value=$(_pagecast_value "$program" "$command" "$previous"); fi
	if ((COMP_CWORD == 1)); then
		words=$("$program" help 2>/dev/null | sed -n 's/^   \([a-z]*\) .*/\1/p')
	elif [[ $current == -* ]]; then
		words=$("$program" help "$command" 2>/dev/null | grep -oE '^   +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
	elif [[ $command == wait && ($previous == --for || $previous == -f) ]]; then
		words="exists data live dead closed gone stale starting legacy unreachable retired absent"
	elif [[ $command == top && ($previous == --sort || $previous == -s) ]]; then
		words="name rate age state"
	elif [[ $previous == --color ]]; then
		words="auto always never"
	elif [[ $previous == --lang || $previous == -l && $command == layout ]]; then
		words="c cpp python csharp rust typescript"
	elif [[ $value == FILE || $value == DIR ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current") && return
	elif [[ $value == USER ]]; then
		words=$(compgen -u)
	elif [[ $previous == --instance || $previous == -i && $value ]]; then
		words=$(_pagecast_daemons "$program")
	elif [[ $value ]]; then
		return # a number or a time: nobody knows
	else
		case $command in
		help) words="$("$program" help 2>/dev/null | sed -n 's/^   \([a-z]*\) .*/\1/p') exit-codes" ;;
		check | play | export) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
		layout | plugin | recording)
			if ((COMP_CWORD > 2)); then mapfile -t COMPREPLY < <(compgen -f -- "$current") && return; fi
			words=$("$program" help "$command" 2>/dev/null | sed -n 's/^\([a-z][a-z-]*\) [A-Z].*/\1/p')
			if [[ $command == recording ]]; then words="info check"; fi
			;;
		status | reload) words=$(_pagecast_daemons "$program") ;;
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
