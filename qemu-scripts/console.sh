# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The reader of consoles: what Xen printed, what dom0 printed, and what xen-safe-ranges
# says of the same. Sourced.

# console RUN_DIR: what was printed there
console() { tr -d '\r' <"$1/console.log"; }

## Xen

# xen_lines: of a console, what Xen says about itself and what it publishes
xen_lines() {
	sed -n 's/^(XEN) //; s/^\(Xen version [0-9]*\.[0-9]*\).*/\1/p
		/^\(d[0-9]* \|d[0-9]*: STATIC \)\?BANK\[/p; /^d[0-9]*: .*extended region/p
		/^P2M: .*IPA/p; /^I\/O virtualisation/p
		/^Unable to retrieve address/p; /^DT: no ranges/p
		/^Failed to allocate requested/p; /^Device tree generation failed/p; /^Data Abort/p; /exceeds the maximum/p
		/^PFN compression/p'
}

# The rest takes these lines.
printed_version() { sed -n 's/^Xen version //p'; }
printed_ipa_bits() { sed -n 's/^P2M: \([0-9]*\)-bit IPA.*/\1/p'; }

# dom0's banks of RAM, as options of xen-safe-ranges
printed_banks() {
	sed -n '/^d[1-9]/d; s/.*BANK\[[0-9]*\] \(0x[0-9a-f]*-0x[0-9a-f]*\) .*/--dom0-bank=\1/p'
}

# dom0's, "START END" a line. As C's %#x, Xen prints 0 without 0x.
printed_regions() {
	sed -nE '/^d[1-9]/d; s/.*extended region [0-9]*: (0(x[0-9a-f]+)?)->(0(x[0-9a-f]+)?).*/\1 \3/p'
}

# regions_agree JSON LINES: does "explain --json" foretell them?
regions_agree() {
	local start last

	diff <(printed_regions <"$2") <(jq -r '.published[] | "\(.start) \(.last)"' "$1" |
		while read -r start last; do printf '%#x %#x\n' "$start" $((last + 1)); done)
}

# pieces_agree JSON DECISION: and what debugfs said of each byte, and the source?
pieces_agree() {
	local start last owner

	diff <(grep -e ^0x -e ^source: "$2" | sort) <(jq -r '.kernels[0] | "source: \(.source)",
			(.pieces[] | "\(.start) \(.last) \(.owner) \(.node)")' "$1" |
		while read -r start last owner; do
			case $start in
			source:) echo "source: $last" ;;
			*)	printf '0x%016x-0x%016x %s\n' "$start" "$last" "${owner% }" ;;
			esac
		done | sort)
}

## dom0: its lines "@@ KEY VALUE", by key

# load_results RUN_DIR: fills result[KEY] with the values, a line each.
load_results() {
	local key value

	declare -gA result=()
	while read -r key value; do
		result[$key]+="${result[$key]:+$'\n'}$value"
	done < <(console "$1" | sed -n 's/^@@ //p')
	result[outcome]=$(cat "$1/outcome" 2>/dev/null || echo "it was not started")
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

# marks RUN_DIR: what was counted until each mark, as lines "MARK KEY VALUE".
marks() {
	sed -n 's/^mark //p' "$1/instructions.log" | awk '{
		for (i = 2; i <= NF; i++) {
			split($i, of, "=")
			print $1, of[1], of[2]
		}
	}'
}

# disk_sum N WHERE: checksum of the disk of guest N, in the guest by dump or dump-direct, in
# the back end's domain (backend), or of the host's file (host)
disk_sum() {
	case $2 in
	host)	cat "$run/disk$1.sha256" ;;
	backend) sed -n "s/^$1 //p" <<<"${result[backend_sha256]:-}" ;;
	*)	sed -n "s/^sha256 $2 //p" <<<"${result[guest$1]:-}" ;;
	esac
}
