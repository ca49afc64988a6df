// SPDX-License-Identifier: GPL-2.0
/* The kernel and Xen, as far as the pool sees them. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "shim.h"

#define BALLOON_FRAMES	min_t(unsigned long, NR_FRAMES / 64, 16384)
#define MAX_BLOCKS	4096

#define P2M_INVALID	1	/* invalidated before the frame was mapped */
#define P2M_ENTRY	2	/* an entry was allocated */

struct shim shim;
struct resource iomem_resource;
struct page *vmemmap;
unsigned char *shim_frame;
unsigned char *shim_busy;
struct dev_pagemap **shim_pgmap;
grant_handle_t *shim_mapped;
bool xen_unpopulated_debug;
__thread int shim_spinning, shim_reading;

/* Guards all that follows, except where the kernel's callers must take care. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *blocks[MAX_BLOCKS];
static void **slots[4];
static unsigned int nr_slots;
static struct resource reserved[16];
static unsigned int nr_reserved;
static unsigned char *p2m;
static unsigned char *memmap;		/* for each page of the memmap: is it there? */
static unsigned char *memmap_present;	/* for each subsection: is it in use? */
static char messages[1 << 16];
static unsigned long balloon[1 << 14];
static unsigned int nr_balloon;

static void unlock(int *unused)
{
	pthread_mutex_unlock(&lock);
}

/* As the kernel's guard(): the lock is held up to the end of the block. */
#define guard_lock() \
	__attribute__((cleanup(unlock), unused)) int _guard = pthread_mutex_lock(&lock)

void shim_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "# BUG at %s:%d: %s\n", file, line, what);
	abort();
}

void shim_log(const char *fmt, ...)
{
	size_t used;
	va_list args;

	guard_lock();
	va_start(args, fmt);
	used = strlen(messages);
	vsnprintf(messages + used, sizeof(messages) - used, fmt, args);
	va_end(args);
}

bool shim_logged(const char *text)
{
	return strstr(messages, text);
}

/* Is this call to fail? */
static bool fails(void)
{
	bool ret;

	guard_lock();
	ret = (shim.fail_nth && !--shim.fail_nth) || (shim.failed && shim.fail_on);
	shim.failed += ret;
	return ret;
}

/* Memory */

void *kvzalloc(size_t size, gfp_t gfp)
{
	unsigned int i = 0;
	void *p;

	if (gfp != GFP_ATOMIC)
		might_sleep();
	if (fails())
		return NULL;

	/* What is a power of 2 is aligned to it. */
	p = size >= sizeof(p) && is_power_of_2(size) ? aligned_alloc(size, size) : malloc(size);
	guard_lock();
	while (i < MAX_BLOCKS && blocks[i])
		i++;
	BUG_ON(!p || i == MAX_BLOCKS);
	memset(p, 0, size);
	blocks[i] = p;
	shim.live++;
	return p;
}

void kvfree(const void *p)
{
	unsigned int i = 0;

	if (!p)
		return;
	guard_lock();
	while (i < MAX_BLOCKS && blocks[i] != p)
		i++;
	BUG_ON(i == MAX_BLOCKS);
	blocks[i] = NULL;
	shim.live--;
	free((void *)p);
}

/* RCU: who waits keeps new readers out, but not those that are within another section. */

static pthread_rwlock_t readers = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

#ifdef SHIM_NATIVE
__thread unsigned int shim_this_cpu;
#else
void rcu_read_lock(void)
{
	if (!shim_reading++)
		BUG_ON(pthread_rwlock_rdlock(&readers));
}

void rcu_read_unlock(void)
{
	if (!--shim_reading)
		BUG_ON(pthread_rwlock_unlock(&readers));
}
#endif

void synchronize_rcu(void)
{
	might_sleep();
	BUG_ON(pthread_rwlock_wrlock(&readers));
	BUG_ON(pthread_rwlock_unlock(&readers));
}

void shim_set_key(bool *key, bool on)
{
	might_sleep();
	BUG_ON(*key == on);
	__atomic_store_n(key, on, __ATOMIC_RELAXED);
}

#ifndef SHIM_NATIVE
/* A thread is on each of them for a while, and comes to the next at any place. */
unsigned int shim_cpu(void)
{
	static unsigned int threads;
	static __thread unsigned int first, calls;

	if (!calls)
		first = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);
	return (first + ++calls / 61) % SHIM_CPUS;
}
#endif

/* Work */

bool queue_work(void *queue, struct work_struct *work)
{
	unsigned int i;

	guard_lock();
	for (i = 0; shim.queued[i]; i++) {
		if (shim.queued[i] == work)
			return false;
		BUG_ON(i + 1 == ARRAY_SIZE(shim.queued));
	}
	shim.queued[i] = work;
	return true;
}

static struct work_struct *dequeue(void)
{
	struct work_struct *work;

	guard_lock();
	work = shim.queued[0];
	shim.queued[0] = shim.queued[1];
	shim.queued[1] = NULL;
	return work;
}

bool shim_background(void)
{
	struct work_struct *work = dequeue();

	if (work)
		work->func(work);
	return work;
}

bool queue_delayed_work(void *queue, struct delayed_work *work, unsigned long delay)
{
	BUG_ON(shim.periodic);
	shim.periodic = work;
	return true;
}

void shim_period(void)
{
	struct delayed_work *work = shim.periodic;

	BUG_ON(!work);
	shim.periodic = NULL;
	work->work.func(&work->work);
}

bool schedule_delayed_work(struct delayed_work *work, unsigned long delay)
{
	if (shim.work)
		return false;
	shim.work = work;
	shim.delay = delay;
	return true;
}

bool cancel_delayed_work(struct delayed_work *work)
{
	bool there = shim.work == work;

	if (there)
		shim.work = NULL;
	return there;
}

bool shim_work(void)
{
	struct delayed_work *work = shim.work;

	shim.work = NULL;
	if (work)
		work->work.func(&work->work);
	return work;
}

static void *map(size_t size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	BUG_ON(p == MAP_FAILED);
	return p;
}

void *shim_zeroes(void *old, size_t size)
{
	if (old)
		munmap(old, size);
	return map(size, PROT_READ | PROT_WRITE);
}

/* XArray */

#define XA_SIZE		(NR_FRAMES * sizeof(void *))

void *xa_load(struct xarray *xa, unsigned long index)
{
	void **s = __atomic_load_n(&xa->slots, __ATOMIC_ACQUIRE);

	BUG_ON(index >= NR_FRAMES);
	return s ? __atomic_load_n(&s[index], __ATOMIC_ACQUIRE) : NULL;
}

static void *xa_fill(struct xarray *xa, unsigned long first, unsigned long last, void *entry)
{
	void *old;

	BUG_ON(first > last || last >= NR_FRAMES);
	guard_lock();
	if (!xa->slots) {
		BUG_ON(nr_slots == ARRAY_SIZE(slots));
		slots[nr_slots] = shim_zeroes(NULL, XA_SIZE);
		__atomic_store_n(&xa->slots, slots[nr_slots++], __ATOMIC_RELEASE);
	}
	old = xa->slots[first];
	for (; first <= last; first++)
		__atomic_store_n(&xa->slots[first], entry, __ATOMIC_RELEASE);
	return old;
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	might_sleep();
	if (entry && fails())
		return ERR_PTR(-ENOMEM);
	return xa_fill(xa, index, index, entry);
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	return xa_load(xa, index) ? xa_fill(xa, index, index, NULL) : NULL;
}

static void xa_reset(void)
{
	while (nr_slots)
		munmap(slots[--nr_slots], XA_SIZE);
}

/* Resources */

static bool contains(const struct resource *root, const struct resource *res)
{
	return res->start <= res->end && root->start <= res->start && res->end <= root->end;
}

static bool overlap(const struct resource *a, u64 start, u64 end)
{
	return a->start <= end && start <= a->end;
}

static int insert(struct resource *root, struct resource *new)
{
	struct resource **p = &root->child;

	if (!contains(root, new))
		return -EBUSY;
	while (*p && (*p)->end < new->start)
		p = &(*p)->sibling;
	if (*p && overlap(*p, new->start, new->end))
		return -EBUSY;
	new->sibling = *p;
	new->parent = root;
	*p = new;
	shim.resources++;
	return 0;
}

int request_resource(struct resource *root, struct resource *new)
{
	if (fails())
		return -EBUSY;
	guard_lock();
	return insert(root, new);
}

static int find_and_insert(struct resource *root, struct resource *new, u64 size,
			   u64 lowest, u64 highest, u64 align)
{
	struct resource *next = root->child;
	u64 start = root->start, end;

	for (;;) {
		start = round_up(max(start, lowest), align);
		end = min(next ? next->start - 1 : root->end, highest);
		if ((!next || next->start) && start <= end && end - start >= size - 1) {
			new->start = start;
			new->end = start + size - 1;
			return insert(root, new);
		}
		if (!next)
			return -EBUSY;
		start = next->end + 1;
		next = next->sibling;
	}
}

int allocate_resource(struct resource *root, struct resource *new, resource_size_t size,
		      resource_size_t lowest, resource_size_t highest,
		      resource_size_t align, void *alignf, void *alignf_data)
{
	BUG_ON(new->parent || !size || alignf);
	if (fails())
		return -EBUSY;
	guard_lock();
	return find_and_insert(root, new, size, lowest, highest, align);
}

int release_resource(struct resource *old)
{
	struct resource **p;

	BUG_ON(!old->parent || old->child);
	guard_lock();
	for (p = &old->parent->child; *p != old; p = &(*p)->sibling)
		BUG_ON(!*p);
	*p = old->sibling;
	old->parent = NULL;
	shim.resources--;
	return 0;
}

/* As far as it is used: a resource without children gets smaller. */
int adjust_resource(struct resource *res, resource_size_t start, resource_size_t size)
{
	BUG_ON(res->child || start != res->start || start + size - 1 > res->end);
	res->end = start + size - 1;
	return 0;
}

static bool has(const struct resource *parent, u64 start, u64 end, unsigned long flags)
{
	const struct resource *p;

	for (p = parent->child; p; p = p->sibling)
		if (overlap(p, start, end) &&
		    ((p->flags & flags) == flags || has(p, start, end, flags)))
			return true;
	return false;
}

void shim_reserve(u64 start, u64 end, unsigned long flags)
{
	struct resource *res = &reserved[nr_reserved++];

	BUG_ON(nr_reserved > ARRAY_SIZE(reserved));
	*res = (struct resource){ .start = start, .end = end - 1, .flags = flags };
	BUG_ON(insert(&iomem_resource, res));
}

/* Hotplug */

struct range mhp_get_pluggable_range(bool need_mapping)
{
	BUG_ON(!need_mapping);
	return shim.mappable;
}

static void check_mappable(const struct range *range)
{
	u64 pfn, size = range->end + 1 - range->start;

	BUG_ON(range->start % SZ_2M || size % SZ_2M || !size);
	BUG_ON(range->start < shim.mappable.start || range->end > shim.mappable.end);
	BUG_ON(range->end >= PHYS_SPACE);
	BUG_ON(has(&iomem_resource, range->start, range->end, IORESOURCE_SYSTEM_RAM));
	/* nobody else takes it meanwhile */
	BUG_ON(!has(&iomem_resource, range->start, range->end, IORESOURCE_MEM));
	for (pfn = PHYS_PFN(range->start); pfn <= PHYS_PFN(range->end); pfn++) {
		BUG_ON(shim_frame[pfn] != FRAME_NOTHING);
		BUG_ON(shim.pv && !(p2m[pfn] & P2M_INVALID));
	}
}

/* What holds the struct page of a frame, in pages of the memmap. */
static unsigned long memmap_page(unsigned long pfn)
{
	return pfn * sizeof(struct page) / PAGE_SIZE;
}

/* No frame that is in use may lose its struct page. */
static void check_memmap(unsigned long first, unsigned long end)
{
	unsigned long pfn;

	for (pfn = first; pfn < end; pfn++)
		BUG_ON(shim_frame[pfn] == FRAME_DEVICE && !memmap[memmap_page(pfn)]);
}

/*
 * sparse_add_section() as arm64 has it: vmemmap_populate_range() goes from where
 * the first struct page is, aligned or not, by steps of PAGE_SIZE, and so does
 * unmap_hotplug_pte_range() on the way back. -ENOMEM as soon as a page cannot be
 * allocated, if there is no @memory for the last.
 */
static int add_section(unsigned long first, unsigned long end, bool memory)
{
	unsigned long subsection = SZ_2M >> PAGE_SHIFT, pfn, step = PAGE_SIZE / sizeof(struct page);

	for (pfn = first; pfn < end; pfn += subsection)
		if (memmap_present[pfn / subsection])
			return -EEXIST;
	memset(memmap_present + first / subsection, 1, (end - first) / subsection);
	for (pfn = first; pfn < end; pfn += step) {
		if (!memmap[memmap_page(pfn)] && !memory && pfn + step >= end)
			break;
		memmap[memmap_page(pfn)] = 1;
	}
	if (pfn >= end)
		return 0;

	memset(memmap_present + first / subsection, 0, (end - first) / subsection);
	for (pfn = first; pfn < end; pfn += step)
		memmap[memmap_page(pfn)] = 0;
	check_memmap(round_down(first, PAGES_PER_SECTION), round_up(end, PAGES_PER_SECTION));
	return -ENOMEM;
}

/* __add_pages(): section by section, and what is there stays when one fails. */
static int add_pages(unsigned long pfn, unsigned long end, bool memory)
{
	unsigned long next;
	int err = 0;

	for (; !err && pfn < end; pfn = next) {
		next = min(end, round_down(pfn, PAGES_PER_SECTION) + PAGES_PER_SECTION);
		err = add_section(pfn, next, memory || next < end);
	}
	return err;
}

void *memremap_pages(struct dev_pagemap *pgmap, int nid)
{
	struct range *range = &pgmap->range;
	unsigned long nr = PHYS_PFN(range->end + 1 - range->start);
	unsigned long first = PHYS_PFN(range->start), subsection = SZ_2M >> PAGE_SHIFT, pfn;
	int err = 0;

	might_sleep();
	BUG_ON(pgmap->type != MEMORY_DEVICE_GENERIC || pgmap->nr_range != 1);
	BUG_ON(nid != NUMA_NO_NODE);
	if (shim.remap)
		err = shim.remap(range->start, range->end + 1 - range->start);
	if (!err && fails())
		err = shim.remap_error;

	guard_lock();
	shim.remaps++;
	check_mappable(range);
	/* If all pages of the memmap were there, memory was short before that. */
	if (err == -ENOMEM && !add_pages(first, first + nr, false))
		memset(memmap_present + first / subsection, 0, nr / subsection);
	if (!err)
		err = add_pages(first, first + nr, true);
	if (!err) {
		memset(shim_frame + first, FRAME_DEVICE, nr);
		for (pfn = first; pfn < first + nr; pfn++)
			shim_pgmap[pfn] = pgmap;
		/* memmap_init_zone_device() writes to each of them. */
		check_memmap(first, first + nr);
		shim.mappings++;
		shim.mapped += nr;
	}
	return err ? ERR_PTR(err) : (void *)(PAGE_OFFSET + range->start);
}

bool early_section(unsigned long section)
{
	u64 start = PFN_PHYS(section * PAGES_PER_SECTION);

	return has(&iomem_resource, start, start + PFN_PHYS(PAGES_PER_SECTION) - 1,
		   IORESOURCE_SYSTEM_RAM);
}

/* Nobody waits for who still has a page; and as section_deactivate(), see add_section(). */
void memunmap_pages(struct dev_pagemap *pgmap)
{
	struct range *range = &pgmap->range;
	unsigned long first = PHYS_PFN(range->start), end = PHYS_PFN(range->end) + 1;
	unsigned long subsection = SZ_2M >> PAGE_SHIFT, pfn;

	might_sleep();
	guard_lock();
	for (pfn = first; pfn < end; pfn++) {
		BUG_ON(shim_frame[pfn] != FRAME_DEVICE || shim_busy[pfn] || shim_mapped[pfn]);
		shim_frame[pfn] = FRAME_NOTHING;
	}
	for (pfn = first; pfn < end; pfn += PAGE_SIZE / sizeof(struct page))
		memmap[memmap_page(pfn)] = 0;
	memset(memmap_present + first / subsection, 0, (end - first) / subsection);
	check_memmap(round_down(first, PAGES_PER_SECTION), round_up(end, PAGES_PER_SECTION));
	shim.mappings--;
	shim.mapped -= end - first;
}

/* Xen */

int arch_xen_unpopulated_init(struct resource **res)
{
	return shim.arch_init ? shim.arch_init(res) : 0;
}

/* The pages come from the end of physical space, downwards and last freed first. */
int xen_alloc_ballooned_pages(unsigned int nr_pages, struct page **pages)
{
	bool fail = fails();
	unsigned int i;

	might_sleep();
	if (shim.balloon)
		shim.balloon();

	guard_lock();
	BUG_ON(!nr_pages);
	if (fail || shim.ballooned + nr_pages > shim.balloon_max) {
		/* what it leaves behind is anything */
		memset(pages, 0x5a, nr_pages * sizeof(*pages));
		return -ENOMEM;
	}
	for (i = 0; i < nr_pages; i++) {
		unsigned long pfn = balloon[--nr_balloon];

		BUG_ON(shim_frame[pfn] != FRAME_NOTHING);
		shim_frame[pfn] = FRAME_BALLOONED;
		pages[i] = pfn_to_page(pfn);
	}
	shim.ballooned += nr_pages;
	return 0;
}

void xen_free_ballooned_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int i;

	might_sleep();
	guard_lock();
	for (i = 0; i < nr_pages; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		BUG_ON(pfn >= NR_FRAMES || shim_frame[pfn] != FRAME_BALLOONED);
		shim_frame[pfn] = FRAME_NOTHING;
		balloon[nr_balloon++] = pfn;
	}
	shim.ballooned -= nr_pages;
}

/* As p2m_remove_mapping(): not if there is something else. */
int HYPERVISOR_grant_table_op(unsigned int cmd, void *ops, unsigned int count)
{
	struct gnttab_unmap_grant_ref *op = ops;
	grant_handle_t *mapped = &shim_mapped[PHYS_PFN(op->host_addr)];

	BUG_ON(cmd != GNTTABOP_unmap_grant_ref || count != 1 || !op->handle);
	shim.unmaps++;
	op->status = *mapped && *mapped != op->handle ? GNTST_general_error : GNTST_okay;
	if (op->status == GNTST_okay)
		*mapped = 0;
	return 0;
}

/* As the kernel's, by the answer of Xen. */
bool xen_still_mapped(struct page *page)
{
	might_sleep();
	return xen_unpopulated_debug && shim_mapped[page_to_pfn(page)];
}

int xen_alloc_p2m_entry(unsigned long pfn)
{
	might_sleep();
	BUG_ON(!shim.pv || pfn >= NR_FRAMES);
	if (fails())
		return -ENOMEM;
	guard_lock();
	shim.p2m_entries++;
	p2m[pfn] |= P2M_ENTRY;
	return 0;
}

bool shim_has_p2m_entry(struct page *page)
{
	return p2m[page_to_pfn(page)] & P2M_ENTRY;
}

bool set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	might_sleep();
	BUG_ON(!shim.pv || mfn != INVALID_P2M_ENTRY || shim_frame[pfn] != FRAME_NOTHING);
	if (fails())
		return false;
	guard_lock();
	p2m[pfn] |= P2M_INVALID;
	return true;
}

void shim_reset(void)
{
	/* It begins where a section's part of it may, as the kernel's does. */
	unsigned long align = PAGES_PER_SECTION * sizeof(struct page);
	unsigned int i;

	if (!vmemmap) {
		void *room = map(NR_FRAMES * sizeof(struct page) + align, PROT_NONE);

		vmemmap = (struct page *)round_up((unsigned long)room, align);
	}
	shim_frame = shim_zeroes(shim_frame, NR_FRAMES);
	shim_busy = shim_zeroes(shim_busy, NR_FRAMES);
	shim_pgmap = shim_zeroes(shim_pgmap, NR_FRAMES * sizeof(*shim_pgmap));
	shim_mapped = shim_zeroes(shim_mapped, NR_FRAMES * sizeof(*shim_mapped));
	xen_unpopulated_debug = false;
	p2m = shim_zeroes(p2m, NR_FRAMES);
	memmap = shim_zeroes(memmap, NR_FRAMES);
	memmap_present = shim_zeroes(memmap_present, NR_FRAMES);
	for (i = 0; i < MAX_BLOCKS; i++) {
		free(blocks[i]);
		blocks[i] = NULL;
	}

	xa_reset();
	shim = (struct shim){
		.xen = true,
		.ram = PHYS_PFN(8 * SZ_1G),
		.available = PHYS_PFN(4 * SZ_1G),
		.mappable = { 0, PHYS_SPACE - 1 },
		.remap_error = -ENOMEM,
	};
	messages[0] = '\0';
	nr_reserved = 0;
	iomem_resource = (struct resource){
		.end = PHYS_SPACE - 1, .flags = IORESOURCE_MEM
	};

	nr_balloon = 0;
	for (i = BALLOON_FRAMES; i; i--)
		balloon[nr_balloon++] = NR_FRAMES - i;
	shim.balloon_max = nr_balloon;
	shim_reserve(PFN_PHYS(NR_FRAMES - nr_balloon), PHYS_SPACE, IORESOURCE_SYSTEM_RAM);
	shim.resources = 0;
}
