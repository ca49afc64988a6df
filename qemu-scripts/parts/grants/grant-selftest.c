// SPDX-License-Identifier: GPL-2.0
/*
 * grant-selftest - a domain maps its own grants and checks every byte
 *
 * Every grant that gntdev maps needs a page of foreign-mapping space, so this
 * program exercises that space without a second domain. Each batch is granted
 * through /dev/xen/gntalloc to the domain itself and mapped through
 * /dev/xen/gntdev in one request, so that the allocator is asked for the whole
 * batch at once. Data written on either side must arrive on the other.
 *
 * Several processes work on their batches at the same time, and all of them
 * hold their mappings while they check the data, which differs between
 * processes, batches, pages and directions: a page handed out twice shows up as
 * a mismatch.
 *
 * Or, for some time, each does batches of random size at its own pace.
 *
 * A grant is 4 KiB whatever the page size of the kernel. With larger pages
 * gntalloc grants the first 4 KiB of each of its pages and gntdev maps them at
 * the start of each of its own; nothing is behind the rest of a gntdev page,
 * which must not be touched.
 *
 * Needed beside the two devices: gntalloc's limit (xen_gntalloc.limit on the
 * kernel's command line, 1024 by default) of at least the number of processes
 * times the largest batch, gntdev's of at least the largest batch.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Types that <xen/gntdev.h> takes for granted. */
typedef __u32 grant_ref_t;
typedef __u16 domid_t;
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define GRANT_SIZE	4096
#define WORDS		(GRANT_SIZE / sizeof(__u64))
#define MAX_PROCS	64
#define MAX_BATCHES	64
/* Grants asked of gntalloc at a time: keeps its temporary array to one page. */
#define ALLOC_CHUNK	1024

/* Part of a batch: what one gntalloc request granted. */
struct chunk {
	__u64 index;
	__u32 count;
	bool granted;
	char *mem;
};

struct batch {
	unsigned int count;
	unsigned int nr_chunks;
	struct chunk *chunks;
	struct ioctl_gntdev_map_grant_ref *map;
	bool inserted;		/* known to gntdev */
	char *mem;		/* the gntdev side */
};

struct result {
	unsigned long mapped;
	unsigned long verified;
	unsigned long errors;
};

/* What all processes share. */
struct shared {
	atomic_uint arrived;
	atomic_uint holding;
	atomic_bool failed;
	atomic_bool release;
	struct result result[MAX_PROCS];
};

static struct shared *shared;
static unsigned int nr_procs = 2;
static unsigned int domid;
static bool keep;
static unsigned int seconds, seed = 1;
static size_t page_size;

/* Of one process: its part of the shared results, what it is doing. */
static struct result *result;
static unsigned int current_batch, current_nr;
static unsigned int barriers;
static int alloc_fd = -1, map_fd = -1;

/* Report a step that failed, with errno's text. */
static bool fail(const char *step, const char *hint)
{
	fprintf(stderr, "grants: pid=%d batch=%u FAILED: %s: %s%s\n",
		(int)getpid(), current_batch, step, strerror(errno), hint);
	result->errors++;
	shared->failed = true;
	return false;
}

/* Wait for all processes, that go together; false if one of them failed meanwhile. */
static bool barrier(void)
{
	if (seconds)
		return !shared->failed;
	barriers++;
	shared->arrived++;
	while (shared->arrived < barriers * nr_procs && !shared->failed)
		sched_yield();
	return !shared->failed;
}

/* A different number for every process, batch, page, direction and word. */
static __u64 pattern(unsigned int page, unsigned int direction)
{
	__u64 x = (__u64)getpid() << 40;

	x ^= (__u64)current_nr << 20 ^ (__u64)direction << 62 ^ page;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static __u64 word(__u64 base, unsigned int w)
{
	return base + w * 0x9e3779b97f4a7c15;
}

static void fill(void *mem, unsigned int page, unsigned int direction)
{
	__u64 base = pattern(page, direction);
	__u64 *p = mem;
	unsigned int w;

	for (w = 0; w < WORDS; w++)
		p[w] = word(base, w);
}

/* Compare a whole grant; the first mismatch of a batch is printed. */
static bool check(const void *mem, unsigned int page, unsigned int direction,
		  const char *side, bool silent)
{
	__u64 base = pattern(page, direction);
	const __u64 *p = mem;
	unsigned int w;

	for (w = 0; w < WORDS; w++) {
		__u64 got = p[w];

		if (got == word(base, w))
			continue;
		if (!silent)
			fprintf(stderr,
				"grants: pid=%d batch=%u FAILED: page %u byte %zu seen through %s: got %#llx, expected %#llx\n",
				(int)getpid(), current_batch, page,
				w * sizeof(*p), side, got, word(base, w));
		return false;
	}
	return true;
}

/* The gntalloc side of a page. */
static char *granted_page(struct batch *b, unsigned int page)
{
	return b->chunks[page / ALLOC_CHUNK].mem + page % ALLOC_CHUNK * page_size;
}

/* The gntdev side of a page. */
static char *mapped_page(struct batch *b, unsigned int page)
{
	return b->mem + page * page_size;
}

/*
 * Grant pages to ourselves and map them. Each request gets a mapping of its
 * own: gntalloc follows a list shared with other processes when it closes one,
 * where only the pages of one request are sure to be neighbours.
 */
static bool grant_chunk(struct batch *b, unsigned int nr)
{
	struct chunk *c = &b->chunks[nr];
	struct ioctl_gntalloc_alloc_gref *op;
	unsigned int i;

	c->count = b->count - nr * ALLOC_CHUNK;
	if (c->count > ALLOC_CHUNK)
		c->count = ALLOC_CHUNK;

	/* The structure has an element and padding, which the kernel copies too. */
	op = calloc(1, sizeof(*op) + c->count * sizeof(op->gref_ids[0]));
	if (!op)
		return fail("memory for the gntalloc request", "");
	op->domid = domid;
	op->flags = GNTALLOC_FLAG_WRITABLE;
	op->count = c->count;
	if (ioctl(alloc_fd, IOCTL_GNTALLOC_ALLOC_GREF, op)) {
		fail("gntalloc ALLOC_GREF", errno == ENOSPC ?
		     " (xen_gntalloc.limit too low, or grant table full)" : "");
		free(op);
		return false;
	}
	c->index = op->index;
	c->granted = true;
	for (i = 0; i < c->count; i++) {
		struct ioctl_gntdev_grant_ref *ref = &b->map->refs[nr * ALLOC_CHUNK + i];

		ref->domid = domid;
		ref->ref = op->gref_ids[i];
	}
	free(op);

	c->mem = mmap(NULL, c->count * page_size, PROT_READ | PROT_WRITE,
		      MAP_SHARED, alloc_fd, c->index);
	if (c->mem == MAP_FAILED)
		return fail("mmap of gntalloc", "");
	return true;
}

/* Map the whole batch with one request. */
static bool map_batch(struct batch *b)
{
	b->map->count = b->count;
	if (ioctl(map_fd, IOCTL_GNTDEV_MAP_GRANT_REF, b->map))
		return fail("gntdev MAP_GRANT_REF", errno == EINVAL ?
			    " (xen_gntdev.limit too low?)" : "");
	b->inserted = true;
	b->mem = mmap(NULL, b->count * page_size, PROT_READ | PROT_WRITE,
		      MAP_SHARED, map_fd, b->map->index);
	if (b->mem == MAP_FAILED)
		return fail("mmap of gntdev", "");
	result->mapped += b->count;
	return true;
}

/* Undo whatever was done, in reverse order. */
static bool release_batch(struct batch *b)
{
	bool ok = true;
	unsigned int i;

	if (b->mem != MAP_FAILED && munmap(b->mem, b->count * page_size))
		ok = fail("munmap of gntdev", "");
	if (b->inserted) {
		struct ioctl_gntdev_unmap_grant_ref op = {
			.index = b->map->index,
			.count = b->count,
		};

		if (ioctl(map_fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op))
			ok = fail("gntdev UNMAP_GRANT_REF", "");
	}
	for (i = b->nr_chunks; i-- > 0;) {
		struct chunk *c = &b->chunks[i];
		struct ioctl_gntalloc_dealloc_gref op = {
			.index = c->index,
			.count = c->count,
		};

		if (c->mem != MAP_FAILED && munmap(c->mem, c->count * page_size))
			ok = fail("munmap of gntalloc", "");
		if (c->granted && ioctl(alloc_fd, IOCTL_GNTALLOC_DEALLOC_GREF, &op))
			ok = fail("gntalloc DEALLOC_GREF", "");
	}
	free(b->chunks);
	free(b->map);
	return ok;
}

/*
 * Send data in both directions and check them. The processes wait for each
 * other between writing and reading: only then can each see what another one
 * did to its pages.
 */
static bool verify_batch(struct batch *b)
{
	unsigned long good = 0, bad = 0;
	unsigned int i;
	bool *ok;

	ok = calloc(b->count, sizeof(*ok));
	if (!ok)
		return fail("memory for the verdicts", "");

	for (i = 0; i < b->count; i++)
		fill(granted_page(b, i), i, 0);
	if (!barrier())
		goto out;
	for (i = 0; i < b->count; i++) {
		ok[i] = check(mapped_page(b, i), i, 0, "gntdev", bad);
		bad += !ok[i];
	}
	if (!barrier())
		goto out;
	for (i = 0; i < b->count; i++)
		fill(mapped_page(b, i), i, 1);
	if (!barrier())
		goto out;
	for (i = 0; i < b->count; i++) {
		if (!ok[i])
			continue;
		ok[i] = check(granted_page(b, i), i, 1, "gntalloc", bad) &&
			check(mapped_page(b, i), i, 1, "gntdev", bad);
		bad += !ok[i];
		good += ok[i];
	}
out:
	free(ok);
	result->verified += good;
	result->errors += bad;
	if (bad)
		shared->failed = true;
	return good == b->count;
}

/* Keep the batch mapped until told otherwise, then look at it once more. */
static bool hold_batch(struct batch *b)
{
	unsigned long bad = 0;
	unsigned int i;

	shared->holding++;
	while (!shared->release && !shared->failed)
		usleep(10000);
	for (i = 0; i < b->count; i++)
		bad += !check(mapped_page(b, i), i, 1, "gntdev after holding", bad);
	result->errors += bad;
	if (bad)
		shared->failed = true;
	return !bad;
}

/* One batch from grant to release. */
static bool run_batch(unsigned int nr, unsigned int count, bool hold)
{
	struct result before = *result;
	struct batch b = { .count = count, .mem = MAP_FAILED };
	bool ok = true;
	unsigned int i;

	current_nr = nr;
	current_batch = count;
	b.nr_chunks = (count + ALLOC_CHUNK - 1) / ALLOC_CHUNK;
	b.chunks = calloc(b.nr_chunks, sizeof(*b.chunks));
	b.map = calloc(1, sizeof(*b.map) + count * sizeof(b.map->refs[0]));
	if (!b.chunks || !b.map) {
		b.nr_chunks = 0;
		ok = fail("memory for the batch", "");
	}
	for (i = 0; i < b.nr_chunks; i++)
		b.chunks[i].mem = MAP_FAILED;
	for (i = 0; i < b.nr_chunks && ok; i++)
		ok = grant_chunk(&b, i);

	/* Together: this is where the processes compete for the space. */
	ok = ok && barrier() && map_batch(&b) && verify_batch(&b);
	if (ok && hold)
		ok = hold_batch(&b);
	ok = release_batch(&b) && ok;

	if (!seconds)
		printf("grants: pid=%d batch=%u mapped=%lu verified=%lu errors=%lu\n",
		       (int)getpid(), count, result->mapped - before.mapped,
		       result->verified - before.verified,
		       result->errors - before.errors);
	return ok;
}

/* As many small batches as large ones, until the time is up. */
static bool run_random_batches(unsigned int nr, unsigned int most)
{
	unsigned int state = seed + nr, count, i;
	time_t end = time(NULL) + seconds;

	for (i = 0; time(NULL) < end; i++) {
		count = 1 + rand_r(&state) % most;
		count >>= rand_r(&state) % 10;
		if (!run_batch(i, count ? count : 1, false))
			return false;
	}
	return true;
}

/* A child: all batches, until one fails here or elsewhere. */
static int run_process(unsigned int nr, pid_t parent, const unsigned int *batches,
		       unsigned int nr_batches, unsigned int held)
{
	unsigned int i;

	result = &shared->result[nr];
	/* Or it would wait for ever for one that was not started any more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return 1;

	alloc_fd = open("/dev/xen/gntalloc", O_RDWR);
	if (alloc_fd < 0)
		return !fail("open /dev/xen/gntalloc", "");
	map_fd = open("/dev/xen/gntdev", O_RDWR);
	if (map_fd < 0)
		return !fail("open /dev/xen/gntdev", "");

	if (seconds)
		return !run_random_batches(nr, batches[held]);
	for (i = 0; i < nr_batches; i++)
		if (!run_batch(i, batches[i], keep && i == held))
			return 1;
	return 0;
}

/* True once the other end of stdin is closed; what it says is ignored. */
static bool stdin_closed(void)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[64];

	return poll(&pfd, 1, 0) > 0 && read(STDIN_FILENO, buf, sizeof(buf)) <= 0;
}

/*
 * Wait for the children. One that dies without a word (a bus error, say) must
 * not leave the others waiting.
 */
static unsigned long supervise(unsigned int running)
{
	unsigned long errors = 0;
	bool told = false;

	while (running) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0) {
			running--;
			if (WIFSIGNALED(status)) {
				fprintf(stderr,
					"grants: pid=%d FAILED: killed by signal %d (%s)\n",
					(int)pid, WTERMSIG(status),
					strsignal(WTERMSIG(status)));
				errors++;
			}
			if (!WIFEXITED(status) || WEXITSTATUS(status))
				shared->failed = true;
			continue;
		}
		if (keep && !told && shared->holding == nr_procs) {
			puts("grants: holding");
			told = true;
		}
		if (told && !shared->release && stdin_closed())
			shared->release = true;
		usleep(10000);
	}
	return errors;
}

static unsigned long parse_number(const char *s, unsigned long min, unsigned long max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(s, &end, 0);
	if (errno || end == s || *end || n < min || n > max) {
		fprintf(stderr, "grants: '%s' is not a number from %lu to %lu\n", s, min, max);
		exit(2);
	}
	return n;
}

static void print_usage(void)
{
	fputs("usage: grant-selftest [-k] [-p PROCESSES] [-d DOMID] [-t SECONDS [-s SEED]] [BATCH...]\n"
	      "  -k            hold the largest batch until stdin closes\n"
	      "  -p PROCESSES  that many at once (2)\n"
	      "  -d DOMID      the domain this runs in (0)\n"
	      "  -t SECONDS    batches of random size for some time, up to the largest given\n"
	      "  -s SEED       which sizes\n"
	      "  BATCH         grants in one mapping (1 16 1000 3000)\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int batches[MAX_BATCHES] = { 1, 16, 1000, 3000 };
	unsigned int nr_batches = 4, held = 0, started = 0, i;
	pid_t parent = getpid();
	struct result total = { 0 };
	int opt;

	while ((opt = getopt(argc, argv, "kp:d:t:s:")) != -1) {
		if (opt == 'k')
			keep = true;
		else if (opt == 'p')
			nr_procs = parse_number(optarg, 1, MAX_PROCS);
		else if (opt == 'd')
			domid = parse_number(optarg, 0, 0x7fef);
		else if (opt == 't')
			seconds = parse_number(optarg, 1, 86400);
		else if (opt == 's')
			seed = parse_number(optarg, 0, ~0U);
		else
			print_usage();
	}
	if (argc - optind > MAX_BATCHES)
		print_usage();
	if (optind < argc)
		nr_batches = argc - optind;
	for (i = 0; optind + (int)i < argc; i++)
		batches[i] = parse_number(argv[optind + i], 1, 1 << 20);
	for (i = 0; i < nr_batches; i++)
		if (batches[i] > batches[held])
			held = i;

	page_size = getpagesize();
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("grants: shared memory");
		return 1;
	}

	for (i = 0; i < nr_procs; i++) {
		pid_t pid = fork();

		if (!pid)
			exit(run_process(i, parent, batches, nr_batches, held));
		if (pid < 0) {
			perror("grants: fork");
			shared->failed = true;
			total.errors++;
			break;
		}
		started++;
	}
	total.errors += supervise(started);

	for (i = 0; i < nr_procs; i++) {
		total.mapped += shared->result[i].mapped;
		total.verified += shared->result[i].verified;
		total.errors += shared->result[i].errors;
	}
	printf("grants: total mapped=%lu verified=%lu errors=%lu\n",
	       total.mapped, total.verified, total.errors);
	return total.errors || shared->failed;
}
