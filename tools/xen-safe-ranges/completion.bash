# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion for xen-safe-ranges(1): commands, options as --help has them, what an option
# may be, and files that may be boards.
_xen_safe_ranges() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=

	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	[ "$word" != = ] || word=
	case $previous in
	xen-safe-ranges)	words="map explain check suggest guest diff --help --version" ;;
	--policy)		words="auto published holes balloon" ;;
	--xen-smmu)		words="on off auto" ;;
	--direct-map)		words="yes no auto" ;;
	--ext-regions)		words="0 1 auto" ;;
	--page-size)		words="4K 16K 64K" ;;
	--color)		words="always never auto" ;;
	esac
	if [ -z "$words" ] && [[ $word == -* ]]; then
		words=$(xen-safe-ranges --help | grep -o -e '--[a-z0-9-]*' | sort -u)
	fi
	mapfile -t COMPREPLY < <(if [ -n "$words" ]; then compgen -W "$words" -- "$word"
				 else compgen -f -- "$word"; fi)
}
complete -o filenames -F _xen_safe_ranges xen-safe-ranges
