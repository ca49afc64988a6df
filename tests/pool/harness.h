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
#include "../../drivers/xen/unpopulated-spans.h"

/* Pages per 2 MiB, the smallest step by which the pool grows. */
#define STEP	(SZ_2M >> PAGE_SHIFT)

#define MAX_PAGES	(SZ_1G >> PAGE_SHIFT)

/* From @start to @end exclusive, MiB. */
#define MIB(start, end)	{ (start) * 0x100000ULL, (end) * 0x100000ULL - 1 }

/*
 * Each test begins as after a reboot. At its end what is held is freed, in the order in
 * which it was handed out; then nothing is in use, and nothing was refused but what the
 * test expects. This does both in the middle of a test.
 */
void restart(void);

/* Boot with @n ranges that the architecture hands over; those refused are skipped. */
void boot(unsigned int n, const struct range *ranges);
/* What those ranges are added with. */
extern int (*arch_reach)(const struct resource *space, u64 *bytes);

/* Boot with that as arch_xen_unpopulated_init(). */
void boot_by(int (*arch_init)(struct resource **res));
/* As on x86, the only range is iomem_resource. */
int anywhere(struct resource **res);

#define boot_with(...) do { \
		static const struct range _ranges[] = { __VA_ARGS__ }; \
		boot(ARRAY_SIZE(_ranges), _ranges); \
	} while (0)

/* Where a test keeps its pages. */
extern struct page *pages[MAX_PAGES + STEP];

/* The frames of a page and those that follow it, for whoever takes a list of them. */
void list_run(unsigned int nr, struct page **pages, struct page *first);

/*
 * Allocate, free and exchange. Ends the program if a page is handed out that somebody
 * holds, or that is not fit to map anything on it. May be called by several
 * threads.
 */
int try_take(unsigned int nr, struct page **pages);
void take(unsigned int nr, struct page **pages);
void give(unsigned int nr, struct page **pages);
unsigned int exchange(unsigned int nr, struct page **pages);
/* What give() does, short of freeing: for tests that free pages in their own way. */
void let_go(unsigned int nr, struct page **pages);
struct page *try_take_run(unsigned int nr, unsigned int align);
void give_run(struct page *first, unsigned int nr);
void take_and_give(unsigned int nr);
void give_all(void);

/* Take all that the pool has without ballooning, and give it back. */
unsigned long capacity(void);

struct xen_unpopulated_stats stats(void);

/* What the ranges look like. */
struct ranges {
	unsigned int nr;
	struct xen_unpopulated_range each[16];
};

struct ranges ranges(void);
bool is_ballooned(struct page *page);
/* The first @nr of pages[] come from MiB @start to @end. */
void assert_within(unsigned int nr, u64 start, u64 end);
/* No page is lost or counted twice. */
void check_counters(void);
/* So many pages were refused when they were freed, and this is how it should be. */
void expect_refused(unsigned long nr);

/* So many pages of the pool are out, and so many that were ballooned. */
#define assert_out(nr, nr_ballooned) do { \
		assert_int_equal(stats().in_use, nr); \
		assert_int_equal(stats().ballooned, nr_ballooned); \
	} while (0)

/* Same sequence in each run. */
extern u64 seed;
unsigned int rnd(unsigned int below);
/* The same for a thread. */
unsigned int rnd_r(u64 *state, unsigned int below);
void shuffle(unsigned int nr, struct page **pages);
/* Free pages[] in groups of up to @most; all that is out. */
void give_in_groups(unsigned int nr, unsigned int most);

/*
 * TEST(name) { ... } is a test of the program that it is linked into; they run in the
 * order in which they are written.
 */
#define TEST(fn) \
	static void fn(void **state); \
	static __attribute__((constructor)) void add_##fn(void) \
	{ \
		add_test(#fn, fn, NULL); \
	} \
	static void fn(void **state)

/* The same as a function, for those in a table; @fn gets at @what by *state. */
void add_test(const char *name, void (*fn)(void **state), const void *what);

#endif /* _POOL_HARNESS_H */
