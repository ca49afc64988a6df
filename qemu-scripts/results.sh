# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a booted dom0 printed: its lines "@@ KEY VALUE", by key. Sourced.

# load_results RUN_DIR: fills result[KEY] with the values, a line each.
load_results() {
	local key value

	declare -gA result=()
	while read -r key value; do
		result[$key]+="${result[$key]:+$'\n'}$value"
	done < <(tr -d '\r' <"$1/console.log" | sed -n 's/^@@ //p')
	result[outcome]=$(cat "$1/outcome" 2>/dev/null || echo "it was not started")
	result[host_sha256]=$(cat "$1/disk.sha256" 2>/dev/null || :)
}

# counter WHEN NAME: a counter of the pool, WHEN is counters, counters_held, ...
counter() {
	sed -n "s/^$2 //p" <<<"${result[$1]:-}"
}

# decision NAME: a line of the decision
decision() {
	sed -n "s/^$1: //p" <<<"${result[decision]:-}"
}

# The ranges that the pool got, "START LAST" a line, in hex.
pool_ranges() {
	sed -n 's/^\(0x[0-9a-f]*\)-\(0x[0-9a-f]*\) .*/\1 \2/p' <<<"${result[ranges]:-}"
}

# overlaps START LAST: does any range of the pool overlap this one?
overlaps() {
	local start last
	while read -r start last; do
		[ -n "$start" ] || continue
		((start <= $2 && last >= $1)) && return 0
	done < <(pool_ranges)
	return 1
}

# guest_sum KIND: a checksum the guest saw
guest_sum() {
	sed -n "s/^sha256 $1 //p" <<<"${result[guest]:-}"
}
