/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pool needs of the kernel and of Xen, in user space and as thin as
 * possible. The headers in linux/ and xen/ are this one, see the Makefile.
 *
 * The shim is strict: a misuse that the kernel might let pass (sleeping under a
 * spinlock, mapping RAM, returning a page to the balloon that is not from
 * there, any access to a struct page) ends the program.
 *
 * Build with PAGE_SHIFT defined, and CONFIG_XEN_HAVE_PVMMU=1 for x86 PV.
 */
#ifndef _SHIM_H
#define _SHIM_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_XEN_UNPOPULATED_ALLOC	1
#define CONFIG_XEN_UNPOPULATED_DEBUG	1
#define CONFIG_SPARSEMEM_VMEMMAP	1

/* Language */

typedef unsigned long long u64;
typedef u64 phys_addr_t;
typedef u64 resource_size_t;

#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif
#define noinline	__attribute__((noinline))
#define __init
#define __initdata
#define __weak		__attribute__((weak))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define EXPORT_SYMBOL(sym)	extern typeof(sym) sym
#define EXPORT_SYMBOL_GPL(sym)	EXPORT_SYMBOL(sym)
/* Is an option defined as 1? It makes three of two arguments then. */
#define shim_second(a, b, ...)	b
#define shim_is_one(...)	shim_second(__VA_ARGS__, 0)
#define shim_is_one_of(x)	shim_is_one(shim_comma_##x 1)
#define shim_comma_1		0,
#define shim_expanded(x)	shim_is_one_of(x)
#define IS_ENABLED(option)	shim_expanded(option)
#define late_initcall(fn)	int (*const shim_late_##fn)(void) = fn
#define early_initcall(fn)	int (*const shim_initcall)(void) = fn

#define min(a, b) ({ typeof(a) _min_a = (a); typeof(b) _min_b = (b); \
		     _min_a < _min_b ? _min_a : _min_b; })
#define max(a, b) ({ typeof(a) _max_a = (a); typeof(b) _max_b = (b); \
		     _max_a > _max_b ? _max_a : _max_b; })
#define swap(a, b)		do { typeof(a) _tmp = (a); (a) = (b); (b) = _tmp; } while (0)
#define max3(a, b, c)		max((typeof(a))max(a, b), c)
#define min3(a, b, c)		min((typeof(a))min(a, b), c)
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define clamp(v, low, high)	min(max(v, low), high)
#define round_up(x, y)		((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define round_down(x, y)	((x) & ~((typeof(x))(y) - 1))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define struct_size(p, member, n) (sizeof(*(p)) + sizeof((p)->member[0]) * (n))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define IS_ERR(ptr)		((unsigned long)(ptr) >= -4095UL)
#define PTR_ERR(ptr)		((long)(ptr))
#define PTR_ERR_OR_ZERO(ptr)	(IS_ERR(ptr) ? PTR_ERR(ptr) : 0)
#define ERR_PTR(err)		((void *)(long)(err))

typedef unsigned long xen_pfn_t;

/*
 * As weak as the kernel's: nothing is ordered by them. But what a pointer that was read
 * leads to is read later, which C has no name for; acquiring it is a little more.
 */
#define READ_ONCE(x) \
	__atomic_load_n(&(x), __builtin_classify_type(x) == shim_pointer ? __ATOMIC_ACQUIRE : \
									 __ATOMIC_RELAXED)
#define shim_pointer		__builtin_classify_type((void *)0)
#define WRITE_ONCE(x, val)	__atomic_store_n(&(x), val, __ATOMIC_RELAXED)
#define data_race(expression)	(expression)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

typedef struct {
	long counter;
} atomic_long_t;

#define atomic_long_read(v)	__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_long_set(v, n)	__atomic_store_n(&(v)->counter, n, __ATOMIC_RELAXED)
#define atomic_long_inc(v)	__atomic_fetch_add(&(v)->counter, 1, __ATOMIC_RELAXED)
#define atomic_long_add(n, v)	__atomic_fetch_add(&(v)->counter, n, __ATOMIC_RELAXED)
#define atomic_long_dec(v)	__atomic_fetch_sub(&(v)->counter, 1, __ATOMIC_RELAXED)
#define atomic_long_sub_return_relaxed(n, v)	\
	__atomic_sub_fetch(&(v)->counter, n, __ATOMIC_RELAXED)
/* Full barriers, as the kernel's */
#define atomic_long_fetch_or(bits, v)	__atomic_fetch_or(&(v)->counter, bits, __ATOMIC_SEQ_CST)
#define atomic_long_fetch_andnot(bits, v) \
	__atomic_fetch_and(&(v)->counter, ~(bits), __ATOMIC_SEQ_CST)
#define atomic_long_fetch_or_release(bits, v) \
	__atomic_fetch_or(&(v)->counter, bits, __ATOMIC_RELEASE)
#define atomic_long_fetch_andnot_acquire(bits, v) \
	__atomic_fetch_and(&(v)->counter, ~(bits), __ATOMIC_ACQUIRE)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

#define DECLARE_STATIC_KEY_FALSE(name)	extern bool name
#define DEFINE_STATIC_KEY_FALSE(name)	bool name
/* Tracepoints that nobody has enabled */
#define TP_PROTO(...)			__VA_ARGS__
#define TRACE_EVENT(name, proto, ...) \
	static inline void trace_##name(proto) { } \
	static inline bool trace_##name##_enabled(void) { return false; }

#define static_branch_unlikely(key)	unlikely(__atomic_load_n(key, __ATOMIC_RELAXED))
#define static_branch_enable(key)	shim_set_key(key, true)
#define static_branch_disable(key)	shim_set_key(key, false)
void shim_set_key(bool *key, bool on);

#define barrier()		__asm__ __volatile__("" : : : "memory")

#define BUG_ON(cond) \
	do { if (unlikely(cond)) shim_bug(__FILE__, __LINE__, #cond); } while (0)
void shim_bug(const char *file, int line, const char *what) __attribute__((noreturn));
#define WARN_ON_ONCE(cond)	BUG_ON(cond)

#if defined(SHIM_NATIVE) && !defined(pr_fmt)
#define pr_fmt(fmt)	fmt
#endif
#define pr_err(fmt, ...)	shim_log(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	shim_log(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	shim_log(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) pr_warn(fmt, ##__VA_ARGS__)
void shim_log(const char *fmt, ...);

/* Lists */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void list_add(struct list_head *new, struct list_head *head)
{
	BUG_ON(head->next->prev != head || new == head || new == head->next);
	new->next = head->next;
	new->prev = head;
	head->next->prev = new;
	head->next = new;
}

static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	BUG_ON(head->prev->next != head);
	list_add(new, head->prev);
}

static inline void list_del_init(struct list_head *entry)
{
	BUG_ON(!entry->next || entry->next->prev != entry || entry->prev->next != entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = entry;
	entry->prev = entry;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define list_empty_careful(head)	list_empty(head)
#define list_del(entry)			list_del_init(entry)

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_del_init(entry);
	list_add_tail(entry, head);
}

static inline void list_splice(struct list_head *list, struct list_head *head)
{
	while (!list_empty(list))
		list_move_tail(list->next, head);
}

/* Seen by others at once. */
static inline void list_add_rcu(struct list_head *new, struct list_head *head)
{
	BUG_ON(head->next->prev != head);
	new->next = head->next;
	new->prev = head;
	head->next->prev = new;
	smp_store_release(&head->next, new);
}

/* Who is at the entry goes on from there. The next one was published before. */
static inline void list_del_rcu(struct list_head *entry)
{
	BUG_ON(entry->next->prev != entry || entry->prev->next != entry);
	entry->next->prev = entry->prev;
	smp_store_release(&entry->prev->next, entry->next);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_for_each_entry(pos, head, member) \
	for (pos = list_entry((head)->next, typeof(*pos), member); \
	     &pos->member != (head); \
	     pos = list_entry(pos->member.next, typeof(*pos), member))

#define list_for_each_entry_reverse(pos, head, member) \
	for (pos = list_entry((head)->prev, typeof(*pos), member); \
	     &pos->member != (head); \
	     pos = list_entry(pos->member.prev, typeof(*pos), member))

#define list_for_each_entry_safe(pos, n, head, member) \
	for (pos = list_entry((head)->next, typeof(*pos), member), \
	     n = list_entry(pos->member.next, typeof(*pos), member); \
	     &pos->member != (head); \
	     pos = n, n = list_entry(n->member.next, typeof(*n), member))

#define list_for_each_entry_rcu(pos, head, member) \
	for (pos = list_entry(READ_ONCE((head)->next), typeof(*pos), member); \
	     &pos->member != (head); \
	     pos = list_entry(READ_ONCE(pos->member.next), typeof(*pos), member))

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

static inline void hlist_add_head_rcu(struct hlist_node *new, struct hlist_head *head)
{
	new->next = head->first;
	new->pprev = &head->first;
	if (new->next)
		new->next->pprev = &new->next;
	smp_store_release(&head->first, new);
}

static inline void hlist_del_rcu(struct hlist_node *node)
{
	BUG_ON(*node->pprev != node);
	smp_store_release(node->pprev, node->next);
	if (node->next)
		node->next->pprev = node->pprev;
}

#define hlist_entry_safe(ptr, type, member) ({ \
	struct hlist_node *_node = (ptr); \
	_node ? container_of(_node, type, member) : NULL; })
#define hlist_for_each_entry_rcu(pos, head, member) \
	for (pos = hlist_entry_safe(READ_ONCE((head)->first), typeof(*pos), member); pos; \
	     pos = hlist_entry_safe(READ_ONCE(pos->member.next), typeof(*pos), member))
#define hlist_for_each_entry(pos, head, member)	hlist_for_each_entry_rcu(pos, head, member)

/* Bitmaps */

#define BITS_PER_LONG		64
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BIT_MASK(n)		(1UL << ((n) % BITS_PER_LONG))

#define BIT(nr)			(1UL << (nr))
#define BITMAP_FIRST_WORD_MASK(start)	(~0UL << ((start) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(nr)	(~0UL >> (-(nr) & (BITS_PER_LONG - 1)))
#define GENMASK(high, low) \
	((~0UL << (low)) & (~0UL >> (BITS_PER_LONG - 1 - (high))))

#define hweight_long(word)	((unsigned long)__builtin_popcountl(word))

static inline unsigned int find_next_zero_bit(const unsigned long *map, unsigned int end,
					      unsigned int start)
{
	while (start < end &&
	       __atomic_load_n(&map[start / BITS_PER_LONG], __ATOMIC_RELAXED) & BIT_MASK(start))
		start++;
	return start < end ? start : end;
}

static inline unsigned int find_next_bit(const unsigned long *map, unsigned int end,
					 unsigned int start)
{
	while (start < end &&
	       !(__atomic_load_n(&map[start / BITS_PER_LONG], __ATOMIC_RELAXED) & BIT_MASK(start)))
		start++;
	return start < end ? start : end;
}

#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

static inline void set_bit(unsigned int bit, unsigned long *map)
{
	__atomic_fetch_or(&map[bit / BITS_PER_LONG], BIT_MASK(bit), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned int bit, unsigned long *map)
{
	__atomic_fetch_and(&map[bit / BITS_PER_LONG], ~BIT_MASK(bit), __ATOMIC_RELAXED);
}

static inline unsigned long __ffs(unsigned long word)
{
	BUG_ON(!word);
	return __builtin_ctzl(word);
}

/* Tasks: there is one */

struct task_struct {
	char comm[16];
	int pid;
};

#define current		(&(struct task_struct){ "test", 1 })
#define fatal_signal_pending(task)	(shim.dying)

/* Locks */

typedef struct {
	pthread_mutex_t m;
} spinlock_t;

struct mutex {
	pthread_mutex_t m;
};

#define __SPIN_LOCK_UNLOCKED(name)	{ PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP }
#define DEFINE_MUTEX(name)	struct mutex name = { PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP }

/* Spinlocks that this thread holds; RCU read sections that it is in. */
extern __thread int shim_spinning, shim_reading;

static inline void might_sleep(void)
{
	BUG_ON(shim_spinning || shim_reading);
}

static inline void spin_lock(spinlock_t *lock)
{
	BUG_ON(pthread_mutex_lock(&lock->m));
	shim_spinning++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	shim_spinning--;
	BUG_ON(pthread_mutex_unlock(&lock->m));
}

#define spin_lock_irq(lock)			spin_lock(lock)
#define spin_unlock_irq(lock)			spin_unlock(lock)
#define spin_lock_irqsave(lock, flags)		do { (flags) = 0; spin_lock(lock); } while (0)
#define spin_unlock_irqrestore(lock, flags)	do { (void)(flags); spin_unlock(lock); } while (0)

static inline void mutex_lock(struct mutex *mutex)
{
	might_sleep();
	BUG_ON(pthread_mutex_lock(&mutex->m));
}

static inline void mutex_unlock(struct mutex *mutex)
{
	BUG_ON(pthread_mutex_unlock(&mutex->m));
}

/* RCU; and CPUs, from one to the other of which threads go at any time */

#ifdef SHIM_NATIVE
/* As in a kernel without preemption. A thread is a CPU. */
#define rcu_read_lock()		barrier()
#define rcu_read_unlock()	barrier()
#define shim_cpu()		shim_this_cpu
extern __thread unsigned int shim_this_cpu;
#else
void rcu_read_lock(void);
void rcu_read_unlock(void);
unsigned int shim_cpu(void);
#endif
void synchronize_rcu(void);

#define SHIM_CPUS		3
#define DECLARE_PER_CPU(type, name)	extern type name[SHIM_CPUS]
/* All begin with what it is initialized with. */
#define DEFINE_PER_CPU(type, name) \
	type name[SHIM_CPUS]; \
	extern type shim_first_##name; \
	static __attribute__((constructor)) void shim_init_##name(void) \
	{ \
		unsigned int cpu; \
		for_each_online_cpu(cpu) \
			name[cpu] = shim_first_##name; \
	} \
	type shim_first_##name
#define per_cpu_ptr(name, cpu)		(&(*(name))[cpu])
#define raw_cpu_ptr(name)		per_cpu_ptr(name, shim_cpu())
#define for_each_possible_cpu(cpu)	for_each_online_cpu(cpu)
#define for_each_online_cpu(cpu)	for ((cpu) = 0; (cpu) < SHIM_CPUS; (cpu)++)

/* Time: stands still */

typedef long long ktime_t;

#define ktime_get()		((ktime_t)0)
#define ktime_us_delta(later, earlier)	(((later) - (earlier)) / 1000)

/* Work: done when the test says so, see shim_work() */

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
};

#define HZ			250
#define __DELAYED_WORK_INITIALIZER(name, fn, flags)	{ { fn } }

#define system_unbound_wq		NULL
#define DECLARE_WORK(name, fn)		struct work_struct name = { fn }
#define DECLARE_DEFERRABLE_WORK(name, fn) struct delayed_work name = { { fn } }
bool queue_work(void *queue, struct work_struct *work);
bool queue_delayed_work(void *queue, struct delayed_work *work, unsigned long delay);

bool schedule_delayed_work(struct delayed_work *work, unsigned long delay);
bool cancel_delayed_work(struct delayed_work *work);

/* Memory, pages. 16 GiB of physical space; nothing may touch a struct page. */

typedef unsigned int gfp_t;

#define GFP_KERNEL		1U
#define GFP_ATOMIC		2U

void *kvzalloc(size_t size, gfp_t gfp);
void kvfree(const void *p);
#define kzalloc(size, gfp)	kvzalloc(size, gfp)
#define kcalloc(n, size, gfp)	kvzalloc((n) * (size), gfp)
#define kfree(p)		kvfree(p)

struct page {
	void *zone_device_data;		/* mainline's list */
	unsigned long opaque[7];
};

#define SZ_2M			0x200000
#define SZ_128M			0x8000000
#define SZ_1G			0x40000000ULL

#define PHYS_SPACE		(16 * SZ_1G)
#define NR_FRAMES		(PHYS_SPACE >> PAGE_SHIFT)
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define totalram_pages()	(shim.ram)
#define si_mem_available()	(shim.available)
#define SECTION_SIZE_BITS	(PAGE_SHIFT == 16 ? 29 : 27)
#define PAGES_PER_SECTION	(1UL << (SECTION_SIZE_BITS - PAGE_SHIFT))
#define pfn_to_section_nr(pfn)	((pfn) / PAGES_PER_SECTION)
#define PHYS_PFN(x)		((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_DOWN(x)		PHYS_PFN(x)
#define PFN_PHYS(x)		((phys_addr_t)(x) << PAGE_SHIFT)
#define PAGE_OFFSET		0xffff800000000000UL

extern struct page *vmemmap;

#define pfn_to_page(pfn)	(vmemmap + (pfn))
#define virt_to_page(vaddr)	pfn_to_page(PHYS_PFN((unsigned long)(vaddr) - PAGE_OFFSET))
#define page_to_pfn(page)	((unsigned long)((page) - vmemmap))

/* XArray: an array. As in the kernel, readers take no lock. */

struct xarray {
	void **slots;
};

#define XARRAY_INIT(name, flags)	{ NULL }
#define DEFINE_XARRAY(name)		struct xarray name = { NULL }
#define xa_mk_value(v)			((void *)((v) << 1 | 1UL))

static inline int xa_err(void *entry)
{
	return IS_ERR(entry) ? PTR_ERR(entry) : 0;
}

void *xa_load(struct xarray *xa, unsigned long index);
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);

/* Resources */

struct resource {
	resource_size_t start, end;
	const char *name;
	unsigned long flags;
	struct resource *parent, *sibling, *child;
};

static inline resource_size_t resource_size(const struct resource *res)
{
	return res->end - res->start + 1;
}

struct range {
	u64 start, end;
};

#define IORESOURCE_MEM		0x00000200
#define IORESOURCE_SYSTEM_RAM	0x01000200
#define IORESOURCE_BUSY		0x80000000

extern struct resource iomem_resource;

int request_resource(struct resource *root, struct resource *new);
int allocate_resource(struct resource *root, struct resource *new, resource_size_t size,
		      resource_size_t lowest, resource_size_t highest,
		      resource_size_t align, void *alignf, void *alignf_data);
int release_resource(struct resource *old);
int adjust_resource(struct resource *res, resource_size_t start, resource_size_t size);

/* Hotplug */

#define NUMA_NO_NODE	(-1)

enum memory_type { MEMORY_DEVICE_GENERIC = 1 };

struct dev_pagemap {
	enum memory_type type;
	int nr_range;
	struct range range;
	void *owner;
};

void *memremap_pages(struct dev_pagemap *pgmap, int nid);
void memunmap_pages(struct dev_pagemap *pgmap);

/* Sections with memory that was there at boot */
#define __pfn_to_section(pfn)	pfn_to_section_nr(pfn)
bool early_section(unsigned long section);
#define page_ref_count(page)	(1 + !!(shim_busy[page_to_pfn(page)] & BUSY_REFERENCE))
struct range mhp_get_pluggable_range(bool need_mapping);

static inline unsigned long memremap_compat_align(void)
{
	return SZ_2M;
}

/* Xen */

#define XENFEAT_auto_translated_physmap	2
#define INVALID_P2M_ENTRY		(~0UL)

/* By frames of XEN_PAGE_SIZE; of a page that is busy, the last one is mapped. */
#define XEN_PFN_PER_PAGE		(PAGE_SIZE / 4096)
#define page_to_xen_pfn(page)		(page_to_pfn(page) * XEN_PFN_PER_PAGE)
#define pfn_to_bfn(pfn)	\
	(shim_busy[(pfn) / XEN_PFN_PER_PAGE] & BUSY_IN_P2M && \
	 (pfn) % XEN_PFN_PER_PAGE == XEN_PFN_PER_PAGE - 1 ? ~0UL : (pfn))
#define xen_domain()			(shim.xen)
#define xen_initial_domain()		(shim.xen)
#define xen_feature(feature)		(!shim.pv)

typedef unsigned int grant_handle_t;

struct gnttab_unmap_grant_ref {
	u64 host_addr;
	grant_handle_t handle;
	short status;
};

#define INVALID_GRANT_HANDLE		(~0U)
#define GNTTABOP_unmap_grant_ref	1
#define GNTST_okay			0
#define GNTST_general_error		(-1)
#define GNTST_bad_handle		(-4)

int HYPERVISOR_grant_table_op(unsigned int cmd, void *ops, unsigned int count);

extern unsigned long xen_unpopulated_pages;

int arch_xen_unpopulated_init(struct resource **res);
int xen_alloc_unpopulated_pages(unsigned int nr_pages, struct page **pages);
void xen_free_unpopulated_pages(unsigned int nr_pages, struct page **pages);
int xen_alloc_ballooned_pages(unsigned int nr_pages, struct page **pages);
void xen_free_ballooned_pages(unsigned int nr_pages, struct page **pages);
int xen_alloc_p2m_entry(unsigned long pfn);
bool xen_still_mapped(struct page *page);
bool set_phys_to_machine(unsigned long pfn, unsigned long mfn);

/* For the tests */

/* What a frame is at the moment. */
enum frame {
	FRAME_NOTHING,		/* no struct page, or RAM */
	FRAME_DEVICE,		/* has struct pages by memremap_pages() */
	FRAME_SEED,		/* the architecture gave it to the pool */
	FRAME_BALLOONED,	/* handed out by the balloon */
};

/* What is left of it when its holder has freed a page. */
#define BUSY_REFERENCE	1	/* somebody has one to the struct page */
#define BUSY_IN_P2M	2	/* this kernel still has it in its p2m */

/* The switches, and what the shim counts. */
struct shim {
	bool xen;			/* this is a Xen domain */
	bool pv;			/* it is PV */
	unsigned long ram;		/* RAM of the domain, pages */
	long available;			/* pages of it that are free, or could be */
	bool dying;			/* the task is being killed */
	struct range mappable;		/* for mhp_get_pluggable_range() */
	long balloon_max;		/* pages that can be ballooned out at a time */
	/* the body of arch_xen_unpopulated_init() */
	int (*arch_init)(struct resource **res);
	/* returns 0, or an error with which memremap_pages() is to fail */
	int (*remap)(u64 start, u64 size);
	/* called when the balloon is asked for pages */
	void (*balloon)(void);

	int remap_error;		/* what memremap_pages() fails with by fail_nth */
	int fail_nth;			/* which call from now that can fail does; 0: none */
	bool fail_on;			/* all calls after that fail too */
	int failed;			/* calls that failed by fail_nth */

	struct work_struct *queued[2];	/* what is to be done in the background, if anything */
	struct delayed_work *periodic;	/* what is done in the background every now and then */
	struct delayed_work *work;	/* what is to be done later, if anything */
	unsigned long delay;		/* how much later, jiffies */
	long unmaps;			/* grants that Xen was asked to unmap */
	long live;			/* blocks of memory that are allocated */
	long resources;			/* resources in all trees */
	long mappings;			/* successful memremap_pages() not undone yet */
	long mapped;			/* pages in these */
	long remaps;			/* calls of memremap_pages() */
	long ballooned;			/* pages that the balloon has handed out */
	long p2m_entries;		/* successful calls of xen_alloc_p2m_entry() */
};

extern struct shim shim;
extern unsigned char *shim_frame;	/* enum frame of each frame */
extern struct dev_pagemap **shim_pgmap;	/* of each frame: that of memremap_pages() */
extern unsigned char *shim_busy;	/* BUSY_... of each frame */
/* The handle of the grant that Xen has mapped on each frame, or 0. */
extern grant_handle_t *shim_mapped;
extern int (*const shim_initcall)(void);
extern int (*const shim_late_grow_at_boot)(void);
extern int (*const shim_late_shrink_init)(void);

/* As at boot: no RAM but what the balloon uses, at the end; nothing fails. */
void shim_reset(void);
/* @size bytes, all zero, that take no RAM until written to; instead of @old, if that is there. */
void *shim_zeroes(void *old, size_t size);
/* Can the p2m of a PV domain take a foreign frame for that page? */
bool shim_has_p2m_entry(struct page *page);
/* Reserve space in iomem_resource, as RAM or not. */
void shim_reserve(u64 start, u64 end, unsigned long flags);
/* Do what is to be done in the background. Returns false if there is nothing. */
bool shim_background(void);
/* It is time again. */
void shim_period(void);
/* It is later: do what was put off. Returns false if there is nothing. */
bool shim_work(void);
/* Was there a message that contains @text? */
bool shim_logged(const char *text);

#endif /* _SHIM_H */
