/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the pool, in the folder xen_unpopulated of tracefs. Pages are in units
 * of PAGE_SIZE, frames are guest frames of that size.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen_unpopulated

#if !defined(_TRACE_XEN_UNPOPULATED_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_XEN_UNPOPULATED_H

#include <linux/mm.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

/* A request has been served, or has failed. */
TRACE_EVENT(xen_unpopulated_alloc,
	    TP_PROTO(unsigned int nr, struct page **pages, int err),
	    TP_ARGS(nr, pages, err),
	    TP_STRUCT__entry(__field(unsigned int, nr)
			     __field(unsigned long, first)
			     __field(int, err)),
	    TP_fast_assign(__entry->nr = nr;
			   __entry->first = nr && !err ? page_to_pfn(pages[0]) : 0;
			   __entry->err = err;),
	    TP_printk("nr=%u first=%#lx err=%d", __entry->nr, __entry->first, __entry->err)
);

/* Pages are about to be freed, whether they are the pool's or not. */
TRACE_EVENT(xen_unpopulated_free,
	    TP_PROTO(unsigned int nr, struct page **pages),
	    TP_ARGS(nr, pages),
	    TP_STRUCT__entry(__field(unsigned int, nr)
			     __field(unsigned long, first)),
	    TP_fast_assign(__entry->nr = nr;
			   __entry->first = nr ? page_to_pfn(pages[0]) : 0;),
	    TP_printk("nr=%u first=%#lx", __entry->nr, __entry->first)
);

/* The pool has grown by a part of a range, or that part could not be had. */
TRACE_EVENT(xen_unpopulated_grow,
	    TP_PROTO(u64 start, u64 size, int err),
	    TP_ARGS(start, size, err),
	    TP_STRUCT__entry(__field(u64, start)
			     __field(u64, size)
			     __field(int, err)),
	    TP_fast_assign(__entry->start = start;
			   __entry->size = size;
			   __entry->err = err;),
	    TP_printk("start=%#llx size=%#llx err=%d", __entry->start, __entry->size, __entry->err)
);

/* A part is about to go. */
TRACE_EVENT(xen_unpopulated_give_back,
	    TP_PROTO(u64 start, u64 size),
	    TP_ARGS(start, size),
	    TP_STRUCT__entry(__field(u64, start)
			     __field(u64, size)),
	    TP_fast_assign(__entry->start = start;
			   __entry->size = size;),
	    TP_printk("start=%#llx size=%#llx", __entry->start, __entry->size)
);

/* So many more pages are ballooned, or could not be; below 0, they are RAM again. */
TRACE_EVENT(xen_unpopulated_balloon,
	    TP_PROTO(int nr, int err),
	    TP_ARGS(nr, err),
	    TP_STRUCT__entry(__field(int, nr)
			     __field(int, err)),
	    TP_fast_assign(__entry->nr = nr;
			   __entry->err = err;),
	    TP_printk("nr=%d err=%d", __entry->nr, __entry->err)
);

/* A page was freed that nobody had. */
TRACE_EVENT(xen_unpopulated_refuse,
	    TP_PROTO(struct page *page),
	    TP_ARGS(page),
	    TP_STRUCT__entry(__field(unsigned long, frame)),
	    TP_fast_assign(__entry->frame = page_to_pfn(page);),
	    TP_printk("frame=%#lx", __entry->frame)
);

#endif /* _TRACE_XEN_UNPOPULATED_H */

#include <trace/define_trace.h>
