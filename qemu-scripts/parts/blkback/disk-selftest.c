// SPDX-License-Identifier: GPL-2.0
/*
 * disk-selftest - does a guest read back from its disk what it wrote?
 *
 * A guest's disk I/O goes through pages that the backend domain maps, and from
 * there by DMA to the device. If an address goes wrong on that way no error
 * need be reported anywhere; only the data show it. So this program fills the
 * start of a block device with numbers that a seed determines, flushes, and
 * compares every byte on the way back: through the page cache, which is dropped
 * first, and past it.
 *
 *	disk-selftest write DEV MIB SEED		through the page cache, in requests
 *							of 64 KiB to 1 MiB, then fsync
 *	disk-selftest write-direct DEV MIB SEED		by O_DIRECT
 *	disk-selftest verify DEV MIB SEED		through the page cache
 *	disk-selftest verify-direct DEV MIB SEED	by O_DIRECT
 *	disk-selftest dump DEV MIB			to standard output, to be
 *	disk-selftest dump-direct DEV MIB		piped to a checksum program
 *
 * Each step prints one line, dumps on standard error:
 *
 *	disk: STEP bytes=N bad_blocks=N errors=N
 *
 * bad_blocks counts blocks of 4 KiB, errors these and failed system calls. The
 * exit status is 0 if there were none, 1 otherwise, 2 for wrong arguments.
 */
#define _GNU_SOURCE	/* O_DIRECT */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK		4096
#define MIN_REQUEST	(64 << 10)
#define MAX_REQUEST	(1024 << 10)

struct step {
	const char *name;
	const char *dev;
	__u64 size;
	__u64 seed;
	/* What came of it. */
	__u64 bytes;
	unsigned long bad_blocks;
	unsigned long errors;
};

static char *buffer, *expected;

/* xorshift64*: the state must not be 0. */
static __u64 xorshift(__u64 *state)
{
	__u64 x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1d;
}

static __u64 first_state(__u64 seed)
{
	return (seed + 1) * 0x9e3779b97f4a7c15 | 1;
}

/* The next @size bytes of the stream, a multiple of 8. */
static void fill(char *mem, size_t size, __u64 *state)
{
	size_t i;

	for (i = 0; i < size; i += sizeof(__u64)) {
		__u64 x = xorshift(state);

		memcpy(mem + i, &x, sizeof(x));
	}
}

/* The size of the next request: any multiple of 64 KiB up to 1 MiB. */
static size_t next_request(__u64 *state, __u64 left)
{
	size_t size = (1 + xorshift(state) % (MAX_REQUEST / MIN_REQUEST)) * MIN_REQUEST;

	return size < left ? size : left;
}

static bool fail(struct step *s, const char *what)
{
	fprintf(stderr, "disk: %s FAILED: %s at byte %llu of %s: %s\n",
		s->name, what, s->bytes, s->dev, strerror(errno));
	s->errors++;
	return false;
}

/* Read or write all of @size bytes. */
static bool transfer(struct step *s, int fd, char *mem, size_t size, bool out)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n;

		if (out)
			n = write(fd, mem + done, size - done);
		else
			n = read(fd, mem + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (!n)
			errno = ENODATA;	/* the end of the device */
		if (n <= 0)
			return fail(s, out ? "write" : "read");
		done += n;
	}
	return true;
}

/* Compare with the stream, block by block; the first mismatch is printed. */
static void compare(struct step *s, size_t size)
{
	size_t block, i;

	for (block = 0; block < size; block += BLOCK) {
		if (!memcmp(buffer + block, expected + block, BLOCK))
			continue;
		i = block;
		while (buffer[i] == expected[i])
			i++;
		if (!s->bad_blocks)
			fprintf(stderr,
				"disk: %s FAILED: first mismatch at byte %llu of %s: got %#x, expected %#x\n",
				s->name, s->bytes + i, s->dev,
				buffer[i] & 0xff, expected[i] & 0xff);
		s->bad_blocks++;
		s->errors++;
	}
}

/* Forget what the page cache holds, so that reading asks the device. */
static bool drop_cache(struct step *s, int fd)
{
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return fail(s, "stat");
	if (S_ISBLK(st.st_mode)) {
		ret = ioctl(fd, BLKFLSBUF, 0);
	} else {
		/* A file instead of a device, to try the program out. */
		ret = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		errno = ret;
	}
	return ret ? fail(s, "dropping the cache") : true;
}

static void write_device(struct step *s, int fd)
{
	__u64 data = first_state(s->seed), sizes = data;

	while (s->bytes < s->size) {
		size_t size = next_request(&sizes, s->size - s->bytes);

		fill(buffer, size, &data);
		if (!transfer(s, fd, buffer, size, true))
			return;
		s->bytes += size;
	}
	if (fsync(fd))
		fail(s, "fsync");
}

static void verify_device(struct step *s, int fd)
{
	__u64 data = first_state(s->seed), sizes = ~data;

	while (s->bytes < s->size) {
		size_t size = next_request(&sizes, s->size - s->bytes);

		if (!transfer(s, fd, buffer, size, false))
			return;
		fill(expected, size, &data);
		compare(s, size);
		s->bytes += size;
	}
}

static void dump_device(struct step *s, int fd)
{
	while (s->bytes < s->size) {
		if (!transfer(s, fd, buffer, MAX_REQUEST, false) ||
		    !transfer(s, STDOUT_FILENO, buffer, MAX_REQUEST, true))
			return;
		s->bytes += MAX_REQUEST;
	}
}

static const struct mode {
	const char *name;
	void (*run)(struct step *s, int fd);
	int flags;
} modes[] = {
	{ "write", write_device, O_WRONLY },
	{ "write-direct", write_device, O_WRONLY | O_DIRECT },
	{ "verify", verify_device, O_RDONLY },
	{ "verify-direct", verify_device, O_RDONLY | O_DIRECT },
	{ "dump", dump_device, O_RDONLY },
	{ "dump-direct", dump_device, O_RDONLY | O_DIRECT },
	{ NULL }
};

/* Run one step and print its line. */
static bool run(const struct mode *mode, struct step s)
{
	int fd = open(s.dev, mode->flags);

	s.name = mode->name;
	if (fd < 0) {
		fail(&s, "open");
	} else {
		if (mode->flags & O_DIRECT || drop_cache(&s, fd))
			mode->run(&s, fd);
		if (close(fd))
			fail(&s, "close");
	}
	fprintf(mode->run == dump_device ? stderr : stdout,
		"disk: %s bytes=%llu bad_blocks=%lu errors=%lu\n", s.name,
		s.bytes, s.bad_blocks, s.errors);
	fflush(stdout);
	return !s.errors;
}

static void print_usage(void)
{
	fputs("usage: disk-selftest write|write-direct|verify|verify-direct DEV MIB SEED\n"
	      "       disk-selftest dump|dump-direct DEV MIB\n", stderr);
	exit(2);
}

static __u64 parse_number(const char *s)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno || end == s || *end)
		print_usage();
	return n;
}

int main(int argc, char **argv)
{
	const struct mode *mode = modes;
	struct step s = { 0 };

	if (argc < 2)
		print_usage();
	while (mode->name && strcmp(argv[1], mode->name))
		mode++;
	if (!mode->name || argc != (mode->run == dump_device ? 4 : 5))
		print_usage();
	s.dev = argv[2];
	s.size = parse_number(argv[3]) << 20;
	if (!s.size)
		print_usage();
	if (argc > 4)
		s.seed = parse_number(argv[4]);

	buffer = aligned_alloc(BLOCK, MAX_REQUEST);
	expected = aligned_alloc(BLOCK, MAX_REQUEST);
	if (!buffer || !expected) {
		perror("disk: memory");
		return 1;
	}
	return !run(mode, s);
}
