# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts of the bench: where things are, messages, and steps
# that take long. Sourced; the caller has set -eu.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$root/build}
logs=$build/logs
# Which Linux: a package's, or the user's own
linux=${LINUX:-$(head -n 1 "$root/configs/linux-versions")}
# shellcheck disable=SC2034
[ -z "${KSRC:-}" ] || linux=own
mkdir -p "$logs"
# The flags of the make that called are not for those called from here.
unset MAKEFLAGS MFLAGS

bold='' red='' plain=''
if [ -t 1 ]; then
	# shellcheck disable=SC2034
	bold=$(printf '\033[1m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
fi

die() {
	echo "${red}error:${plain} $*" >&2
	exit 1
}

# kernel_make SRC OUT ARCH: make for a kernel, as $kernel_make and in $compiler_prefix
# what its compiler's name begins with
kernel_make() {
	compiler_prefix=
	case $3 in
	arm64)	compiler_prefix=aarch64-linux-gnu- ;;
	riscv)	compiler_prefix=riscv64-linux-gnu- ;;
	esac
	export CCACHE_DIR=${CCACHE_DIR:-$build/ccache}
	# shellcheck disable=SC2034
	kernel_make=(make -C "$1" "O=$2" "ARCH=$3" "CROSS_COMPILE=$compiler_prefix"
		"CC=ccache ${compiler_prefix}gcc" "-j$(nproc)")
}

# Seconds as "1m05s".
duration() {
	printf '%dm%02ds' $(($1 / 60)) $(($1 % 60))
}

# step WHAT LOG EXPECTED_LINES COMMAND...: run a command with its output in a
# log; on a terminal show how far it is (lines of the log, of about
# EXPECTED_LINES if that is known, and how long the rest will take if it goes on
# so), elsewhere a line each 30 s.
step() {
	local what=$1 log=$logs/$2.log expected=$3 start=$SECONDS pid elapsed lines far
	shift 3
	: >"$log"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	[ -t 1 ] || echo "$what ..."
	while kill -0 $pid 2>/dev/null; do
		elapsed=$((SECONDS - start))
		lines=$(wc -l <"$log")
		far=
		if [ "$expected" -gt 0 ] && [ "$lines" -ge "$expected" ]; then
			far=", nearly done"
		elif [ "$expected" -gt 0 ]; then
			far=", $((100 * lines / expected)) %"
			# The first lines say little.
			[ $((20 * lines)) -lt "$expected" ] ||
				far+=", about $(duration $((elapsed * (expected - lines) / lines))) more"
		elif [ "$lines" -gt 0 ]; then
			far=", $lines lines"
		fi
		if [ -t 1 ]; then
			printf '\r%s ... %s%s\033[K' "$what" "$(duration $elapsed)" "$far"
		elif [ $elapsed -gt 0 ] && [ $((elapsed % 30)) = 0 ]; then
			echo "  $what ... $(duration $elapsed)$far"
		fi
		sleep 1 &
		wait -n $pid $! 2>/dev/null || :
	done
	if wait $pid; then
		[ -t 1 ] && printf '\r'
		printf '%s: done in %s' "$what" "$(duration $((SECONDS - start)))"
		[ -t 1 ] && printf '\033[K'
		echo
		return 0
	fi
	[ -t 1 ] && echo
	{
		echo "${red}failed:${plain} $what. The last lines of its output:"
		tail -n 15 "$log" | sed 's/^/  | /'
		echo "The whole: $log. Run the same command again to go on from here."
	} >&2
	return 1
}
