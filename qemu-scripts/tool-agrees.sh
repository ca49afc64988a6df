# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# Holds what xen-safe-ranges foretells against the boot that judge has loaded: prints the
# difference, and fails if there is one. Sourced by it.

tool=$build/tools/xen-safe-ranges/xen-safe-ranges

# The extended regions, from the host's device tree, against the lines that Xen printed.
# U-Boot's script says where things lie; otherwise it is where QEMU puts them.
published_as_foretold() {
	local options=("--dom0-mem=$dom0_mem")
	local lines=$run/xen.lines

	if [ "$boot" = uboot ]; then
		options+=("--boot=$run/loaded/boot.cmd")
	else
		options+=(--xen-at=0x40200000-0x40400000 --tree-at=0x48000000-0x48100000)
	fi
	console "$run" | xen_lines >"$lines"
	options+=("--xen-version=$(printed_version <"$lines")" "--ipa-bits=$(printed_ipa_bits <"$lines")")
	options+=("--xen-smmu=$([ "$smmu" = yes ] && echo on || echo off)")
	options+=("--cpus=$cpus")
	[[ $xen_args != *ext_regions=0* ]] || options+=(--ext-regions=0)
	[[ $xen_args != *llc-coloring=on* ]] || options+=(--direct-map=no --llc-colors=8)
	# shellcheck disable=SC2207 # no blanks in them
	options+=($(printed_banks <"$lines"))
	"$tool" explain --json "$run/host.dtb" "${options[@]}" >"$run/published.json" || return
	regions_agree "$run/published.json" "$lines"
}

# What became of each byte, from dom0's device tree, against debugfs
kept_as_foretold() {
	local word options=() last iommu
	last=$(decision mappable | sed 's/.*-\(0x[0-9a-f]*\) .*/\1/')
	iommu=$(decision IOMMU)

	case $kernel in
	*-16k)	options+=(--page-size=16K) ;;
	*-64k)	options+=(--page-size=64K) ;;
	*)	options+=(--page-size=4K) ;;
	esac
	# The width that the kernel takes into account ends where that does.
	options+=("--ipa-bits=$(bc <<<"obase=2; $((last))" | tr -d '\n' | wc -c)")
	options+=("--ram-end=$(decision 'end of host RAM')" "--direct-map=$(decision direct-mapped)")
	case $iommu in
	*"Xen says so"*) options+=(--xen-smmu=on) ;;
	*"Xen says no"*) options+=(--xen-smmu=off) ;;
	esac
	for word in $dom0_args; do
		case $word in
		xen_unpopulated.iommu_protected) options+=(--iommu-protected) ;;
		xen_unpopulated.policy=*) options+=("--policy=${word#*=}") ;;
		xen_unpopulated.*=*)
			word=${word#xen_unpopulated.}
			IFS=, eval 'for range in ${word#*=}; do options+=("--${word%%=*}=$range"); done' ;;
		esac
	done
	"$tool" explain --json "$run/dom0.dtb" "${options[@]}" >"$run/kept.json" || return
	pieces_agree "$run/kept.json" /dev/stdin <<<"${result[decision]}"
}
