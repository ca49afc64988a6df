// SPDX-License-Identifier: GPL-2.0
/* What Xen answers, and which facts follow from it. */

#include "../tap.h"
#include "check.h"

#define TIB		(1ULL << 40)

/* Up to 52 bits of address, and nothing that is not a number of frames. */
static void test_host_ram_end(void **state)
{
	static const struct {
		s64 frames;
		u64 end;
	} cases[] = {
		{ 1, 0x1000 },
		{ 0x100000, 1ULL << 32 },
		{ 0x7fffffff, 8 * TIB - 0x1000 },
		{ 0x80000000, 8 * TIB },		/* 32 bits make it negative, */
		{ 0xc0040000, 12 * TIB + 0x40000000 },
		{ 0xffffffff, 16 * TIB - 0x1000 },
		{ 0x100000000, 16 * TIB },		/* or cut it off */
		{ 0x100080000, 16 * TIB + 0x80000000 },
		{ 0x880000000, 136 * TIB },
		{ 1LL << 40, 1ULL << 52 },
		{ (1LL << 52) - 1, 0xfffffffffffff000 },
		{ 1LL << 52, 0 },
		{ INT64_MAX, 0 },
		{ 0, 0 },
		{ -1, 0 },
		{ -ENOSYS, 0 },
		{ INT64_MIN, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (sr_host_ram_end(cases[i].frames) != cases[i].end)
			fail_msg("%#llx frames: %#llx", (unsigned long long)cases[i].frames,
				 (unsigned long long)sr_host_ram_end(cases[i].frames));
}

/* A Xen that maps @width bits, and how it behaves at each try. */
static struct {
	unsigned int width;
	unsigned int tries;
	unsigned int bad_from, bad_tries;	/* these tries fail, whatever the address */
	int error;				/* with this */
} xen;

static int probe(u64 addr)
{
	unsigned int try = xen.tries++;

	if (try >= xen.bad_from && try - xen.bad_from < xen.bad_tries)
		return xen.error;
	return addr >> xen.width ? -ERANGE : 0;
}

static void test_reach(void **state)
{
	enum { NEVER = 99, ALWAYS = ~0 };
	static const struct {
		unsigned int bits, width;	/* as believed, as it is */
		struct sr_range range;
		unsigned int bad_from, bad_tries;
		int error, result;
		unsigned int bits_then;
		u64 bytes;
	} cases[] = {
#define G(n)	((n) * 0x40000000ULL)
		/* as wide as believed, wholly or in part below that */
		{ 40, 40, { G(4), G(1024) - 1 }, 0, 0, 0, 0, 40, G(1020) },
		{ 40, 40, { G(4), G(2048) - 1 }, 0, 0, 0, 0, 40, G(1020) },
		{ 48, 48, { G(4), G(8) - 1 }, 0, 0, 0, 0, 48, G(4) },
		{ 48, 44, { G(4), G(8) - 1 }, 0, 0, 0, 0, 48, G(4) },
		{ 40, 40, { G(1024), G(2048) - 1 }, 0, 0, 0, 0, 40, 0 },
		{ 40, 40, { G(1536), G(2048) - 1 }, 0, 0, 0, 0, 40, 0 },
		{ 52, 52, { 0, U64_MAX }, 0, 0, 0, 0, 52, 1ULL << 52 },
		/* narrower, and found to be */
		{ 48, 44, { G(4), (1ULL << 48) - 1 }, 0, 0, 0, 0, 44, (1ULL << 44) - G(4) },
		{ 48, 40, { G(4), (1ULL << 48) - 1 }, 0, 0, 0, 0, 40, G(1020) },
		{ 44, 40, { G(4), (1ULL << 41) - 1 }, 0, 0, 0, 0, 40, G(1020) },
		{ 48, 44, { G(16000), (1ULL << 44) + 0xfff }, 0, 0, 0, 0, 44, G(384) },
		{ 52, 32, { 0, (1ULL << 52) - 1 }, 0, 0, 0, 0, 32, 1ULL << 32 },
		/* all of the range is too high: there is no place to compare with */
		{ 48, 40, { G(2048), (1ULL << 48) - 1 }, 0, 0, 0, -EAGAIN, 48, NEVER },
		/* nothing works: what is full is not the address space */
		{ 40, 40, { G(4), G(1024) - 1 }, 0, ALWAYS, -ERANGE, -EAGAIN, 40, NEVER },
		{ 44, 44, { G(4), (1ULL << 44) - 1 }, 0, ALWAYS, -ERANGE, -EAGAIN, 44, NEVER },
		{ 48, 48, { G(4), (1ULL << 48) - 1 }, 0, ALWAYS, -ERANGE, -EAGAIN, 48, NEVER },
		{ 48, 48, { 0, (1ULL << 48) - 1 }, 0, ALWAYS, -ERANGE, -EAGAIN, 48, NEVER },
		{ 48, 48, { 0, 0x1fffff }, 0, ALWAYS, -ERANGE, -EAGAIN, 48, NEVER },
		/* not for the first time, or the first times */
		{ 48, 48, { G(4), (1ULL << 48) - 1 }, 0, 1, -ERANGE, -EAGAIN, 48, NEVER },
		{ 48, 48, { G(4), (1ULL << 48) - 1 }, 0, 4, -ERANGE, -EAGAIN, 48, NEVER },
		{ 48, 44, { G(4), (1ULL << 48) - 1 }, 0, 6, -ERANGE, -EAGAIN, 48, NEVER },
		/* it could not be tried, first or later */
		{ 48, 48, { G(4), (1ULL << 48) - 1 }, 0, 1, -ENOMEM, -EAGAIN, 48, NEVER },
		{ 48, 44, { G(4), (1ULL << 48) - 1 }, 0, 1, -ENOMEM, -EAGAIN, 48, NEVER },
		{ 48, 44, { G(4), (1ULL << 48) - 1 }, 2, 1, -EAGAIN, -EAGAIN, 48, NEVER },
		{ 48, 44, { G(4), (1ULL << 48) - 1 }, 4, 1, -ENOMEM, -EAGAIN, 48, NEVER },
		{ 48, 44, { G(4), (1ULL << 48) - 1 }, 5, 1, -ENOMEM, -EAGAIN, 48, NEVER },
#undef G
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int bits = cases[i].bits;
		u64 bytes = NEVER;
		int err;

		xen.width = cases[i].width;
		xen.tries = 0;
		xen.bad_from = cases[i].bad_from;
		xen.bad_tries = cases[i].bad_tries;
		xen.error = cases[i].error;
		err = sr_find_reach(&cases[i].range, &bits, probe, &bytes);
		if (err != cases[i].result || bits != cases[i].bits_then || bytes != cases[i].bytes)
			fail_msg("case %u: %d, %u bits, %#llx bytes", i, err, bits,
				 (unsigned long long)bytes);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_ram_end),
		cmocka_unit_test(test_reach),
	};

	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
