// SPDX-License-Identifier: GPL-2.0
/* What Xen answers, and which facts follow from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

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

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_ram_end),
	};

	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
