/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pool, booted afresh for each test. Tests see nothing of it but its
 * interface; each page that goes through take() and give() is followed.
 */
#ifndef _POOL_HARNESS_H
#define _POOL_HARNESS_H

#include "../tap.h"

#include "shim/shim.h"
#include <xen/unpopulated.h>
#include "../../drivers/xen/unpopulated-pool.h"

/* Pages per 2 MiB, the smallest step by which the pool grows. */
#define STEP	(SZ_2M >> PAGE_SHIFT)

#define MAX_PAGES	(SZ_1G >> PAGE_SHIFT)

/* From @start to @end exclusive, MiB. */
#define MIB(start, end)	{ (start) * 0x100000ULL, (end) * 0x100000ULL - 1 }

/* cmocka's setup: like a reboot. And its teardown: everything was returned. */
int reboot(void **state);
int all_returned(void **state);

/* Boot with @n ranges that the architecture hands over; those refused are skipped. */
void boot(unsigned int n, const struct range *ranges);
/* What those ranges are added with. */
extern int (*arch_reach)(const struct resource *space, u64 *bytes);

#define boot_with(...) do { \
		static const struct range _ranges[] = { __VA_ARGS__ }; \
		boot(ARRAY_SIZE(_ranges), _ranges); \
	} while (0)

/*
 * Allocate and free. Ends the program if a page is handed out that somebody
 * holds, or that is not fit to map anything on it. May be called by several
 * threads.
 */
int try_take(unsigned int nr, struct page **pages);
void take(unsigned int nr, struct page **pages);
void give(unsigned int nr, struct page **pages);
/* What give() does, short of freeing: for tests that free pages in their own way. */
void let_go(unsigned int nr, struct page **pages);

/* Take all that the pool has without ballooning, and give it back. */
unsigned long capacity(void);

struct xen_unpopulated_stats stats(void);
/* What the ranges look like, at most 16; returns how many. */
unsigned int ranges(struct xen_unpopulated_range *copy);
/* How many parts of the ranges are left out, as they were refused. */
unsigned long parts_refused(void);
bool is_ballooned(struct page *page);
/* No page is lost or counted twice. */
void check_counters(void);

/* Same sequence in each run. */
extern u64 seed;
unsigned int rnd(unsigned int below);
void shuffle(unsigned int nr, struct page **pages);

#define pool_test(fn)	cmocka_unit_test_setup_teardown(fn, reboot, all_returned)

#define run_pool_tests(tests) \
	({ speak_tap(); \
	   cmocka_run_group_tests(tests, NULL, NULL); })

#endif /* _POOL_HARNESS_H */
