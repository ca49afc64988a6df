# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What Xen printed about dom0, out of its console on standard input, and the same out
# of what xen-safe-ranges says. Sourced.

# dom0's banks of RAM, as options of xen-safe-ranges
printed_banks() {
	sed -n 's/.*BANK\[[0-9]*\] \(0x[0-9a-f]*-0x[0-9a-f]*\) .*/--dom0-bank=\1/p'
}

# "START END" a line. As C's %#x, Xen prints 0 without 0x.
printed_regions() {
	sed -nE 's/.*extended region [0-9]*: (0(x[0-9a-f]+)?)->(0(x[0-9a-f]+)?).*/\1 \3/p'
}

# The same of "explain --json"
foretold_regions() {
	local start last

	jq -r '.published[] | "\(.start) \(.last)"' | while read -r start last; do
		printf '%#x %#x\n' "$start" $((last + 1))
	done
}
