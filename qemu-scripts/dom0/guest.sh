# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Sourced by init: a guest, for the parts that need one. Every frame that gets mapped
# meanwhile is recorded, to be held against the pool's ranges: only grants of another
# domain give DMA a foreign machine address. For a device that is not coherent so is what
# an address is taken for.

trace=/sys/kernel/tracing
guest_log=/var/log/xen/console/guest-test.log

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
}

# Frames in decimal (mfn=18446744073709551615 is "no longer mapped"), summed up
# by what range of the pool they are in.
report_mappings() {
	[ -e $trace/events/bench ] || return
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
}

# run_guest CONFIG: a guest with these lines of xl's configuration, which runs its side
# of the parts, until it is gone. Its results are "guest: ..." on its console.
run_guest() {
	PATH=$PATH:/etc/xen/scripts
	export PATH
	record_mappings
	start_toolstack
	cat >/tmp/guest.cfg <<-END
	name = "test"
	type = "$([ "$(uname -m)" = x86_64 ] && echo pv || echo pvh)"
	kernel = "/root/kernel"
	ramdisk = "/root/guest.cpio.gz"
	extra = "console=hvc0 quiet xen_gntalloc.limit=4000 bench.parts=$(echo "$parts" | tr ' ' +) $guest_args"
	memory = $guest_mem
	vcpus = 1
	on_poweroff = "destroy"
	on_crash = "destroy"
	$1
	END
	i=0
	if xl create /tmp/guest.cfg; then
		echo "@@ guest_created yes"
	else
		echo "@@ guest_created no"
		cat /var/log/xen/*.log 2>/dev/null | tail -n 20
		i=300
	fi

	while ! grep -q '^guest: end' $guest_log 2>/dev/null && [ $i -lt 300 ]; do
		sleep 1
		i=$((i + 1))
		[ $((i % 20)) != 0 ] ||
			echo "$i s since the guest was created; its last line: $(tail -n 1 $guest_log 2>/dev/null)"
	done
	show counters_guest $pool/counters
	# The domain is gone when its devices are, and with them their mappings.
	while [ "$(xl list 2>/dev/null | wc -l)" -gt 2 ] && [ $i -lt 330 ]; do
		sleep 1
		i=$((i + 1))
	done
	sleep 1
	touch $guest_log
	tr -d '\r' <$guest_log | sed -n 's/^guest: /@@ guest /p'
	grep -q '^guest: end' $guest_log || sed 's/^/guest console: /' $guest_log
	report_mappings
}
