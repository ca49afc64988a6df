// SPDX-License-Identifier: GPL-2.0
/*
 * Spans come and go, and get longer and shorter at their end; pages out are kept below the
 * ceiling. See unpopulated-spans.h.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <xen/unpopulated.h>

#include <trace/events/xen_unpopulated.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

struct xen_spans xen_spans = {
	.lock = __SPIN_LOCK_UNLOCKED(xen_spans.lock),
	.list = LIST_HEAD_INIT(xen_spans.list),
	.max = LONG_MAX,
};

struct hlist_head xen_spans_by_section[256];

/* Where a CPU takes its first page: from a word that has none. */
static struct xen_word nowhere;
DEFINE_PER_CPU(struct xen_word *, xen_spans_hint) = &nowhere;
DEFINE_STATIC_KEY_FALSE(xen_spans_ceiling);

/* Pages that were freed though no caller held them; for debugfs only. */
static atomic_long_t refused;

/* Free pages of a span, which may change meanwhile. */
static unsigned int count_free_in(const struct xen_span *span)
{
	unsigned int nr = 0, i;

	for (i = 0; i < BITS_TO_LONGS(READ_ONCE(span->nr)); i++)
		nr += hweight_long(atomic_long_read(&span->words[i].free));
	return nr;
}

/* Free pages; at most as many as there are, with the lock or nobody else about. */
static unsigned long count_free(void)
{
	unsigned long nr = 0;
	struct xen_span *span;

	list_for_each_entry(span, &xen_spans.list, node)
		nr += count_free_in(span);
	return nr;
}

static unsigned long nr_out(void)
{
	return xen_spans.counted ? xen_spans.out : xen_spans.pages - count_free();
}

/* How many more pages may be out, below 0 if the ceiling was lowered. */
static long below_ceiling(unsigned long out)
{
	return xen_spans.max - (out + xen_spans.ballooned);
}

/* Could more pages be out than the ceiling allows, with so many added? */
static bool ceiling_matters(unsigned int added)
{
	bool matters;

	spin_lock(&xen_spans.lock);
	matters = xen_spans.pages + added + xen_spans.ballooned > xen_spans.max;
	spin_unlock(&xen_spans.lock);
	return matters;
}

/*
 * From now on, an account is kept. It begins once all who do not know yet have
 * ended; until then requests wait for xen_growth_lock, which is held.
 */
static void begin_account(void)
{
	if (xen_spans.counted)
		return;
	static_branch_enable(&xen_spans_ceiling);
	synchronize_rcu();
	spin_lock(&xen_spans.lock);
	xen_spans.out = nr_out();
	xen_spans.counted = true;
	spin_unlock(&xen_spans.lock);
}

static void end_account(void)
{
	if (!xen_spans.counted)
		return;
	spin_lock(&xen_spans.lock);
	xen_spans.counted = false;
	spin_unlock(&xen_spans.lock);
	static_branch_disable(&xen_spans_ceiling);
}

/**
 * xen_span_for() - the span that pages are to be part of
 * @first: the first of these pages; the struct page may come later
 *
 * That whose end they continue, or a new one, which nobody sees yet.
 *
 * Context: may sleep; one caller at a time.
 *
 * Return: the span, for xen_span_publish() or xen_span_forget(); NULL without memory.
 */
struct xen_span *xen_span_for(struct page *first)
{
	struct xen_span *span;
	unsigned int i;

	hlist_for_each_entry(span, xen_spans_bucket(first), by_section)
		if (span->first + span->nr == first)
			return span;

	span = kzalloc(sizeof(*span), GFP_KERNEL);
	if (!span)
		return NULL;
	span->words = kcalloc(XEN_SPAN_WORDS, sizeof(*span->words), GFP_KERNEL);
	if (!span->words) {
		kfree(span);
		return NULL;
	}
	for (i = 0; i < XEN_SPAN_WORDS; i++)
		span->words[i].first = first + i * BITS_PER_LONG;
	INIT_LIST_HEAD(&span->node);
	span->first = first;
	memset(span->taken, 0xff, sizeof(span->taken));
	return span;
}

/**
 * xen_span_forget() - nothing becomes of it
 * @span: from xen_span_for()
 *
 * Any context.
 */
void xen_span_forget(struct xen_span *span)
{
	if (!list_empty(&span->node))
		return;
	kfree(span->words);
	kfree(span);
}

/* The lock is held. */
static void insert_span(struct xen_span *span)
{
	struct list_head *before = &xen_spans.list;
	struct xen_span *other;

	list_for_each_entry(other, &xen_spans.list, node) {
		if (other->first > span->first)
			break;
		before = &other->node;
	}
	list_add_rcu(&span->node, before);
	hlist_add_head_rcu(&span->by_section, xen_spans_bucket(span->first));
}

/* The bits of pages from @index on, up to @end, as far as the same word goes. */
static unsigned long bits_up_to(unsigned int index, unsigned int end)
{
	unsigned long bits = BITMAP_FIRST_WORD_MASK(index);

	if (end < round_down(index, BITS_PER_LONG) + BITS_PER_LONG)
		bits &= BITMAP_LAST_WORD_MASK(end);
	return bits;
}

/* Give back pages from @index on, up to @end. Within an RCU read section, or with the lock. */
static void give_up_to(struct xen_span *span, unsigned int index, unsigned int end)
{
	for (; index < end; index = round_down(index, BITS_PER_LONG) + BITS_PER_LONG)
		give_bits(span, &span->words[index / BITS_PER_LONG], index,
			  bits_up_to(index, end));
}

/**
 * xen_span_publish() - make pages available, all of them free
 * @span: from xen_span_for(), or after xen_span_retract()
 * @nr: pages, from the one on that it was asked for, and in the same section
 *
 * Context: may sleep; one caller at a time, and xen_growth_lock is held if
 * anybody may allocate.
 */
void xen_span_publish(struct xen_span *span, unsigned int nr)
{
	unsigned int index = span->nr;

	WARN_ON_ONCE(xen_spans_bucket(span->first + index + nr - 1) !=
		     xen_spans_bucket(span->first));
	if (ceiling_matters(nr))
		begin_account();

	spin_lock(&xen_spans.lock);
	if (list_empty(&span->node)) {
		insert_span(span);
		xen_spans.nr++;
	}
	set_bit(index / XEN_STEP_PAGES, span->begins);
	/*
	 * Before anybody can have such a page, and give it back. Release: who finds them
	 * sees where they begin; pairs with claim_run().
	 */
	smp_store_release(&span->nr, index + nr);
	give_up_to(span, index, index + nr);
	WRITE_ONCE(xen_spans.pages, xen_spans.pages + nr);
	xen_spans.parts++;
	spin_unlock(&xen_spans.lock);
}

/* The index of a word in a span, or what is none there. */
static unsigned long index_in(const struct xen_span *span, const struct xen_word *word)
{
	return ((unsigned long)word - (unsigned long)span->words) / sizeof(*word);
}

/* The groups of a span in which CPUs take pages. */
static unsigned long groups_in_use(const struct xen_span *span)
{
	unsigned long groups = 0, group;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		group = index_in(span, READ_ONCE(*per_cpu_ptr(&xen_spans_hint, cpu))) /
			XEN_GROUP_WORDS;
		if (group < XEN_SPAN_WORDS / XEN_GROUP_WORDS)
			groups |= BIT(group);
	}
	return groups;
}

/*
 * Release: whoever is on this CPU next, or was and has been moved to another one, sees the
 * span that the word is of.
 */
static void set_hint(struct xen_word **hint, struct xen_word *word)
{
	smp_store_release(hint, word);	/* pairs with who follows it: an address dependency */
}

/*
 * Have this CPU take its next pages from a word that is below those that it took last:
 * for low pages there are page tables, and what is high may be left unused.
 */
static void go_back(struct xen_span *span, unsigned int nr)
{
	struct xen_word **hint = raw_cpu_ptr(&xen_spans_hint), *word = &span->words[nr];
	const struct xen_word *last = READ_ONCE(*hint);
	unsigned int group = nr / XEN_GROUP_WORDS;

	if (word->first >= last->first)
		return;
	if (group != index_in(span, last) / XEN_GROUP_WORDS &&
	    (groups_in_use(span) & BIT(group)))
		return;
	set_hint(hint, word);
}

/*
 * Words have a page that is free; those of them that are marked as taken are not any more.
 * @words is for the same word of @taken as @nr.
 */
static void unmark(struct xen_span *span, unsigned int nr, unsigned long words)
{
	atomic_long_t *taken = &span->taken[nr / BITS_PER_LONG];

	words &= atomic_long_read(taken);
	if (words)
		words &= atomic_long_fetch_andnot(words, taken);
	if (!words)
		return;
	atomic_long_add(words & (words - 1) ? hweight_long(words) : 1, &xen_spans.free_words);
	go_back(span, round_down(nr, BITS_PER_LONG) + __ffs(words));
}

/*
 * Mark @words that had no bit set, of those that the same word of @taken is for as @first.
 * Who gives back a page there looks for the mark, after that: each of the two sees what
 * the other has done, or both do. Within an RCU read section.
 */
static void mark(struct xen_span *span, unsigned int first, unsigned long words)
{
	unsigned long taken, word;
	long free;

	/* A full barrier; pairs with that of have_free() */
	words &= ~atomic_long_fetch_or(words, &span->taken[first / BITS_PER_LONG]);
	free = atomic_long_sub_return_relaxed(hweight_long(words), &xen_spans.free_words);
	for (; words; words &= words - 1) {
		word = round_down(first, BITS_PER_LONG) + __ffs(words);
		if (atomic_long_read(&span->words[word].free))
			unmark(span, word, BIT_MASK(word));
	}

	taken = READ_ONCE(xen_spans.pages) / BITS_PER_LONG - free;
	if ((long)taken > (long)READ_ONCE(xen_spans.most_lately))
		WRITE_ONCE(xen_spans.most_lately, taken);
	if (free < READ_ONCE(xen_spans.low_words))
		xen_growth_ahead();
}

/**
 * xen_spans_set_low() - when the pool is to grow ahead
 * @pages: if fewer than about these are free; 0: not until this is set again
 *
 * Any context.
 */
void xen_spans_set_low(unsigned long pages)
{
	WRITE_ONCE(xen_spans.low_words, BITS_TO_LONGS(pages));
}

/**
 * xen_spans_are_low() - is the pool to grow ahead?
 *
 * Any context.
 *
 * Return: true if so.
 */
bool xen_spans_are_low(void)
{
	return atomic_long_read(&xen_spans.free_words) < READ_ONCE(xen_spans.low_words);
}

/* The first word of a group that has a bit set, or its end; those before are marked. */
static unsigned int find_word(struct xen_span *span, unsigned int group)
{
	unsigned int first = group * XEN_GROUP_WORDS, word;
	unsigned long empty = 0;

	for (word = first; word < first + XEN_GROUP_WORDS; word++) {
		if (atomic_long_read(&span->words[word].free))
			break;
		empty |= BIT_MASK(word);
	}
	empty &= ~atomic_long_read(&span->taken[first / BITS_PER_LONG]);
	if (empty)
		mark(span, first, empty);
	return word;
}

/* The lowest word with a bit set, in a group that nobody uses, or in @any. Or NULL. */
static struct xen_word *find_any(bool any)
{
	unsigned int word, words, group;
	struct xen_span *span;
	unsigned long used;

	list_for_each_entry_rcu(span, &xen_spans.list, node) {
		words = BITS_TO_LONGS(READ_ONCE(span->nr));
		used = any ? 0 : groups_in_use(span);
		for (word = 0; word < words; word = (group + 1) * XEN_GROUP_WORDS) {
			/* The first one that is not marked; if it is by now, no harm is done. */
			word = data_race(find_next_zero_bit((unsigned long *)span->taken, words,
							    word));
			group = word / XEN_GROUP_WORDS;
			if (word >= words || used & BIT(group))
				continue;
			word = find_word(span, group);
			if (word < (group + 1) * XEN_GROUP_WORDS)
				return &span->words[word];
		}
	}
	return NULL;
}

/* The next word of the group that has a bit set; those before are marked. Or NULL. */
static struct xen_word *find_in_group(const struct xen_word *word)
{
	struct xen_span *span = word == &nowhere ? NULL : xen_span_of(word->first);
	unsigned int group, found;

	if (!span)
		return NULL;
	group = index_in(span, word) / XEN_GROUP_WORDS;
	found = find_word(span, group);
	return found < (group + 1) * XEN_GROUP_WORDS ? &span->words[found] : NULL;
}

/*
 * The word behind that of which the last page was taken, if it is of the same group and has
 * a page: no need to mark each one, but where that is much of what there is. Or NULL.
 */
static __always_inline struct xen_word *next_in_group(struct xen_word *word)
{
	/* Where words are allocated, a group is aligned to its size. */
	if (word == &nowhere || !((unsigned long)(word + 1) % (XEN_GROUP_WORDS * sizeof(*word))))
		return NULL;
	if (READ_ONCE(xen_spans.pages) < 16 * XEN_GROUP_PAGES)
		return NULL;
	return atomic_long_read(&word[1].free) ? word + 1 : NULL;
}

/* Pages are freed that were free before. */
static void refuse_bits(struct page *first, unsigned long bits)
{
	for (; bits; bits &= bits - 1)
		xen_spans_refuse_page(first + __ffs(bits));
}

/*
 * All pages of words were out, and some were given back. @words is for the same word of
 * @taken as @nr. Within an RCU read section.
 */
static void have_free(struct xen_span *span, unsigned int nr, unsigned long words)
{
	smp_mb();	/* pairs with that of mark() */
	unmark(span, nr, words);
}

/**
 * xen_span_was_given() - more than a page being free again
 * @span: theirs
 * @index: of one of its pages that were given back
 * @bits: of these, in the word of that
 * @before: what that word was before
 *
 * Pages that were free already are refused. If none was, the word may be marked.
 *
 * Context: within an RCU read section.
 */
void xen_span_was_given(struct xen_span *span, unsigned int index, unsigned long bits,
			unsigned long before)
{
	unsigned int word = index / BITS_PER_LONG;

	refuse_bits(span->words[word].first, bits & before);
	if (!before)
		have_free(span, word, BIT_MASK(word));
}

/* Nor has its group, likely: a word that has a page, of a group that nobody uses if possible. */
static noinline struct xen_word *look_further(const struct xen_word *word)
{
	return find_in_group(word) ?: find_any(false) ?: find_any(true);
}

/* Give back pages of a word that were just taken. Within an RCU read section. */
static noinline void put_back(struct xen_word *word, unsigned long bits)
{
	struct xen_span *span = xen_span_of(word->first);

	give_bits(span, word, index_in(span, word) * BITS_PER_LONG, bits);
}

/*
 * Fill @pages with @nr that follow one another: next to nothing for each, with all registers
 * free for that.
 */
static noinline void fill_run(unsigned int nr, struct page **pages, struct page *first)
{
	struct page **end = pages + nr;
	unsigned int i;

	for (; end - pages >= 16; pages += 16, first += 16) {
#pragma GCC unroll 16
		for (i = 0; i < 16; i++)
			pages[i] = first + i;
	}
	while (pages < end)
		*pages++ = first++;
}

/*
 * Take a free page of a word and those that follow it, at most @nr. Returns how many, 0 if
 * no page is free; the word has none left if @rest is 0. Within an RCU read section.
 */
static __always_inline unsigned int take_run(struct xen_word *word, unsigned int nr,
					     struct page **first, unsigned long *rest)
{
	unsigned long free, bits, before, used;
	unsigned int bit, n;

	for (;;) {
		free = atomic_long_read(&word->free);
		*rest = 0;
		if (!free)
			return 0;
		bit = __ffs(free);
		used = ~(free >> bit);
		n = min_t(unsigned int, nr, used ? __ffs(used) : BITS_PER_LONG);
		bits = BITMAP_LAST_WORD_MASK(n) << bit;
		before = atomic_long_fetch_andnot_acquire(bits, &word->free);
		if (likely((before & bits) == bits))
			break;
		/* Somebody was faster. */
		if (before & bits)
			put_back(word, before & bits);
	}
	*first = word->first + bit;
	*rest = before & ~bits;
	return n;
}

/* Take pages. Within an RCU read section. Returns how many, fewer than @nr if no more is free. */
static unsigned int take_pages(unsigned int nr, struct page **pages)
{
	struct xen_word **hint = raw_cpu_ptr(&xen_spans_hint), *start = READ_ONCE(*hint);
	struct xen_word *word = start, *next;
	unsigned int i = 0, n;
	unsigned long rest;
	struct page *first;

	for (;;) {
		n = take_run(word, nr - i, &first, &rest);
		if (n) {
			fill_run(n, pages + i, first);
			i += n;
			if (i == nr)
				break;
		}
		if (rest)
			continue;
		next = next_in_group(word) ?: look_further(word);
		if (!next)
			break;
		word = next;
	}
	/* Not one that had no page: its span may be about to go. */
	if (word != start)
		set_hint(hint, word);
	return i;
}

/*
 * Do @nr pages, in sixteens, follow one another? Each step is at most one page, having no
 * other bits, and together they are @nr pages.
 */
static __always_inline bool follow(unsigned int nr, struct page **pages)
{
	struct page *a, *b, *before = pages[0] - 1, *prev = before;
	struct page **p = pages, **end = pages + nr;
	unsigned long bits = 0;
	unsigned int i;

	for (; p < end; p += 16) {
#pragma GCC unroll 16
		for (i = 0; i < 16; i += 2) {
			a = p[i];
			b = p[i + 1];
			bits |= (unsigned long)a - (unsigned long)prev;
			bits |= (unsigned long)b - (unsigned long)a;
			prev = b;
			barrier();	/* Otherwise each is loaded by itself. */
		}
	}
	return bits == sizeof(struct page) && prev == before + nr;
}

/* How many of @pages, from the first, follow one another in memory. */
static __always_inline unsigned int run_length(unsigned int nr, struct page **pages)
{
	unsigned int n = round_down(nr, 16);

	if (nr == 1 || pages[1] != pages[0] + 1)
		return 1;
	/* A page in a run should cost next to nothing. */
	if (!n || !follow(n, pages))
		n = 1;
	while (n < nr && pages[n] == pages[n - 1] + 1)
		n++;
	return n;
}

/* Give back leading pages of a span, one by one. Returns how many, at most @nr. */
static noinline unsigned int give_singly(struct xen_span *span, unsigned int nr,
					 struct page **pages)
{
	unsigned long index, size = READ_ONCE(span->nr);
	struct xen_word *words = span->words;
	struct page *first = span->first;
	unsigned int left;

	for (left = nr; left; left--) {
		index = *pages++ - first;
		if (index >= size)
			break;
		give_bits(span, &words[index / BITS_PER_LONG], index, BIT_MASK(index));
	}
	return nr - left;
}

/*
 * Give back leading pages, as far as they are the span's; the first of them is. Words that
 * had no page free are looked at many at a time. Returns how many.
 */
static unsigned int give_to_span(struct xen_span *span, unsigned int nr, struct page **pages)
{
	unsigned long index, bits, before, freed = 0, size = READ_ONCE(span->nr);
	struct page **p = pages, **end = pages + nr, *first = span->first;
	struct xen_word *words = span->words;
	unsigned int n, word, base = 0, singly = BITS_PER_LONG;

	while (p < end && (index = *p - first) < size) {
		n = run_length(min3((unsigned long)(end - p), size - index,
				    BITS_PER_LONG - index % BITS_PER_LONG), p);
		word = index / BITS_PER_LONG;
		if (word - base >= BITS_PER_LONG) {
			if (freed)
				have_free(span, base, freed);
			base = round_down(word, BITS_PER_LONG);
			freed = 0;
		}
		bits = BITMAP_LAST_WORD_MASK(n) << index % BITS_PER_LONG;
		before = atomic_long_fetch_or_release(bits, &words[word].free);
		if (!before)
			freed |= BIT_MASK(word);
		else if (unlikely(before & bits))
			refuse_bits(words[word].first, before & bits);
		p += n;
		/* Where pages come one by one, runs are looked for more and more rarely. */
		if (n == 1) {
			p += give_singly(span, min_t(unsigned long, end - p, singly), p);
			singly *= 2;
		}
	}
	if (freed)
		have_free(span, base, freed);
	return p - pages;
}

/*
 * Give back leading pages, as far as they are the pool's. Within an RCU read section.
 * Returns how many that were; those that are not out are refused.
 */
static unsigned int give_pages(unsigned int nr, struct page **pages)
{
	struct xen_span *span;
	unsigned int i = 0;

	while (i < nr) {
		span = xen_span_of(pages[i]);
		if (unlikely(!span))
			break;
		i += give_to_span(span, nr - i, pages + i);
	}
	return i;
}

/* Take pages, while an account is kept: all, or none and return false. */
static bool take_counted(unsigned int nr, struct page **pages)
{
	unsigned int n = 0;

	spin_lock(&xen_spans.lock);
	if (xen_spans.counted && below_ceiling(xen_spans.out) >= (long)nr) {
		rcu_read_lock();
		n = take_pages(nr, pages);
		if (n < nr)
			give_pages(n, pages);
		else
			xen_spans.out += nr;
		rcu_read_unlock();
	}
	spin_unlock(&xen_spans.lock);
	return n == nr;
}

/* Give back leading pages, while an account is kept. Returns how many are the pool's. */
static unsigned int give_counted(unsigned int nr, struct page **pages)
{
	struct xen_span *span;
	struct xen_word *word;
	unsigned long index;
	unsigned int i;
	bool out;

	spin_lock(&xen_spans.lock);
	rcu_read_lock();
	for (i = 0; i < nr; i++) {
		span = xen_span_of(pages[i]);
		if (!span)
			break;
		index = pages[i] - span->first;
		word = &span->words[index / BITS_PER_LONG];
		out = !(atomic_long_read(&word->free) & BIT_MASK(index));
		give_bits(span, word, index, BIT_MASK(index));
		if (out && xen_spans.counted)
			xen_spans.out--;
	}
	rcu_read_unlock();
	spin_unlock(&xen_spans.lock);
	return i;
}

/**
 * xen_spans_take() - take free pages
 * @nr: how many
 * @pages: where to put them
 *
 * Any context that may take a spinlock.
 *
 * Return: true; or false, and none is taken, if there are not as many or the
 * ceiling is in the way.
 */
bool xen_spans_take(unsigned int nr, struct page **pages)
{
	unsigned int n;

	if (static_branch_unlikely(&xen_spans_ceiling))
		return take_counted(nr, pages);
	rcu_read_lock();
	n = take_pages(nr, pages);
	if (unlikely(n < nr))
		give_pages(n, pages);
	rcu_read_unlock();
	return n == nr;
}

/**
 * xen_spans_give() - give back leading pages
 * @nr: pages there are
 * @pages: of the pool or not
 *
 * Any context that may take a spinlock.
 *
 * Return: how many are the pool's; those that are not out are refused.
 */
unsigned int xen_spans_give(unsigned int nr, struct page **pages)
{
	unsigned int n;

	if (static_branch_unlikely(&xen_spans_ceiling))
		return give_counted(nr, pages);
	rcu_read_lock();
	n = give_pages(nr, pages);
	rcu_read_unlock();
	return n;
}

/* The first page from @index on, up to @end, that is free, or is not; or @end. */
static unsigned int find_page(const struct xen_span *span, unsigned int index,
			      unsigned int end, bool is_free)
{
	unsigned long bits;

	for (; index < end; index = round_down(index, BITS_PER_LONG) + BITS_PER_LONG) {
		bits = atomic_long_read(&span->words[index / BITS_PER_LONG].free);
		bits = (is_free ? bits : ~bits) & bits_up_to(index, end);
		if (bits)
			return round_down(index, BITS_PER_LONG) + __ffs(bits);
	}
	return end;
}

/* Take all pages from @start on, up to @end, or none. Within an RCU read section. */
static bool claim(struct xen_span *span, unsigned int start, unsigned int end)
{
	unsigned int index, nr;
	unsigned long bits, before;
	struct xen_word *word;

	for (index = start; index < end; index = (nr + 1) * BITS_PER_LONG) {
		nr = index / BITS_PER_LONG;
		word = &span->words[nr];
		bits = bits_up_to(index, end);
		before = atomic_long_fetch_andnot_acquire(bits, &word->free);
		if ((before & bits) != bits) {
			/* Somebody was faster. */
			if (before & bits)
				give_bits(span, word, index, before & bits);
			give_up_to(span, start, index);
			return false;
		}
		if (before == bits)
			mark(span, nr, BIT_MASK(nr));
	}
	return true;
}

/* Where pages begin that came after that of @index, or @end. */
static unsigned int next_part(const struct xen_span *span, unsigned int index, unsigned int end)
{
	/* Others begin behind @end meanwhile. */
	unsigned long step = data_race(find_next_bit(span->begins, XEN_SPAN_STEPS,
						     index / XEN_STEP_PAGES + 1));

	return min_t(unsigned long, step * XEN_STEP_PAGES, end);
}

/*
 * The lowest run of @nr pages in a span whose frames begin with a multiple of @align. Its
 * pages came together, so they have one pagemap: whoever makes segments of pages does not
 * go from one to the next (lib/scatterlist.c, block/bio.c).
 */
static bool claim_run(struct xen_span *span, unsigned int nr, unsigned int align,
		      struct page **first)
{
	unsigned long pfn = page_to_pfn(span->first);
	unsigned int end = smp_load_acquire(&span->nr), index = 0, taken, part;

	for (;;) {
		index = find_page(span, index, end, true);
		index = round_up(pfn + index, align) - pfn;
		if (index + nr > end)
			return false;
		part = next_part(span, index, end);
		if (index + nr > part) {
			index = part;
			continue;
		}
		taken = find_page(span, index, index + nr, false);
		if (taken < index + nr)
			index = taken + 1;
		else if (claim(span, index, index + nr))
			break;
	}
	*first = span->first + index;
	return true;
}

/**
 * xen_spans_take_contiguous() - take free pages that follow one another
 * @nr: how many
 * @align: their first frame is a multiple of this, pages, a power of 2
 * @first: set to the first of them
 *
 * Any context that may take a spinlock.
 *
 * Return: true; or false if there is no such run, or the ceiling is in the way.
 */
bool xen_spans_take_contiguous(unsigned int nr, unsigned int align, struct page **first)
{
	bool counted = static_branch_unlikely(&xen_spans_ceiling), taken = false;
	struct xen_span *span;

	if (counted)
		spin_lock(&xen_spans.lock);
	if (!counted || (xen_spans.counted && below_ceiling(xen_spans.out) >= (long)nr)) {
		rcu_read_lock();
		list_for_each_entry_rcu(span, &xen_spans.list, node) {
			taken = claim_run(span, nr, align, first);
			if (taken)
				break;
		}
		rcu_read_unlock();
	}
	if (counted) {
		xen_spans.out += taken ? nr : 0;
		spin_unlock(&xen_spans.lock);
	}
	return taken;
}

/**
 * xen_span_retract() - take away the last pages of a span
 * @span: theirs
 * @nr: how many, in whole words
 *
 * Nobody can get one of them then, and nobody can give one back. xen_span_publish() is the
 * way back.
 *
 * Context: may sleep; xen_growth_lock is held.
 *
 * Return: true; or false, and nothing is changed, if one of them is out.
 */
bool xen_span_retract(struct xen_span *span, unsigned int nr)
{
	unsigned int end = span->nr, start = end - nr, index;
	struct xen_word *word;
	bool claimed;

	spin_lock(&xen_spans.lock);
	rcu_read_lock();
	claimed = claim(span, start, end);
	rcu_read_unlock();
	if (claimed) {
		WRITE_ONCE(span->nr, start);
		WRITE_ONCE(xen_spans.pages, xen_spans.pages - nr);
		xen_spans.parts--;
		clear_bit(start / XEN_STEP_PAGES, span->begins);
	}
	spin_unlock(&xen_spans.lock);
	if (!claimed)
		return false;

	/* Who looked one of them up to give it back is done with that, and was wrong. */
	synchronize_rcu();
	for (index = start; index < end; index += BITS_PER_LONG) {
		word = &span->words[index / BITS_PER_LONG];
		refuse_bits(word->first, atomic_long_read(&word->free));
		atomic_long_set(&word->free, 0);
	}
	return true;
}

/**
 * xen_span_remove() - a span is gone
 * @span: has no page any more, by xen_span_retract()
 *
 * Context: may sleep; xen_growth_lock is held.
 */
void xen_span_remove(struct xen_span *span)
{
	struct xen_word **hint;
	unsigned int cpu;

	spin_lock(&xen_spans.lock);
	list_del_rcu(&span->node);
	hlist_del_rcu(&span->by_section);
	xen_spans.nr--;
	spin_unlock(&xen_spans.lock);

	/* None of its words can become a hint any more, having no page that is free. */
	for_each_possible_cpu(cpu) {
		hint = per_cpu_ptr(&xen_spans_hint, cpu);
		if (index_in(span, READ_ONCE(*hint)) < XEN_SPAN_WORDS)
			WRITE_ONCE(*hint, &nowhere);
	}
	synchronize_rcu();
	kfree(span->words);
	kfree(span);
}

/**
 * xen_spans_most_lately() - how many pages were out at most since this was asked last
 *
 * By whole words of the bitmap. Context: one caller at a time.
 *
 * Return: pages.
 */
unsigned long xen_spans_most_lately(void)
{
	unsigned long lately = READ_ONCE(xen_spans.most_lately);
	unsigned long pages = READ_ONCE(xen_spans.pages);

	WRITE_ONCE(xen_spans.most_ever, max(xen_spans.most_ever, lately));
	WRITE_ONCE(xen_spans.most_lately,
		   pages / BITS_PER_LONG - atomic_long_read(&xen_spans.free_words));
	return lately * BITS_PER_LONG;
}

/**
 * xen_spans_refuse_page() - say that a page is freed that is not out
 * @page: any
 *
 * Any context.
 */
void xen_spans_refuse_page(struct page *page)
{
	atomic_long_inc(&refused);
	trace_xen_unpopulated_refuse(page);
	pr_warn_ratelimited("frame %#lx is freed by %s[%d], but it is not in use\n",
			    page_to_pfn(page), current->comm, current->pid);
}

/**
 * xen_spans_exchange() - give back pages, and take as many in their place
 * @nr: how many
 * @pages: that are out; those that are not the pool's stay and come first
 *
 * Nothing is done while an account is kept. Any context.
 *
 * Return: how many there are then; fewer than @nr if others were faster.
 */
unsigned int xen_spans_exchange(unsigned int nr, struct page **pages)
{
	unsigned int i, kept = 0;

	if (static_branch_unlikely(&xen_spans_ceiling))
		return nr;
	rcu_read_lock();
	for (i = 0; i < nr; i++) {
		if (!xen_span_of(pages[i])) {
			swap(pages[kept], pages[i]);
			kept++;
		}
	}
	give_pages(nr - kept, pages + kept);
	if (kept < nr)
		kept += take_pages(nr - kept, pages + kept);
	rcu_read_unlock();
	return kept;
}

/**
 * xen_spans_add_ballooned() - account for ballooned pages
 * @nr: how many more are out, or, below 0, fewer
 *
 * Any context that may take a spinlock.
 */
void xen_spans_add_ballooned(long nr)
{
	spin_lock(&xen_spans.lock);
	xen_spans.ballooned += nr;
	if (nr > 0)
		xen_spans.ballooned_ever += nr;
	spin_unlock(&xen_spans.lock);
}

/**
 * xen_spans_lack() - what is missing to serve a request
 * @nr: how many pages it asks for
 *
 * Any context that may take a spinlock.
 *
 * Return: how many more pages have to be free, 0 if none; or -ENOMEM if the
 * ceiling is in its way.
 */
long xen_spans_lack(unsigned int nr)
{
	unsigned long out, free;
	long room;

	spin_lock(&xen_spans.lock);
	out = nr_out();
	free = xen_spans.pages - out;
	room = below_ceiling(out);
	spin_unlock(&xen_spans.lock);

	if (room < (long)nr)
		return -ENOMEM;
	return nr > free ? nr - free : 0;
}

/**
 * xen_spans_room() - how many more pages the ceiling allows to be out
 *
 * Any context that may take a spinlock.
 *
 * Return: pages, 0 also if it was lowered below what is out.
 */
long xen_spans_room(void)
{
	long room;

	spin_lock(&xen_spans.lock);
	room = below_ceiling(nr_out());
	spin_unlock(&xen_spans.lock);
	return max(room, 0L);
}

/**
 * xen_spans_set_max() - set the ceiling on pages that are out
 * @max: of the pool and ballooned together, at most LONG_MAX
 *
 * Context: may sleep; xen_growth_lock is held.
 */
void xen_spans_set_max(unsigned long max)
{
	spin_lock(&xen_spans.lock);
	WRITE_ONCE(xen_spans.max, max);
	spin_unlock(&xen_spans.lock);
	if (ceiling_matters(0))
		begin_account();
	else
		end_account();
}

/**
 * is_xen_unpopulated_page() - does a page belong to the pool?
 * @page: any struct page
 *
 * Ballooned pages do not, though the same functions hand them out. Any context.
 *
 * Return: true if it does, in use or not.
 */
bool is_xen_unpopulated_page(struct page *page)
{
	bool found;

	rcu_read_lock();
	found = xen_span_of(page);
	rcu_read_unlock();
	return found;
}
EXPORT_SYMBOL_GPL(is_xen_unpopulated_page);

/**
 * xen_spans_each() - look at each span, by address
 * @show: called for each with its first page, its pages, and how many of them are out,
 *	as they come and go; must not sleep
 * @context: handed to @show
 *
 * Any context.
 */
void xen_spans_each(void (*show)(void *context, struct page *first, unsigned int nr,
				 unsigned int out),
		    void *context)
{
	struct xen_span *span;
	unsigned int nr;

	rcu_read_lock();
	list_for_each_entry_rcu(span, &xen_spans.list, node) {
		nr = READ_ONCE(span->nr);
		show(context, span->first, nr, nr - min(nr, count_free_in(span)));
	}
	rcu_read_unlock();
}

/**
 * xen_spans_get_stats() - this part's share in the pool's counters
 * @stats: where to; what is in use is counted while pages come and go
 *
 * Any context that may take a spinlock.
 */
void xen_spans_get_stats(struct xen_unpopulated_stats *stats)
{
	spin_lock(&xen_spans.lock);
	stats->spans = xen_spans.nr;
	stats->parts = xen_spans.parts;
	stats->pages = xen_spans.pages;
	stats->in_use = nr_out();
	stats->ballooned = xen_spans.ballooned;
	stats->ballooned_ever = xen_spans.ballooned_ever;
	stats->most_in_use = max3(stats->in_use, xen_spans.most_ever * BITS_PER_LONG,
				  READ_ONCE(xen_spans.most_lately) * BITS_PER_LONG);
	stats->refused = atomic_long_read(&refused);
	stats->max = xen_spans.max;
	spin_unlock(&xen_spans.lock);
}
