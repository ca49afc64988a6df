# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Sourced by init: the guests, for the parts that need them. Every frame that gets mapped
# meanwhile is recorded, to be held against the pool's ranges: only grants of another
# domain give DMA a foreign machine address. For a device that is not coherent so is what
# an address is taken for.

trace=/sys/kernel/tracing

# set_foreign_p2m_mapping() in arch/arm/xen/p2m.c ends here, per grant.
record_mappings() {
	[ -e $trace/kprobe_events ] || return
	echo 16384 >$trace/buffer_size_kb
	echo 'p:bench/foreign __set_phys_to_machine_multi pfn=%x0:u64 mfn=%x1:u64 nr=%x2:u64' \
		>$trace/kprobe_events 2>/dev/null || return
	# swiotlb-xen has the caches maintained here if it takes an address for this
	# domain's own RAM, or has Xen do it.
	for way in cpu device; do
		echo "p:bench/native_for_$way arch_sync_dma_for_$way addr=%x0:u64"
		echo "p:bench/xen_for_$way xen_dma_sync_for_$way addr=%x1:u64"
	done | while read -r event; do
		echo "$event" >>$trace/kprobe_events
	done
	echo 1 >$trace/events/bench/enable
	count_dma
}

# count_dma: how often a device is given a machine frame, the foreign p2m is asked, a
# buffer is bounced, Xen maintains caches, or this kernel does. Hits are counted without
# what is recorded, so in a buffer of its own that holds hardly any.
count_dma() {
	mkdir -p $trace/instances/dma
	echo 4 >$trace/instances/dma/buffer_size_kb
	for pair in by_machine_frame=xen_swiotlb_map_page by_machine_frame=xen_swiotlb_map_phys \
		look_ups=__pfn_to_mfn bounces=swiotlb_tbl_map_single \
		cache_calls=xen_dma_sync_for_device cache_calls=xen_dma_sync_for_cpu \
		own_cache_calls=arch_sync_dma_for_device; do
		echo "p:dma/${pair%=*}_${pair#*=} ${pair#*=}" >>$trace/kprobe_events
	done 2>/dev/null
	echo 1 >$trace/instances/dma/events/dma/enable
	given_back=$(of_pool given_back)
}

# dma_counted KEY: what has been counted so far; and how many pages the pool has given back,
# which it asks the foreign p2m for, each
dma_counted() {
	echo "@@ $1 given_back $(($(of_pool given_back) - ${given_back:-0}))"
	awk -v key="$1" '$1 ~ /_(xen_|__pfn|swiotlb_|arch_)/ { print "@@", key, $1, $2 }' $trace/kprobe_profile
}

# Frames in decimal (mfn=18446744073709551615 is "no longer mapped"), summed up
# by what range of the pool they are in.
report_mappings() {
	[ -e $trace/events/bench ] || return
	echo 0 >$trace/instances/dma/events/dma/enable
	dma_counted dma_count
	echo 0 >$trace/events/bench/foreign/enable
	sed -n 's/^\(0x[0-9a-f]*\)-\(0x[0-9a-f]*\) .*/\1 \2/p' $pool/ranges |
	while read -r start last; do
		echo "range $((start / 4096)) $((last / 4096))"
	done >/tmp/ranges
	sed -n 's/.*foreign: .*pfn=\([0-9]*\) mfn=\([0-9]*\) nr=.*/map \1 \2/p' $trace/trace |
	awk '
		$1 == "range" { first[n + 0] = $2 + 0; last[n++] = $3 + 0 }
		$1 == "map" && length($3) < 17 {
			mfn = $3 + 0
			mapped++
			for (i = 0; i < n; i++)
				if (mfn >= first[i] && mfn <= last[i]) inside++
			if (mapped == 1 || mfn < min) min = mfn
			if (mapped == 1 || mfn > max) max = mfn
		}
		END {
			print "@@ foreign_mapped", mapped + 0
			print "@@ foreign_inside_pool", inside + 0
			print "@@ foreign_lowest_mfn", min + 0
			print "@@ foreign_highest_mfn", max + 0
		}' /tmp/ranges -
}

start_toolstack() {
	mkdir -p /run/xen /run/xenstored /var/lib/xen /var/lib/xenstored /var/log/xen/console
	xenstored --pid-file /run/xenstored.pid
	i=0
	while ! xenstore-exists / 2>/dev/null && [ $i -lt 600 ]; do
		usleep 100000
		i=$((i + 1))
	done
	xen-init-dom0
	xenconsoled --log=all --log-dir=/var/log/xen/console
	# Else guests that run leave dom0 so little that xl gives up a new disk's script (40 s).
	xl sched-credit2 -d 0 -w 1024
}

# create_guest N: testN, with the lines that the parts have for xl's configuration. It
# waits: a guest that runs would have the next one's creation take long.
create_guest() {
	{
		cat <<-END
		name = "test$1"
		type = "$([ "$(uname -m)" = x86_64 ] && echo pv || echo pvh)"
		kernel = "/root/kernel"
		ramdisk = "/root/guest.cpio.gz"
		extra = "console=hvc0 quiet panic=1 xen_gntalloc.limit=4000 bench.guest=$1 bench.guests=$guests bench.parts=$(echo "$parts" | tr ' ' +) $guest_args"
		memory = $guest_mem
		vcpus = 1
		on_poweroff = "destroy"
		on_crash = "destroy"
		on_reboot = "destroy"
		END
		run_parts config "$1"
	} >"/tmp/test$1.cfg"
	if xl create -p "/tmp/test$1.cfg"; then
		echo "@@ guest_created $1"
	else
		echo "@@ guest_refused $1"
		tail -n 20 /var/log/xen/*.log
	fi
}

# console_of NAME, as all of these: test1 ..., or of another domain
console_of() { echo "/var/log/xen/console/guest-$1.log"; }

# has_said NAME TEXT: a line "guest: TEXT...", whole; said NAME TEXT: what came after it;
# all_said TEXT: have all guests?
has_said() { grep -q "^guest: $2.*$(printf '\r')" "$(console_of "$1")" 2>/dev/null; }
said() { sed -n "s/^guest: $2 *//p" "$(console_of "$1")" 2>/dev/null | tr -d '\r'; }
all_said() {
	for n in $(seq "$guests"); do
		has_said "test$n" "$1" || return
	done
}

# wait_for SECONDS COMMAND...: until it succeeds, or fail; says what the guests do
# meanwhile, and what was in vain
wait_for() {
	limit=$1 i=0
	shift
	until "$@"; do
		[ $i -lt "$limit" ] || { echo "@@ in_vain $limit s for $*"; return 1; }
		sleep 1
		i=$((i + 1))
		[ $((i % 20)) != 0 ] ||
			tail -n 1 /var/log/xen/console/guest-*.log | sed "s/^/after $i s: /"
	done
}

# A domain is gone when its devices are, and with them their mappings.
all_gone() { [ "$(xl list 2>/dev/null | wc -l)" -le 2 ]; }

# busy N: does guest N go on with its disk (bench.until=stopped)?
busy() { has_said "test$1" disk-loop; }

# gone N: is guest N no more?
gone() { ! xl domid "test$1" >/dev/null 2>&1; }

# kill_guest N HOW: in mid-I/O, and wait until it is gone
kill_guest() {
	domid=$(xl domid "test$1")
	case $2 in
	crash)	xl sysrq "test$1" c ;;
	unbind)
		# Its back end is taken away, given back, and the guest dies then.
		echo "vbd-$domid-51712" >/sys/bus/xen-backend/drivers/vbd/unbind
		echo "vbd-$domid-51712" >/sys/bus/xen-backend/drivers/vbd/bind
		xl destroy "$domid" ;;
	destroy) xl destroy "$domid" ;;
	esac
	wait_for 300 gone "$1"
	echo "@@ death $2"
	rm -f "$(console_of "test$1")"
}

# stop_guests: those that do something until then
stop_guests() {
	for n in $(seq "$guests"); do
		xl shutdown "test$n"
	done
}

# dropped_free_kib: of dom0's RAM, without what only caches something, nor slabs that CPUs
# keep for what may come, nor what they have not yet counted, nor struct pages that the pool
# does not need
dropped_free_kib() {
	sync
	[ ! -e $pool/give_back ] || echo 1 >$pool/give_back
	echo 3 >/proc/sys/vm/drop_caches
	for slab in /sys/kernel/slab/*/shrink; do
		[ ! -e "$slab" ] || echo 1 >"$slab"
	done
	echo 1 >/proc/sys/vm/stat_refresh
	free_kib
}

# run_round: $guests of them, which run their side of the parts, until all are gone.
run_round() {
	rm -f /var/log/xen/console/guest-*
	run_parts before
	for number in $(seq "$guests"); do
		create_guest "$number"
	done
	idle=$(dropped_free_kib)
	while sleep 1; do free_kib; done >/tmp/free &
	sampler=$!
	for number in $(seq "$guests"); do
		xl unpause "test$number"
	done
	run_parts beside
	wait_for 300 all_said end
	kill $sampler
	echo "@@ free_idle_lowest_kib $idle $(sort -n /tmp/free | head -n 1)"
	show counters_guest $pool/counters
	wait_for 300 all_gone || echo "@@ not_gone $(xl list | sed 1,2d | xargs)"
	sleep 1
	echo "@@ free_alone_kib $(dropped_free_kib)"
}

# run_guests: $rounds times. Their results are "guest: ..." on their consoles, in the last
# round.
run_guests() {
	PATH=$PATH:/etc/xen/scripts
	export PATH
	# Recording costs the instructions that are counted.
	[ "$count" = yes ] || record_mappings
	start_toolstack
	for _ in $(seq "$rounds"); do
		run_round
	done
	for number in $(seq "$guests"); do
		touch "$(console_of "test$number")"
		said "test$number" '' | sed "s/^/@@ guest$number /"
		# All of it, or, of a guest that came to its end, what is no result
		results='^$'
		! has_said "test$number" end || results='^guest: '
		grep -v "$results" "$(console_of "test$number")" | sed "s/^/console of guest $number: /"
	done
	report_mappings
	run_parts after
}
