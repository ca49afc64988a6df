// SPDX-License-Identifier: GPL-2.0
/*
 * Input: a blob, /sys/firmware/fdt, device tree source through dtc, or either of
 * them on standard input. What comes out can be walked by libfdt to its end.
 */
#include <errno.h>
#include <libfdt.h>
#include <linux/array_size.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "text.h"

/* MAX_FDT_SIZE of Xen and of Linux on arm64: neither boots with more. */
#define MAX_BLOB	0x200000
#define MAX_SOURCE	0x1000000

/* What dtc may use. */
#define DTC_SECONDS	20
#define DTC_MEMORY	0x40000000

struct bytes {
	char *data;
	size_t size;
};

static bool is_blob(const struct bytes *bytes)
{
	return bytes->size >= 4 && fdt32_ld((const fdt32_t *)bytes->data) == FDT_MAGIC;
}

static bool is_source(const struct bytes *bytes)
{
	return bytes->size && bytes->size <= MAX_SOURCE && !is_blob(bytes) &&
	       !memchr(bytes->data, 0, bytes->size) &&
	       memmem(bytes->data, bytes->size, "/dts-v1/", 8);
}

/*
 * On some lengths of a property libfdt before 1.7 stands still or goes back, so
 * they are checked here, step by step.
 */
static const char *check_property(const void *fdt, int offset)
{
	const struct fdt_property *p = fdt_offset_ptr(fdt, offset, sizeof(*p));

	if (!p || fdt32_ld(&p->len) > fdt_totalsize(fdt))
		return "damaged: a property is longer than the tree";
	if (!fdt_get_string(fdt, fdt32_ld(&p->nameoff), NULL))
		return "damaged: a property has no name";
	return NULL;
}

/* Why libfdt cannot walk through all of a blob, or NULL. */
static const char *check_structure(const void *fdt)
{
	int offset = 0, next, depth = 0;
	const char *why;
	u32 tag;

	while ((tag = fdt_next_tag(fdt, offset, &next)) != FDT_END) {
		if (tag == FDT_BEGIN_NODE && !depth && offset)
			return "damaged: more than one root node";
		if (tag == FDT_BEGIN_NODE && ++depth > SR_MAX_DEPTH)
			return "nodes more than 64 levels deep, which Linux does not read";
		if (tag == FDT_END_NODE && --depth < 0)
			return "damaged: a node ends that did not begin";
		why = tag == FDT_PROP ? check_property(fdt, offset) : NULL;
		if (why)
			return why;
		if (next <= offset)
			return "damaged: its structure leads in circles";
		offset = next;
	}
	if (next < 0 || depth)
		return "damaged: it ends in the middle of a node";
	if (!offset)
		return "no root node";
	return NULL;
}

/* What is neither a blob nor source: what else it may be. */
static const char *what_else(const struct bytes *bytes)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *what;
	} kinds[] = {
		{ "\x1f\x8b", 2, "compressed with gzip: zcat it first" },
		{ "\x28\xb5\x2f\xfd", 4, "compressed with zstd: zstdcat it first" },
		{ "\xfd" "7zXZ", 5, "compressed with xz: xzcat it first" },
		{ "\x04\x22\x4d\x18", 4, "compressed with lz4: lz4cat it first" },
		{ "\xed\xfe\x0d\xd0", 4,
		  "a blob with the bytes of each word swapped: objcopy -I binary -O binary --reverse-bytes=4 puts them right" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (bytes->size >= kinds[i].len &&
		    !memcmp(bytes->data, kinds[i].magic, kinds[i].len))
			return kinds[i].what;
	return bytes->size ? "neither a device tree blob nor its source (\"/dts-v1/;\")" : "empty";
}

static bool has_subnode(const void *fdt, int node, const char *name)
{
	return fdt_subnode_offset(fdt, node, name) >= 0;
}

/* Cores that only have 32 bits, by the beginning of their names */
static const char * const small_cores[] = {
	"arm,arm9", "arm,arm11", "arm,cortex-a5", "arm,cortex-a7", "arm,cortex-a8",
	"arm,cortex-a9", "arm,cortex-a12", "arm,cortex-a15", "arm,cortex-a17",
	"arm,cortex-a32", "arm,armv7", "brcm,brahma-b15", "marvell,pj4", "marvell,sheeva",
	"qcom,krait", "qcom,scorpion",
};

/* The name of the first core, if it has only 32 bits */
static const char *small_core(const void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus"), node, len;

	fdt_for_each_subnode(node, fdt, cpus) {
		const char *core = fdt_stringlist_get(fdt, node, "compatible", 0, &len);

		for (unsigned int i = 0; core && i < ARRAY_SIZE(small_cores); i++) {
			size_t n = strlen(small_cores[i]);

			/* "arm,cortex-a5" is not the beginning of "arm,cortex-a53". */
			if (!strncmp(core, small_cores[i], n) &&
			    (strncmp(core, "arm,cortex", 10) || !core[n]))
				return core;
		}
		if (core)
			return NULL;
	}
	return NULL;
}

/* A good blob that is not a board for Xen on Arm64: what it is, and what to do; or NULL. */
static const char *not_a_board(const void *fdt)
{
	const char *core;
	char *text;
	int node;

	if (has_subnode(fdt, 0, "images") && has_subnode(fdt, 0, "configurations"))
		return "a FIT image: \"dumpimage -l\" lists what is in it, \"dumpimage -T flat_dt -p N -o board.dtb\" takes a tree out";
	fdt_for_each_subnode(node, fdt, 0)
		if (has_subnode(fdt, node, "__overlay__"))
			return "an overlay: apply it to the board's tree, \"fdtoverlay -i board.dtb -o with.dtb\"";
	core = small_core(fdt);
	if (!core)
		return NULL;
	text = next_text();
	snprintf(text, TEXT_ROOM, "a 32-bit board (%s): Xen for Arm64 does not run on it",
		 clean_text(core));
	return text;
}

static const char *check_blob(const struct bytes *bytes)
{
	const void *fdt = bytes->data;
	char *text = next_text();
	int err;

	if (bytes->size > MAX_BLOB && fdt_totalsize(fdt) > MAX_BLOB)
		return "larger than 2 MiB, the most that Xen and Linux boot with";
	if (bytes->size < sizeof(struct fdt_header))
		return "truncated: not even a whole header";
	if (fdt_totalsize(fdt) > bytes->size) {
		snprintf(text, TEXT_ROOM, "truncated: %zu of %u bytes", bytes->size,
			 fdt_totalsize(fdt));
		return text;
	}
	if (fdt_version(fdt) < 16 || fdt_last_comp_version(fdt) > 17)
		return "of a version that is not supported; \"dtc -I dtb -O dtb\" converts it";
	err = fdt_check_header(fdt);
	if (err) {
		snprintf(text, TEXT_ROOM, "damaged: its header makes no sense (%s)",
			 fdt_strerror(err));
		return text;
	}
	return check_structure(fdt) ?: not_a_board(fdt);
}

/* In the child process; never returns. */
static void run_dtc(const char *file, const char *format, int in, int out)
{
	struct rlimit cpu = { DTC_SECONDS, DTC_SECONDS };
	struct rlimit memory = { DTC_MEMORY, DTC_MEMORY };

	/* One byte more, so that what is too large is seen to be. */
	struct rlimit output = { MAX_BLOB + 1, MAX_BLOB + 1 };

	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_FSIZE, &output);
	setrlimit(RLIMIT_AS, &memory);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	execlp("dtc", "dtc", "-q", "-I", format, "-O", "dtb", "-o", "-", "--", file, NULL);
	_exit(errno == ENOENT ? 127 : 126);
}

static bool dtc_went_well(const char *file, const char *format, int status)
{
	bool source = !strcmp(format, "dts");

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		complain(file, "this is %s, and %s", source ? "source text" : "a directory",
			 "dtc is not installed (Debian: device-tree-compiler)");
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		complain(file, "dtc does not take it%s",
			 source ? "; if it has #include lines, run it through cpp first" : "");
	else if (!WIFEXITED(status))
		complain(file, "dtc took too long, or its output is larger than 2 MiB");
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Source text on standard input has been read already: @bytes. */
static bool compile(const char *file, const char *format, const struct bytes *source,
		    struct bytes *blob)
{
	FILE *in = tmpfile(), *out = tmpfile();
	bool ok = false;
	int status;
	pid_t pid;

	if (!in || !out ||
	    (source->size && fwrite(source->data, 1, source->size, in) != source->size) ||
	    fflush(in) || fseek(in, 0, SEEK_SET)) {
		complain(file, "no temporary file: %s", strerror(errno));
		goto out;
	}
	pid = fork();
	if (!pid)
		run_dtc(file, format, fileno(in), fileno(out));
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		complain(file, "cannot run dtc: %s", strerror(errno));
		goto out;
	}
	if (!dtc_went_well(file, format, status))
		goto out;
	rewind(out);
	blob->data = read_stream(out, MAX_BLOB, &blob->size);
	if (!blob->data)
		complain(file, "%s", strerror(errno));
	ok = blob->data;
out:
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	return ok;
}

/* /proc/device-tree, or a copy of it */
static bool is_tree_directory(const char *file)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/#address-cells", file) < (int)sizeof(path) &&
	       !access(path, R_OK);
}

/**
 * read_blob() - read a device tree
 * @file: its name, "-" for standard input; or a directory as /proc/device-tree is
 *
 * Return: a blob that libfdt can walk through, to be freed; or NULL, the reason
 * has been printed.
 */
void *read_blob(const char *file)
{
	struct bytes bytes = { }, source = { };
	const char *why = NULL;
	bool ok;

	/* As Linux shows its tree; any other directory has no tree in it. */
	if (is_tree_directory(file)) {
		ok = compile(file, "fs", &source, &bytes);
	} else {
		bytes.data = read_file(file, MAX_SOURCE, &bytes.size);
		ok = bytes.data;
	}
	if (ok && is_source(&bytes)) {
		source = bytes;
		bytes = (struct bytes){ };
		ok = compile(file, "dts", &source, &bytes);
		free(source.data);
		if (ok && !is_blob(&bytes))
			why = "dtc gave no device tree";
	} else if (ok && !is_blob(&bytes)) {
		why = what_else(&bytes);
	}
	if (ok && !why)
		why = check_blob(&bytes);
	if (why)
		complain(file, "%s", why);
	if (ok && !why)
		return bytes.data;
	free(bytes.data);
	return NULL;
}
