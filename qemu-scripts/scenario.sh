# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Scenarios: one file each in scenarios/, shell assignments, and beside it NAME.dtso, if
# the device tree is changed for it. This file has the defaults, which
# say what can be set, and so has parts/NAME/keys for what a part of the self-test reads;
# it turns names into files. Sourced by what boots or reads boots, with what these share.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/console.sh"

part_dir=$root/qemu-scripts/parts

# default_keys: of every machine that is booted, and what a scenario wants
default_keys() {
	local keys

	about=			# a line for the list
	groups=			# that it is of; the list has it in the first
	arch=arm64
	kernel=arm64-4k		# arm64-4k, -16k, -64k, -acpi, -debug, -kcsan; x86_64; -bench: to measure;
				# -without-i2: lacks a rule of the decision
	guest_kernel=		# the guests', if it is not that one
	xen=built		# built, acpi (built with that), or Debian's: 4.17, 4.20
	needs_xen=		# the version that this takes, or a later one
	boot=direct		# direct, uboot, efi, acpi, tree (Xen alone, by the layouts)
	kernel_addr=0x49000000	# direct: where the modules are put
	initrd_addr=0x4d000000
	started=		# direct: START+SIZE of RAM for a domain that Xen starts
	started_args=		# for its kernel
	overlay=		# changes the device tree; NAME.dtso
	coherent=yes		# no: devices that are not, for the kernel
	ram=3072		# MiB
	dom0_mem=768M
	smmu=no			# no, yes (driven by Xen), dom0 (driven by dom0's kernel)
	listed=			# yes, no: what is behind it is in xen,iommu-masters; yes if Xen drives it
	gic=3
	cpus=1			# 2: no other boot runs meanwhile, see alone()
	icount=			# yes: an instruction takes a nanosecond; with one CPU
	count=			# yes: count instructions by where they are, see parts/figures
	patience=180		# seconds without output that count as hung
	xen_args=
	dom0_args=
	cpu=cortex-a57
	guest_mem=192		# MiB each
	guest_args=		# for their kernels; domid=1: it maps grants, too
	guests=1		# how many, each with a disk of the host's
	rounds=1		# how often they are created, and run to their end
	disk=			# theirs: virtio (mmio), virtio-pci (behind the SMMU); loop, a file in dom0;
				# driver, in the driver domain; virtio-pci if Xen drives the SMMU
	net=			# dom0's network card: virtio, virtio-pci, no; as the disk
	net_mac=52:54:00:00:00:02
	uart=no			# yes: a second one, what it is sent goes to the file uart
	devices=		# further options of QEMU
	slots=			# the PCI slots of those whose streams Xen is to know
	parts="grants blkback"	# of the self-test, in this order
	dom0_keys="parts guests rounds guest_mem guest_args count" # what dom0 is told

	want_source=published	# published, holes, balloon
	want_row=		# of the decision table; otherwise 4 if it is balloon
	want_reason=		# part of the reason
	want_log=		# part of the kernel's messages
	want_errors=		# pattern of dom0's that are errors, and may come
	want_identity=yes	# direct-mapped
	want_excluded=		# start-last or start-: may not be in a range
	want_passed_through=no	# the log: a device's IOMMU, of this kernel's, confines nothing
	want_dma=		# by guest frame, machine (frame) or mixed; guest if listed, with no disk beside
	want_xen=		# pattern of what Xen says once dom0 runs, and may
	want_copied=no		# the log: foreign pages are copied for a device
	want_hung=		# it hangs, before init and after this message of the kernel's
	want_out=0		# ballooned pages that stay out: frames of the grant table
	want_checkers=		# of the kernel, that still look at the end (reports.sh)
	for keys in "$part_dir"/*/keys; do
		# shellcheck source=/dev/null
		. "$keys"
	done
}

# like NAME: in a scenario's first line, one that it is like, but for what follows
like() {
	# shellcheck source=/dev/null
	. "$(scenario_file "$1")"
}

# scenario_file NAME: those that measure, and the soak, are in no group.
scenario_file() {
	case $1 in
	bench*|soak)	echo "$root/qemu-scripts/$1.scenario" ;;
	*)		echo "$root/qemu-scripts/scenarios/$1" ;;
	esac
}

# debug_like NAME, kcsan_like NAME: as like, but with a kernel that looks at itself
debug_like() {
	like "$1"
	looks_at_itself debug "kasan lockdep dma-api page-poisoning kmemleak"
	dom0_args+=" page_poison=1" guest_args+=" page_poison=1"
}

kcsan_like() {
	like "$1"
	looks_at_itself kcsan kcsan
}

# looks_at_itself KERNEL CHECKERS: which is slow, and takes memory
looks_at_itself() {
	about+=", with ${2// /, }"
	groups=debug kernel=arm64-$1 want_checkers=$2
	dom0_mem=1G guest_mem=320 cpus=2 patience=600
	parts="kunit $parts" dom0_args+=" kunit.enable=1"
}

load_scenario() {
	local file part

	file=$(scenario_file "$1")
	[ -r "$file" ] || die "there is no scenario '$1'; 'make scenarios' lists them"
	default_keys
	# shellcheck source=/dev/null
	. "$file"
	[ ! -e "$file.dtso" ] || overlay=$file.dtso
	[ "$want_source" != balloon ] || want_row=${want_row:-4}
	[ -n "$groups" ] || die "scenario $1: it names no group in groups="
	choose_devices
	for part in $parts; do
		[ -d "$part_dir/$part" ] ||
			die "scenario $1: there is no part '$part' of $(cd "$part_dir" && echo *)"
	done
	choose_xen
	# dom0's tools must be of Xen's version, or it can have no guest.
	tools=$arch-$xen_version no_guest='' has_guest=''
	for part in $parts; do
		if [ ! -e "$part_dir/$part/config" ]; then
			continue
		elif [ -e "$root/configs/packages/tools-$tools" ]; then
			has_guest=yes
		else
			no_guest="there are no tools of Xen $xen_version"
			parts=" $parts " parts=${parts/ $part / }
		fi
	done
	[ -e "$root/configs/packages/tools-$tools" ] || tools=$arch-4.20
}

# choose_devices: what is not said of the kind of the disks and the card
choose_devices() {
	local kind=virtio

	[ "$smmu" != yes ] && [ "$arch" = arm64 ] || kind=virtio-pci
	disk=${disk:-$kind} net=${net:-$kind}
	disk_of_host=$([[ $disk != virtio* ]] || echo yes)
	listed=${listed:-$smmu}
	kind=machine
	[ "$smmu-$listed" != yes-yes ] || kind=guest
	[ "$kind-$disk" != guest-virtio ] || kind=mixed
	want_dma=${want_dma:-$kind}
}

# choose_xen: the package that $xen is of, its version, and why it cannot be booted
choose_xen() {
	xen_package='' xen_built=xen xen_version=$xen unmet=''
	case $arch-$xen in
	arm64-built)	xen_version=${built_version:=$(version_of_built)} ;;
	arm64-acpi)	xen_built=xen-acpi xen_version=${built_version:=$(version_of_built)}
			unmet=${XEN:+it needs a Xen that is built with ACPI, but XEN=$XEN is given} ;;
	arm64-4.17|arm64-4.20) xen_package=xen-$xen ;;
	x86_64-4.20)	xen_package="xen-x86_64" ;;
	*)		die "scenario: xen=$xen for $arch is not built, acpi, 4.17 or 4.20" ;;
	esac
	[ -z "$needs_xen" ] || printf '%s\n' "$needs_xen" "$xen_version" | sort -CV ||
		unmet="it needs Xen $needs_xen or later, this is $xen_version"
}

# has_part NAME: does the self-test have it?
has_part() { [[ " $parts " == *" $1 "* ]]; }

# The version of the hypervisor that is given or built, before it has been booted.
version_of_built() {
	if [ -n "${XEN:-}" ]; then
		grep -aom 1 'xen,xen-[0-9]*\.[0-9]*' "$XEN" | cut -d- -f2 ||
			die "XEN=$XEN is no hypervisor for arm64"
	else
		sed -n 's/^export XEN_SUBVERSION *= */4./p' "$build/pkg/xen-source/xen/Makefile" 2>/dev/null ||
			echo 4.20
	fi
}

# run_of SCENARIO TREE: where the boot's console and the rest are
run_of() { echo "$build/runs/$linux/$1-$2"; }

# variant TREE KERNEL: of its kernels, what is booted for that one. Mainline has no rule to
# lack.
variant() {
	[ "$1" = mainline ] && echo "${2%-without-i2}" || echo "$2"
}

# kernel_image TREE KERNEL
kernel_image() {
	local dir
	dir=$build/kernel/$linux/$1/$(variant "$1" "$2")

	case $arch in
	x86_64)	echo "$dir/arch/x86/boot/bzImage" ;;
	*)	echo "$dir/arch/arm64/boot/Image" ;;
	esac
}

xen_binary() {
	case $xen_package in
	'')		echo "${XEN:-$build/$xen_built/xen}" ;;
	xen-x86_64)	echo "$build/pkg/xen-x86_64/boot/xen-4.20-amd64.gz" ;;
	*)		echo "$build/pkg/$xen_package/boot/$xen_package-arm64" ;;
	esac
}
