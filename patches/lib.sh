# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What scripts/integrate and scripts/make-patches share: reading the files in
# patches/ (see README.md there), checking what a change expects, making it.
# Needs TOP, the project's directory.

export LC_ALL=C

# A file of ours that no kernel has: where it is, the tree was integrated.
# shellcheck disable=SC2034 # for those who source this
MARKER=drivers/xen/Kconfig.unpopulated

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The release of the kernel tree $1, or nothing if it is none.
kernel_version()
{
	[ -f "$1/Makefile" ] && [ -d "$1/drivers/xen" ] || return 0
	awk '$2 == "=" && /^(VERSION|PATCHLEVEL|SUBLEVEL)/ { v = v s $3; s = "." }
	     END { print v }' "$1/Makefile"
}

# The project's files that belong into a kernel tree.
overlay_files()
{
	local dirs=(drivers arch include Documentation) f

	cd "$TOP" || exit
	if [ -e .git ]; then
		git -c core.quotePath=off ls-files -co --exclude-standard -- "${dirs[@]}"
	else
		find "${dirs[@]}" -type f 2>/dev/null
	fi | grep -vE '\.(md|svg)$' | sort -u | while read -r f; do
		# git still lists a file that was just deleted
		[ ! -f "$f" ] || printf '%s\n' "$f"
	done
}

# The files in patches/, in order: all, or those that have a target.
all_changes() { ls "$TOP"/patches/[0-9][0-9]-*; }
changes() { all_changes | grep -v '\.files$'; }

header() { sed -nE '/^(#|\/\/)/!q; s,^(#|//) ?,,p' "$1"; }
field() { header "$2" | sed -n "/^\$/q; s/^$1: //p"; }
targets() { field Target "$1"; sed -n 's,^+++ b/,,p' "$1"; }
# The part of patch $1 that is for file $2
part_for() { awk -v f="$2" '/^--- a\// { on = $2 == "a/" f } on' "$1"; }
message() { header "$1" | sed '1,/^$/d'; }

# Print what change $2 states under $1 ("Before", "After") and file $3 does not meet.
unmet()
{
	local count regex found

	while read -r count regex; do
		found=$(grep -cE -e "$regex" "$3")
		[ "$found" = "$count" ] ||
			printf '\n    %s line(s) matching %s  (found %s)' "$count" "$regex" "$found"
	done < <(field "$1" "$2")
}

run_tool()
{
	case $1 in
	*.cocci) spatch --very-quiet --no-includes --in-place --sp-file "$1" "$2" >/dev/null ;;
	*.unifdef) unifdef -B -m -f "$1" "$2" || [ $? = 1 ] ;; # 1: it changed something
	*.expect) ;;
	*.remove) rm "$2" ;;
	*) echo "$1: unknown kind of change" >&2; false ;;
	esac
}

# Print each line that patch $1 adds and tree $2 has not.
missing_lines()
{
	local line file

	while IFS= read -r line; do
		case $line in
		'+++ b/'*) file=$2/${line#+++ b/} ;;
		+?*) grep -qsxFe "${line#+}" "$file" || printf '\n    %s' "${line#+}" ;;
		esac
	done <"$1"
}

# Print each line at the margin, an entry's first, that patch $2 takes away and tree $3
# does not have $1 times.
removed_lines()
{
	local line file found

	while IFS= read -r line; do
		case $line in
		'--- a/'*) file=$3/${line#--- a/} ;;
		-[![:space:]]*)
			found=$(grep -csxFe "${line#-}" "$file") || :
			[ "$found" = "$1" ] ||
				printf '\n    %s line(s) %s  (found %s)' "$1" "${line#-}" "$found" ;;
		esac
	done <"$2"
}

# Apply patch $1 to tree $2, all of it or nothing, where each line is as it is there.
# $3 is not empty if the tree may have it already.
apply_patch()
{
	local apply=(patch -d "$2" -p1 -F0 -N -s --no-backup-if-mismatch -r -) file lacks

	if [ "$3" ]; then
		lacks=$(missing_lines "$1" "$2"; removed_lines 0 "$1" "$2")
		[ "$lacks" ] || return 0
	fi
	lacks=$(removed_lines 1 "$1" "$2")
	if [ -z "$lacks" ] && "${apply[@]}" --dry-run <"$1" >/dev/null 2>&1; then
		"${apply[@]}" <"$1"
		return
	fi
	for file in $(targets "$1"); do
		if [ -f "$2/$file" ]; then
			lacks=$(removed_lines 1 <(part_for "$1" "$file") "$2"
				part_for "$1" "$file" | "${apply[@]}" --dry-run 2>&1)
		else
			lacks=' it does not exist'
		fi
		[ -z "$lacks" ] || echo "$file is not as patches/${1##*/} expects it:$lacks" >&2
	done
	return 1
}

# Make change $1 in tree $2. $3 is not empty if the tree may have it already.
make_change()
{
	local file what lacks

	[[ $1 != *.patch ]] || { apply_patch "$@"; return; }
	file=$2/$(field Target "$1")
	what="${file#"$2"/} is not as patches/${1##*/} expects it"
	# to remove what is not there is no change
	[[ $1 != *.remove || -e $file ]] || return 0
	if [ ! -f "$file" ]; then
		echo "$what: it does not exist" >&2
		return 1
	fi
	lacks=$(unmet Before "$1" "$file")
	if [ "$lacks" ]; then
		if [ "$3" ] && [ "$(field After "$1")" ]; then
			lacks=$(unmet After "$1" "$file")
			[ "$lacks" ] || return 0
		fi
		echo "$what:$lacks" >&2
		return 1
	fi
	run_tool "$1" "$file" || return 1
	[[ $1 != *.remove ]] || return 0
	lacks=$(unmet After "$1" "$file")
	if [ "$lacks" ]; then
		echo "${file#"$2"/} is not as patches/${1##*/} should have made it:$lacks" >&2
		return 1
	fi
}
