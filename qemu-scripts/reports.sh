# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by the init of dom0 and of the guest: what the kernel that runs reports against
# itself, and which of its checkers it has, or still has.

debug=/sys/kernel/debug

# Linux 6.12 counts the scheduler's own server of a CPU as one of its tasks, and when the CPU
# goes looks for tasks that are left before it stops the server (sched_cpu_dying(), and
# inc_dl_tasks(), which 7.3 has mended). What lists no task beside the one that takes the CPU
# down is that.
without_server() {
	awk '
		/WARNING: .* sched_cpu_dying\+/ { held = $0; tasks = -1; next }
		held == "" { print; next }
		tasks >= 0 && !/\tpid: / {
			if (total != 2 || tasks != 1) print held
			held = ""
			print
			next
		}
		/ enqueued tasks \(/ { total = $(NF - 1); sub(/\(/, "", total); tasks = 0 }
		/\tpid: / { tasks++ }
		{ held = held "\n" $0 }
		END { if (held != "" && (total != 2 || tasks != 1)) print held }'
}

# reports: all of them, the leaks last. What is younger than five seconds is no leak yet,
# nor what has changed since the last scan.
reports() {
	dmesg | without_server | grep -A 30 -e 'WARNING:' -e 'BUG:' -e 'Call trace' -e 'Call Trace'
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
