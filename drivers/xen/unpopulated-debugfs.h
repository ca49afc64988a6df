/* SPDX-License-Identifier: GPL-2.0 */
/* Where the parts of the pool put their debugfs files. */
#ifndef _XEN_UNPOPULATED_DEBUGFS_H
#define _XEN_UNPOPULATED_DEBUGFS_H

struct dentry;

struct dentry *xen_unpopulated_debugfs(void);

#endif /* _XEN_UNPOPULATED_DEBUGFS_H */
