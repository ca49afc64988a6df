/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_UNPOPULATED_PARAMS_H
#define _XEN_UNPOPULATED_PARAMS_H

struct sr_wishes;

void xen_unpopulated_add_params(struct sr_wishes *wishes);

#endif /* _XEN_UNPOPULATED_PARAMS_H */
