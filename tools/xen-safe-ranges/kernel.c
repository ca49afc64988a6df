// SPDX-License-Identifier: GPL-2.0
/*
 * What a running kernel says that it decided: "decision" in debugfs. It has the facts
 * that dom0's tree does not show, and the answer, to be compared.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "options.h"

static void read_line(const char *line, struct options *options)
{
	uint64_t start, last;
	char text[8];

	sscanf(line, "reason: %127[^\n]", options->reason);
	if (!options->ram_end && sscanf(line, "end of host RAM: %" SCNx64, &start) == 1)
		options->ram_end = start;
	if (options->direct_map == BY_ITSELF && sscanf(line, "direct-mapped: %7s", text) == 1)
		options->direct_map = strcmp(text, "yes") ? OFF : ON;
	if (sscanf(line, "mappable: %" SCNx64 "-%" SCNx64, &start, &last) == 2)
		options->mappable = (struct sr_range){ start, last };
	if (options->smmu == BY_ITSELF && !strncmp(line, "IOMMU: ", 7))
		options->smmu = strstr(line, sr_evidence_text(SR_EVIDENCE_XEN_YES)) ? ON :
				strstr(line, sr_evidence_text(SR_EVIDENCE_XEN_NO)) ? OFF :
				BY_ITSELF;
}

/**
 * read_decision() - take what a kernel found out, where no option says something else
 * @file: its debugfs file, or a copy
 * @options: the options that were given; completed
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int read_decision(const char *file, struct options *options)
{
	FILE *stream = fopen(file, "r");
	char line[1024];

	if (!stream) {
		complain(file, "%s%s", strerror(errno), errno != EACCES && errno != ENOENT ? "" :
			 "; it takes root, a mounted debugfs, and CONFIG_XEN_UNPOPULATED_ALLOC");
		return -errno;
	}
	while (fgets(line, sizeof(line), stream))
		read_line(line, options);
	fclose(stream);
	if (*options->reason)
		return 0;
	complain(file, "no line with \"reason:\": expected what the kernel decided");
	return -EINVAL;
}
