# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# The launcher of all boots: QEMU as the keys of scenario.sh say, in the folder of the
# run, and the wait for its end. Sourced after scenario.sh.

xen_addr=0x40200000	# with boot=tree

# The machine as $command, and what it loads, which may be: dom0 of $image, initrd.gz,
# $dom0_args and $xen_args; with boot=tree, Xen alone with the tree host.dtb.
make_machine() {
	case $boot in
	direct|uboot|efi|acpi|tree) ;;
	*)	die "scenario: boot=$boot is not direct, uboot, efi, acpi or tree" ;;
	esac
	command=(-m "$ram" -smp "$cpus" -display none -no-reboot -nic none)
	[ -z "$icount" ] || command+=(-icount "shift=0,sleep=off")
	[ -z "$count" ] || command+=(-d plugin -D instructions.log
		-plugin "$build/plugin/count-instructions.so,$code_regions")
	serials=()
	[ "$uart" = no ] || serials=(-serial "file:uart")
	"machine_$arch"
}

machine_arm64() {
	local machine="virt,gic-version=$gic,virtualization=on"

	[ "$boot" = acpi ] || machine+=",acpi=off"
	[ "$smmu" = no ] || machine+=",iommu=smmuv3"
	command=("${QEMU:-qemu-system-aarch64}" -machine "$machine" -cpu "$cpu" "${command[@]}")
	[ "$smmu" != yes ] || command+=(-global arm-smmuv3.stage=2)
	command+=(-global virtio-mmio.force-legacy=false)
	add_devices
	# shellcheck disable=SC2206 # options
	command+=($devices)
	[[ $boot = @(acpi|tree) ]] || make_tree "$machine"
	"load_by_$boot"
}

# add_device KIND NAME OPTIONS: a virtio device of that kind ($disk, $net), in the next slot
# if it is on PCI. What Xen is to know of its stream goes to $requesters.
add_device() {
	local options="$3,iommu_platform=on"

	case $1 in
	virtio)	command+=(-device "virtio-$2-device,$options") ;;
	virtio-pci)
		# Without MSI, which dom0 has no controller for: Linux 6.1 warns.
		command+=(-device "virtio-$2-pci,$options,addr=$((++slot)),disable-legacy=on,vectors=0")
		requesters+=" $((slot << 3))" ;;
	esac
}

# Disks disk1 ... of $guests, and a network card, as $disk and $net say.
add_devices() {
	local number slot=3	# those up to it are taken on a PC

	requesters=
	for ((number = 1; number <= guests; number++)); do
		[[ $disk != virtio* ]] || command+=(-drive "file=disk$number.img,format=raw,if=none,id=disk$number")
		add_device "$disk" blk "drive=disk$number,serial=disk$number"
	done
	[ "$net" = no ] || command+=(-netdev "user,id=net$net_options")
	add_device "$net" net "netdev=net,mac=$net_mac"
	for number in $slots; do
		requesters+=" $((number << 3))"
	done
}

# nodes_with PROPERTY [NODE]: the nodes of host.dtb that have it
nodes_with() {
	local node=${2:-/} name

	! fdtget host.dtb "$node" "$1" >/dev/null 2>&1 || echo "$node"
	while read -r name; do
		nodes_with "$1" "${node%/}/$name"
	done < <(fdtget -l host.dtb "$node")
}

# make_tree MACHINE: QEMU's device tree as host.dtb, with the scenario's changes. Before
# 4.21 Xen does not read a host bridge's iommu-map: it lets a PCI device's DMA through if
# any node has the stream in its iommus.
make_tree() {
	local node nodes phandle requester streams=() masters=()

	"${command[@]/"$1"/"$1,dumpdtb=host.dtb"}" -serial null "${serials[@]}" -monitor none >/dev/null 2>&1
	if [ "$smmu" = yes ] && ! printf '%s\n' 4.21 "$xen_version" | sort -CV; then
		phandle=$(fdtget -t x host.dtb /smmuv3@9050000 phandle)
		for requester in $requesters; do
			streams+=("$phandle" "$(printf %x "$requester")")
		done
		fdtput -p -t s host.dtb /dma-masters compatible "bench,dma-masters"
		fdtput -t x host.dtb /dma-masters iommus "${streams[@]}"
	fi
	if [ "$listed" = yes ] && [ -n "$requesters" ]; then
		for requester in $requesters; do
			masters+=(d3a "$(printf %x "$requester")")
		done
		fdtput -t x host.dtb /pcie@10000000 phandle d3a
		fdtput -p -t s host.dtb /unpopulated compatible "xen,unpopulated-memory"
		fdtput -t x host.dtb /unpopulated xen,iommu-masters "${masters[@]}"
	fi
	if [ "$coherent" = no ]; then
		mapfile -t nodes < <(nodes_with dma-coherent)
		for node in "${nodes[@]}"; do
			fdtput -d host.dtb "$node" dma-coherent
		done
	fi
	[ -n "$overlay" ] || return 0
	dtc -q -I dts -O dtb -o overlay.dtbo "$overlay"
	fdtoverlay -i host.dtb -o host.dtb overlay.dtbo
}

# multiboot_module PARENT KIND ADDRESS FILE [BOOTARGS]: a node for Xen, and the file there,
# where domains may share one
multiboot_module() {
	local node=$1/module@${3#0x} loader="loader,file=$4,addr=$3,force-raw=on"

	fdtput -p -t s host.dtb "$node" compatible "multiboot,$2" multiboot,module
	fdtput -t x host.dtb "$node" reg 0 "$3" 0 "$(printf %x "$(stat -L -c %s "$4")")"
	[ $# -lt 5 ] || fdtput -t s host.dtb "$node" bootargs "$5"
	[[ " ${command[*]} " == *" $loader "* ]] || command+=(-device "$loader")
}

# start_domain: what Xen is to start beside dom0, direct-mapped to $started of host RAM,
# with the guests' user space
start_domain() {
	local node=/chosen/started start=${started%+*} size=${started#*+}

	fdtput -p -t s host.dtb $node compatible xen,domain
	fdtput -t s host.dtb $node xen,enhanced enabled
	fdtput host.dtb $node direct-map
	fdtput host.dtb $node vpl011
	fdtput -t x host.dtb $node '#address-cells' 2
	fdtput -t x host.dtb $node '#size-cells' 2
	fdtput -t x host.dtb $node cpus 1
	fdtput -t x host.dtb $node memory 0 "$(printf %x $((size >> 10)))"
	fdtput -t x host.dtb $node xen,static-mem 0 "$start" 0 "$size"
	multiboot_module $node kernel "$kernel_addr" "$image" \
		"console=ttyAMA0 quiet bench.parts=${parts// /+} $started_args"
	multiboot_module $node ramdisk 0x4f000000 "$build/initramfs/$tools-guest.cpio.gz"
}

load_by_direct() {
	fdtput -t x host.dtb /chosen '#address-cells' 2
	fdtput -t x host.dtb /chosen '#size-cells' 2
	# fdtput puts nodes in front; Xen wants dom0's kernel before another domain's.
	[ -z "$started" ] || start_domain
	multiboot_module /chosen kernel "$kernel_addr" "$image" "$dom0_args"
	multiboot_module /chosen ramdisk "$initrd_addr" initrd.gz
	command+=(-kernel "$(xen_binary)" -dtb host.dtb
		-append "console=dtuart dtuart=/pl011@9000000 $xen_args")
}

uboot() { echo "${UBOOT:-$build/pkg/u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin}"; }

# U-Boot loads everything by TFTP; its script writes the nodes that Xen looks for.
load_by_uboot() {
	cp "$(xen_binary)" xen
	cp "$image" Image
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
	booti 0x42000000 - 0x48000000
	echo "booti failed"
	poweroff
	END
	mkimage -A arm64 -T script -C none -d boot.cmd boot.scr.uimg >/dev/null
	command+=(-bios "$(uboot)" -dtb host.dtb
		-netdev "user,id=n0,tftp=$PWD" -device "virtio-net-device,netdev=n0")
}

# efi_disk FIRMWARE [LINE]: the firmware starts Xen as an EFI program from the first disk
# that has one; LINE is for Xen's configuration there
efi_disk() {
	local esp=esp/EFI/BOOT

	mkdir -p "$esp"
	cp "$(xen_binary)" "$esp/BOOTAA64.EFI"
	cp "$image" "$esp/Image"
	cp initrd.gz "$esp/"
	cat >"$esp/BOOTAA64.cfg" <<-END
	[global]
	default=bench
	[bench]
	options=console=dtuart dtuart=/pl011@9000000 $xen_args
	kernel=Image $dom0_args
	ramdisk=initrd.gz
	${2:-}
	END
	command+=(-bios "$1" -drive "file=fat:esp,format=raw,readonly=on,if=none,id=esp"
		-device "virtio-blk-device,drive=esp")
}

# Xen takes RAM from the firmware's map, and the tree from the disk: the two may differ.
load_by_efi() {
	efi_disk "$(uboot)" dtb=host.dtb
	cp host.dtb esp/EFI/BOOT/
}

load_by_acpi() { efi_disk "$build/pkg/edk2/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"; }

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
	# With fsgsbase a program of the guest's began with an FS base of 0, and crashed,
	# in 2 of 5 boots beside other work; without it in none of 5.
	command=(qemu-system-x86_64 -machine q35 -cpu "max,sha-ni=off,fsgsbase=off" "${command[@]}"
		-kernel xen -append "console=com1 noreboot=0 $xen_args"
		# A comma within is written twice.
		-initrd "$image ${dom0_args//,/,,},initrd.gz")
	add_devices
}

# alone: wait until no other boot runs, or with one CPU, none that has more. CPUs of QEMU's
# wait for each other whenever one invalidates a TLB entry. With more of them than the host
# has, each time takes a time slice of its scheduler: two machines of two CPUs on two took
# 70 to 140 s for a guest's I/O, not 19, and some guests seemed to hang.
alone() {
	local how=--exclusive

	[ "$cpus" != 1 ] || how=--shared
	exec {boots}>"$build/boots.lock"
	flock --nonblock $how "$boots" ||
		{ echo "waiting for another boot to end" >&2; flock $how "$boots"; }
}

# run_machine [SEEN]: until it powers off, hangs (nothing new for long is that, too), or
# the console has SEEN, an extended regular expression; says in $outcome if it went wrong.
run_machine() {
	local quiet=0 size=0 new

	outcome=
	alone
	"${command[@]}" -serial stdio "${serials[@]}" -monitor none >console.log 2>qemu.err </dev/null &
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
	exec {boots}>&-
}

# run_interactive: with the console here. What is no terminal is read when the shell is
# there, a line at a time: Xen has room for 128 characters.
run_interactive() {
	command+=(-chardev "stdio,id=console,mux=on,signal=off,logfile=console.log"
		-serial chardev:console "${serials[@]}" -mon chardev=console)
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
