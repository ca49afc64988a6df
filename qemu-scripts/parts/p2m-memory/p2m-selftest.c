// SPDX-License-Identifier: GPL-2.0
/*
 * p2m-selftest - map a domain's own grants until Xen has no page tables left for them
 *
 * A domain that is not dom0 has a fixed amount of memory for its p2m; a page of it maps
 * 512 frames, if they lie together. So few grants are mapped, over and over: Xen maps each
 * up to 127 times.
 *
 *	p2m-selftest DOMID [MOST]	the domain this runs in; not more than that many
 *
 * A line: "mapped=N error=ERRNO", in grants. The exit status is 0, 1 if something failed
 * that should not, 2 for wrong arguments.
 */
#define PROGRAM "p2m"
#include "../grants.h"

/* What is mapped at a time, and of how many grants; gntalloc's limit holds these. */
#define BATCH	512
#define BATCHES	6
#define ROUNDS	120

/* A request to map a batch of this domain's own grants, which are made for it */
static struct ioctl_gntdev_map_grant_ref *new_batch(unsigned int domid)
{
	struct ioctl_gntdev_map_grant_ref *map;
	struct ioctl_gntalloc_alloc_gref *op;

	grant_pages(domid, BATCH, &op);
	map = map_request(domid, op->gref_ids, BATCH);
	free(op);
	return map;
}

/* Map until it is refused, or enough: how many went? */
static unsigned long map_all(struct ioctl_gntdev_map_grant_ref **maps, unsigned long most,
			     int *error)
{
	int fd = open("/dev/xen/gntdev", O_RDWR);
	unsigned long mapped = 0;

	if (fd < 0)
		die("/dev/xen/gntdev");
	for (int i = 0; i < BATCHES * ROUNDS && mapped < most; i++) {
		struct ioctl_gntdev_map_grant_ref *map = maps[i % BATCHES];

		if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, map))
			die("gntdev");
		if (mmap(NULL, BATCH * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 map->index) == MAP_FAILED) {
			struct ioctl_gntdev_unmap_grant_ref op = {
				.index = map->index, .count = BATCH,
			};

			*error = errno;
			ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
			break;
		}
		mapped += BATCH;
	}
	return mapped;
}

int main(int argc, char **argv)
{
	struct ioctl_gntdev_map_grant_ref *maps[BATCHES];
	unsigned long mapped;
	int error = 0;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: p2m-selftest DOMID [MOST]\n");
		return 2;
	}
	need_pages_of_a_grant();
	for (int i = 0; i < BATCHES; i++)
		maps[i] = new_batch(strtoul(argv[1], NULL, 10));
	mapped = map_all(maps, argc == 3 ? strtoul(argv[2], NULL, 0) : -1UL, &error);
	printf("mapped=%lu error=%d\n", mapped, error);
	return 0;
}
