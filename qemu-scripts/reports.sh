# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by the init of dom0 and of the guest: what the kernel that runs reports against
# itself.
reports() {
	dmesg | grep -A 30 -e 'WARNING:' -e 'BUG:' -e 'Call trace' -e 'Call Trace'
}
