# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Tests in shell speak TAP through this. Sourced.
#
#   t NAME COMMAND...     a test; what the command says is shown if it fails
#   t_skip NAME REASON    one that cannot be made here
#   t_end                 the plan; its status is that of all
#
# CASE=text: only the tests that have it in their name.

t_nr=0 t_failures=0
t_said=$(mktemp)

t() {
	local name=$1
	shift
	[[ $name == *"${CASE:-}"* ]] || return 0
	t_nr=$((t_nr + 1))
	if "$@" >"$t_said" 2>&1; then
		echo "ok $t_nr - $name"
	else
		t_failures=$((t_failures + 1))
		echo "not ok $t_nr - $name"
		head -n 40 "$t_said" | sed 's/^/# /'
	fi
}

t_skip() {
	[[ $1 == *"${CASE:-}"* ]] || return 0
	t_nr=$((t_nr + 1))
	echo "ok $t_nr - $1 # SKIP $2"
}

t_end() {
	rm -f "$t_said"
	if [ $t_nr = 0 ]; then
		echo "1..0 # SKIP no test has '${CASE:-}' in its name"
	else
		echo "1..$t_nr"
	fi
	[ $t_failures = 0 ]
}
