/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_UNPOPULATED_PARAMS_H
#define _XEN_UNPOPULATED_PARAMS_H

struct sr_config;

void xen_unpopulated_add_params(struct sr_config *config);

#endif /* _XEN_UNPOPULATED_PARAMS_H */
