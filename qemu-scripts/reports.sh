# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by the init of dom0 and of the guest: what the kernel that runs reports against
# itself, and which of its checkers it has, or still has.

debug=/sys/kernel/debug

# reports: all of them, the leaks last. What is younger than five seconds is no leak yet,
# nor what has changed since the last scan.
reports() {
	dmesg | grep -A 30 -e 'WARNING:' -e 'BUG:' -e 'Call trace' -e 'Call Trace'
	[ -e $debug/kmemleak ] || return
	sleep 6
	for _ in 1 2; do
		echo scan 2>/dev/null >$debug/kmemleak || echo "kmemleak is off"
	done
	cat $debug/kmemleak
}

# checkers: by name. Some switch themselves off, for want of memory or after a report.
checkers() {
	dmesg | grep -q 'KernelAddressSanitizer initialized' && echo kasan
	grep -qs '^enabled: 1' $debug/kcsan && echo kcsan
	grep -qs 'debug_locks: *1' /proc/lockdep_stats && echo lockdep
	grep -qs N $debug/dma-api/disabled && echo dma-api
	grep -qw page_poison=1 /proc/cmdline && echo page-poisoning
	[ -e $debug/kmemleak ] && echo kmemleak
}
