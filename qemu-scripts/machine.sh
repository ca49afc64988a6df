# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# The launcher of all boots: QEMU as the keys of scenario.sh say, in the folder of the
# run, and the wait for its end. Sourced after scenario.sh.

xen_addr=0x40200000	# with boot=tree

# The machine as $command, and what it loads, which may be: dom0 of $image, initrd.gz,
# $dom0_args and $xen_args; with boot=tree, Xen alone with the tree host.dtb.
make_machine() {
	case $boot in
	direct|uboot|tree) ;;
	*)	die "scenario: boot=$boot is not direct, uboot or tree" ;;
	esac
	command=(-m "$ram" -smp "$cpus" -display none -no-reboot -nic none)
	[ -z "$icount" ] || command+=(-icount "shift=0,sleep=off")
	[ "$disk" = loop ] || command+=(-drive "file=disk.img,format=raw,if=none,id=disk")
	# A comma in an option's value is written twice.
	"machine_$arch" "${dom0_args//,/,,}"
}

machine_arm64() {
	local machine="virt,gic-version=$gic,virtualization=on,acpi=off"

	[ "$smmu" = no ] || machine+=",iommu=smmuv3"
	command=("${QEMU:-qemu-system-aarch64}" -machine "$machine" -cpu "$cpu" "${command[@]}")
	[ "$smmu" != yes ] || command+=(-global arm-smmuv3.stage=2)
	case $disk in
	virtio)	command+=(-global virtio-mmio.force-legacy=false
			-device "virtio-blk-device,drive=disk,iommu_platform=on") ;;
	virtio-pci) # Without MSI, which dom0 has no controller for: Linux 6.1 warns.
		command+=(-device "virtio-blk-pci,drive=disk,iommu_platform=on,disable-legacy=on,vectors=0") ;;
	esac
	# shellcheck disable=SC2206 # options
	command+=($devices)
	[ -z "$overlay" ] || dtc -q -I dts -O dtb -o overlay.dtbo "$overlay"
	"load_by_$boot" "$1"
	[ "$boot" != tree ] || return 0
	# The tree that is booted, to hold the tool's answers against.
	"${command[@]/"$machine"/"$machine,dumpdtb=host.dtb"}" -serial null -monitor none >/dev/null 2>&1
	[ "$boot" != uboot ] || write_boot_script "$1"
	[ -z "$overlay" ] || fdtoverlay -i host.dtb -o host.dtb overlay.dtbo
}

load_by_direct() {
	command+=(-kernel "$(xen_binary)"
		-append "console=dtuart dtuart=/pl011@9000000 $xen_args"
		-device "guest-loader,addr=$kernel_addr,kernel=$image,bootargs=$1"
		-device "guest-loader,addr=$initrd_addr,initrd=initrd.gz")
}

# overlay_commands NODE PATH: what is in a node of the overlay, as commands with which
# U-Boot puts it at a path: Debian's has no "fdt apply".
overlay_commands() {
	local name value

	while read -r name; do
		value=$(fdtget -t bx overlay.dtbo "$1" "$name")
		# A name that begins with # would begin a comment.
		echo "fdt set $2 ${name/#\#/\\#} ${value:+[$value]}"
	done < <(fdtget -p overlay.dtbo "$1")
	while read -r name; do
		echo "fdt mknod $2 $name"
		overlay_commands "$1/$name" "${2%/}/$name"
	done < <(fdtget -l overlay.dtbo "$1")
}

# nodes_with PROPERTY [NODE]: the nodes of the machine's tree that have it
nodes_with() {
	local node=${2:-/} name

	! fdtget host.dtb "$node" "$1" >/dev/null 2>&1 || echo "$node"
	while read -r name; do
		nodes_with "$1" "${node%/}/$name"
	done < <(fdtget -l host.dtb "$node")
}

# deletions: commands for U-Boot that take away what an overlay cannot; in host.dtb it is
# done.
deletions() {
	local node nodes

	[ "$coherent" = no ] || return 0
	mapfile -t nodes < <(nodes_with dma-coherent)
	for node in "${nodes[@]}"; do
		fdtput -d host.dtb "$node" dma-coherent
		echo "fdt rm $node dma-coherent"
	done
}

# U-Boot loads everything by TFTP.
load_by_uboot() {
	cp "$(xen_binary)" xen
	cp "$image" Image
	command+=(-bios "${UBOOT:-$build/pkg/u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin}"
		-netdev "user,id=n0,tftp=$PWD" -device "virtio-net-device,netdev=n0")
}

# It writes the nodes that Xen looks for, and changes those of host.dtb.
write_boot_script() {
	cat >boot.cmd <<-END
	tftpboot 0x42000000 xen
	tftpboot 0x49000000 Image
	setenv kernel_size 0x\${filesize}
	tftpboot 0x4d000000 initrd.gz
	setenv initrd_size 0x\${filesize}
	fdt addr \${fdtcontroladdr}
	fdt move \${fdtcontroladdr} 0x48000000
	fdt resize 0x1000
	fdt set /chosen \\#address-cells <2>
	fdt set /chosen \\#size-cells <2>
	fdt set /chosen xen,xen-bootargs "console=dtuart dtuart=/pl011@9000000 $xen_args"
	fdt mknod /chosen module@49000000
	fdt set /chosen/module@49000000 compatible "multiboot,kernel" "multiboot,module"
	fdt set /chosen/module@49000000 reg <0x0 0x49000000 0x0 \${kernel_size}>
	fdt set /chosen/module@49000000 bootargs "$dom0_args"
	fdt mknod /chosen module@4d000000
	fdt set /chosen/module@4d000000 compatible "multiboot,ramdisk" "multiboot,module"
	fdt set /chosen/module@4d000000 reg <0x0 0x4d000000 0x0 \${initrd_size}>
	$(for fragment in $([ -z "$overlay" ] || fdtget -l overlay.dtbo / | grep ^fragment@); do
		overlay_commands "/$fragment/__overlay__" "$(fdtget overlay.dtbo "/$fragment" target-path)"
	  done)
	$(deletions)
	booti 0x42000000 - 0x48000000
	echo "booti failed"
	poweroff
	END
	mkimage -A arm64 -T script -C none -d boot.cmd boot.scr.uimg >/dev/null
}

# words NUMBER...: as 32 bits each, little-endian
words() {
	local word

	for word; do
		printf "$(printf '\\x%02x' $((word & 255)) $((word >> 8 & 255)) $((word >> 16 & 255)) $((word >> 24 & 255)))"
	done
}

# Neither a boot loader nor QEMU's own one touches the tree: a stub enters Xen.
load_by_tree() {
	local stub=0x47000000 tree kernel size

	tree=0x$(fdtget -t x -d 48000000 host.dtb /chosen bench,tree-at)
	read -r _ kernel _ size < <(fdtget -t x host.dtb /chosen/module-kernel reg)
	# An arm64 Image of one instruction, which is never run
	words 0x14000000 0 0 0 "0x$size" 0 0 0 0 0 0 0 0 0 0x644d5241 0 >kernel
	# ldr x0, tree; ldr x4, xen; br x4
	words 0x58000080 0x580000a4 0xd61f0080 0xd503201f "$tree" 0 "$xen_addr" 0 >stub
	command+=(-device "loader,file=$(xen_binary),addr=$xen_addr,force-raw=on"
		-device "loader,file=host.dtb,addr=$tree,force-raw=on"
		-device "loader,file=kernel,addr=0x$kernel,force-raw=on"
		-device "loader,file=stub,addr=$stub,force-raw=on"
		-device "loader,addr=$stub,cpu-num=0")
}

machine_x86_64() {
	zcat "$(xen_binary)" >xen
	# QEMU (10.0) lets SHA instructions pass without the trap by which Xen
	# notices that the FPU still holds another guest's state: checksums in a PV
	# guest are wrong now and then, of plain memory, too.
	command=(qemu-system-x86_64 -machine q35 -cpu "max,sha-ni=off" "${command[@]}"
		-kernel xen -append "console=com1 noreboot=0 $xen_args" -initrd "$image $1,initrd.gz")
	[ "$disk" = loop ] || command+=(-device "virtio-blk-pci,drive=disk")
}

# run_machine [SEEN]: until it powers off, hangs (nothing new for long is that, too), or
# the console has SEEN, an extended regular expression; says in $outcome if it went wrong.
run_machine() {
	local quiet=0 size=0 new

	outcome=
	"${command[@]}" -serial stdio -monitor none >console.log 2>qemu.err </dev/null &
	qemu=$!
	trap 'kill $qemu 2>/dev/null || :' EXIT
	while kill -0 $qemu 2>/dev/null; do
		sleep 0.5
		new=$(stat -c %s console.log)
		quiet=$((new == size ? quiet + 1 : 0))
		size=$new
		if [ $quiet -ge $((2 * patience)) ]; then
			outcome="hung: nothing on the console for $patience s"
		elif [ "$size" -gt $((64 << 20)) ]; then
			outcome="hung: it prints without end"
		elif [ -z "${1:-}" ] || ! grep -aqE "$1" console.log; then
			continue
		fi
		kill $qemu 2>/dev/null || :
	done
	if ! wait $qemu && [ -z "$outcome" ]; then
		outcome="QEMU failed: $(tail -n 1 qemu.err)"
	fi
	trap - EXIT
}

# run_interactive: with the console here. What is no terminal is read when the shell is
# there, a line at a time: Xen has room for 128 characters.
run_interactive() {
	command+=(-chardev "stdio,id=console,mux=on,signal=off,logfile=console.log"
		-serial chardev:console -mon chardev=console)
	if [ ! -t 0 ]; then
		exec < <(
			until grep -q '^@@ begin shell' console.log 2>/dev/null; do sleep 0.5; done
			while IFS= read -r line; do sleep 1; echo "$line"; done
			sleep 1
			echo exit)
		feeder=$!
		trap 'kill $feeder 2>/dev/null || :' EXIT
	fi
	"${command[@]}"
}
