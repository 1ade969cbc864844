# SPDX-License-Identifier: BSD-3-Clause
# bash completion of airbatch. What may follow is asked of the program itself (`airbatch help --complete`), so it is
# always that of the installed version. Without installing: source scripts/completion/airbatch.bash
_airbatch()
{
	local line=${COMP_LINE:0:COMP_POINT} words word current cut=
	read -ra words <<<"$line"
	[[ $line == *[[:blank:]] ]] && words+=("")
	current=${words[-1]}
	# bash splits words at '=' and ':', and replaces only what follows the last of them.
	[[ $current == *[=:]* ]] && cut=${current%"${current##*[=:]}"}
	local program=${words[0]/#\~/$HOME}
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		case $word in
		:files*)
			compopt -o filenames
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(
				compgen -d -- "${current#"$cut"}"
				compgen -f -X "!${word#:files }" -- "${current#"$cut"}"
			)
			;;
		:folders)
			compopt -o filenames
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${current#"$cut"}")
			;;
		:programs)
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$current")
			;;
		*)
			COMPREPLY+=("${word#"$cut"}")
			;;
		esac
	done < <("$program" help --complete "${words[@]:1}" 2>/dev/null)
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
	return 0
}
complete -F _airbatch airbatch
