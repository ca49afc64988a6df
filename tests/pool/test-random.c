// SPDX-License-Identifier: GPL-2.0
/*
 * Random steps on the pool and on a model of it: the list of the pages that are held.
 * The harness sees to it that no page is handed out twice.
 *
 * A step is a number from which all that is random in it follows, so that any of them can
 * be left out. All are made in another process: if they fail, so few as still fail are
 * looked for, and made once more, each with a line on what it does.
 *
 * SEED=n in the environment takes other steps, STEPS=n so many.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

/* A million in all variants together. */
#define STEPS		65000
#define BALLOON_MAX	700
/* For all of them, on a slow machine; they take seconds. */
#define PATIENCE_S	300

/* The trend changes now and then, so that both ends are reached often. */
struct step {
	u64 seed;
	unsigned int trend;	/* to allocate, of 100 */
};

static struct page *held[NR_FRAMES];
static unsigned int nr_held, nr_ballooned;
static unsigned long refused, room, ceiling;
static bool faults, loud, all_comes_back;

#define say(...) do { if (loud) fprintf(stderr, "#   " __VA_ARGS__); } while (0)

/* Mostly small. */
static unsigned int some_number(void)
{
	switch (rnd(20)) {
	case 0:
		return 1 + rnd(8 * STEP);
	case 1 ... 4:
		return 1 + rnd(STEP);
	case 5 ... 10:
		return 1 + rnd(16);
	case 11:
		return 0;
	default:
		return 1;
	}
}

static unsigned int count_ballooned(unsigned int nr, struct page **pages)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += is_ballooned(pages[i]);
	return n;
}

/* Some call that the next request makes fails, perhaps. */
static void have_fail(void)
{
	shim.failed = 0;
	if (faults && !rnd(10)) {
		shim.fail_nth = 1 + rnd(8);
		shim.fail_on = rnd(2);
	}
}

/* Did one? */
static bool had_failed(void)
{
	bool failed = shim.failed;

	shim.fail_nth = 0;
	shim.failed = 0;
	return failed;
}

static void allocate(void)
{
	unsigned int nr = some_number();
	bool too_many;
	int err;

	have_fail();
	err = try_take(nr, held + nr_held);
	say("allocate %u: %d\n", nr, err);
	/* only for a reason */
	too_many = nr && nr_held + nr > min(room + BALLOON_MAX, ceiling);
	BUG_ON(!err && too_many);
	BUG_ON(err && !too_many && !had_failed());
	had_failed();
	if (err)
		return;

	nr_ballooned += count_ballooned(nr, held + nr_held);
	nr_held += nr;
}

static void allocate_run(void)
{
	unsigned int nr = some_number(), align = 1U << rnd(8), i;
	struct page *first;

	have_fail();
	first = try_take_run(nr, align);
	had_failed();
	say("allocate a run of %u by %u: %ld\n", nr, align, IS_ERR(first) ? PTR_ERR(first) : 0);
	if (IS_ERR(first))
		return;
	for (i = 0; i < nr; i++)
		held[nr_held++] = first + i;
	BUG_ON(nr_held > ceiling);
}

/* Bring @nr of the pages to the end of the list: any, or neighbours in it. */
static struct page **choose(unsigned int nr)
{
	unsigned int i, at, to, start = rnd(nr_held - nr + 1);
	bool neighbours = rnd(2);

	for (i = 0; i < nr; i++) {
		to = nr_held - 1 - i;
		at = neighbours ? start + nr - 1 - i : rnd(to + 1);
		swap(held[to], held[at]);
	}
	return held + nr_held - nr;
}

static void free_some(void)
{
	unsigned int nr = min(some_number(), nr_held);
	struct page **pages = choose(nr);

	say("free %u\n", nr);
	nr_ballooned -= count_ballooned(nr, pages);
	nr_held -= nr;
	give(nr, pages);
}

static void exchange_some(void)
{
	unsigned int nr = min(some_number(), nr_held);

	say("exchange %u\n", nr);
	BUG_ON(exchange(nr, choose(nr)) != nr);
}

/* Free some pages correctly, and among them some that are not ours to free. */
static void free_wrongly(void)
{
	unsigned int i, wrong, n = 0, nr = min(1 + rnd(16), nr_held);
	struct page **pages = choose(nr);
	struct page *list[64];

	nr_ballooned -= count_ballooned(nr, pages);
	nr_held -= nr;
	let_go(nr, pages);
	for (i = 0; i < nr; i++) {
		list[n++] = pages[i];
		for (wrong = rnd(4); wrong; wrong--) {
			/* once more, or one that is no business of the pool */
			list[n++] = rnd(3) ? pages[rnd(i + 1)] : pfn_to_page(rnd(STEP));
			refused++;
		}
	}
	say("free %u, and %u wrongly\n", nr, n - nr);
	xen_free_unpopulated_pages(n, list);
}

/* In the background, or because somebody wants it. */
static void give_back(void)
{
	unsigned int how = rnd(3);

	say("give back, %u\n", how);
	if (how)
		shim_background();
	else
		xen_unpopulated_give_back();
}

static void move_ceiling(void)
{
	ceiling = rnd(3) ? LONG_MAX : rnd(room + BALLOON_MAX);
	say("ceiling %lu\n", ceiling);
	xen_unpopulated_set_max(ceiling);
}

static void compare(void)
{
	struct xen_unpopulated_stats now = stats();

	BUG_ON(now.in_use != nr_held - nr_ballooned);
	BUG_ON(now.ballooned != nr_ballooned || shim.ballooned != nr_ballooned);
	BUG_ON(now.refused != refused);
	BUG_ON(now.pages > room);
}

static void make(const struct step *step)
{
	seed = step->seed;
	if (!rnd(20))
		exchange_some();
	else if (!rnd(40))
		allocate_run();
	else if (!rnd(100))
		give_back();
	else if (!rnd(200))
		move_ceiling();
	else if (rnd(100) < step->trend)
		allocate();
	else if (rnd(50))
		free_some();
	else
		free_wrongly();
	compare();
}

/* Make all steps in a process that ends well if they do. Returns its status. */
static int ends_badly(void (*boot)(void), unsigned int nr, const struct step *steps)
{
	unsigned int i;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid) {
		BUG_ON(pid < 0 || waitpid(pid, &status, 0) != pid);
		return status;
	}
	alarm(PATIENCE_S);
	/* Asserts of cmocka end this process, too, and the parent speaks TAP. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	if (!freopen("/dev/null", "w", stdout) || (!loud && !freopen("/dev/null", "w", stderr)))
		_exit(1);
	boot();
	for (i = 0; i < nr; i++)
		make(&steps[i]);
	check_counters();
	shuffle(nr_held, held);
	while (nr_held)
		free_some();
	compare();
	if (all_comes_back) {
		xen_unpopulated_set_max(LONG_MAX);
		BUG_ON(capacity() != room);
	}
	_exit(0);
}

/* Leave out what the steps fail without. Returns how many are left. */
static unsigned int shorten(void (*boot)(void), unsigned int nr, struct step *steps)
{
	static struct step fewer[1000000];
	unsigned int size, at, rest;

	for (size = nr / 2; size; size /= 2) {
		for (at = 0; at + size <= nr; ) {
			rest = nr - at - size;
			memcpy(fewer, steps, at * sizeof(*steps));
			memcpy(fewer + at, steps + at + size, rest * sizeof(*steps));
			if (ends_badly(boot, nr - size, fewer)) {
				nr -= size;
				memcpy(steps, fewer, nr * sizeof(*steps));
			} else {
				at += size;
			}
		}
	}
	return nr;
}

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

/* Boot by @boot, and make random steps. */
static void make_steps(u64 start, void (*boot)(void))
{
	static struct step steps[1000000];
	unsigned int i, nr = min(number_from("STEPS", STEPS), ARRAY_SIZE(steps)), trend = 0;
	int status;

	start += number_from("SEED", 0) * 16;
	seed = start;
	for (i = 0; i < nr; i++) {
		if (i % 512 == 0)
			trend = 30 + rnd(41);
		rnd(2);
		steps[i] = (struct step){ seed, trend };
	}
	status = ends_badly(boot, nr, steps);
	if (!status)
		return;
	/* To find what makes steps go on for ever would take as long. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		fail_msg("SEED=%lu: steps go on for ever", number_from("SEED", 0));
	nr = shorten(boot, nr, steps);
	fprintf(stderr, "# SEED=%lu fails; these steps suffice:\n", number_from("SEED", 0));
	loud = true;
	ends_badly(boot, nr, steps);
	loud = false;
	fail_msg("a step failed");
}

static void boot_ranges(void)
{
	ceiling = LONG_MAX;
	shim.balloon_max = BALLOON_MAX;
	boot_with(MIB(4096, 4102), MIB(1024, 1040), MIB(2048, 2050), MIB(3072, 3082));
	xen_unpopulated_set_max(ceiling);
	room = 17 * STEP;
	all_comes_back = true;
}

static void boot_ranges_with_faults(void)
{
	faults = true;
	boot_ranges();
}

TEST(ranges_1)
{
	make_steps(1, boot_ranges);
}

TEST(ranges_2)
{
	make_steps(2, boot_ranges);
}

TEST(ranges_faults)
{
	make_steps(3, boot_ranges_with_faults);
}

static int seed_some(struct resource **res)
{
	unsigned long pfn;

	*res = &iomem_resource;
	for (pfn = STEP; pfn < 9 * STEP; pfn++) {
		struct page *page = pfn_to_page(pfn);

		/* with gaps */
		if (pfn % 100 < 5)
			continue;
		shim_frame[pfn] = FRAME_SEED;
		xen_free_unpopulated_pages(1, &page);
	}
	return 0;
}

/* x86: seeds, and room for one section. */
static void boot_seeds(void)
{
	faults = true;
	ceiling = LONG_MAX;
	shim.balloon_max = BALLOON_MAX;
	shim_reserve(0, SZ_1G, IORESOURCE_SYSTEM_RAM);
#ifdef CONFIG_XEN_HAVE_PVMMU
	shim.pv = true;
#endif
	shim.mappable.end = SZ_1G + (PAGES_PER_SECTION << PAGE_SHIFT) - 1;
	boot_by(seed_some);
	xen_unpopulated_set_max(ceiling);
	room = stats().pages + PAGES_PER_SECTION;
}

TEST(seeds_faults)
{
	make_steps(4, boot_seeds);
}
