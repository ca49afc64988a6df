// SPDX-License-Identifier: GPL-2.0
/*
 * map --svg: the address space as a picture.
 *
 * Two columns, low addresses on top. The first is the board's: blocks that are tall
 * enough for their text and grow with the logarithm of their size, so that a UART can be
 * read beside 15 TiB. Neighbouring devices with nothing usable between them share a
 * block; so do more and more, until a board fits on two screens. The second is dom0's:
 * its RAM, what Xen publishes, and what of that the kernel keeps. Windows that only
 * forward addresses are brackets beside the columns.
 */
#include <errno.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

/* Where things are, in pixels. */
#define WIDTH		1180
#define MARGIN		24
#define TOP		150
#define TALLEST		2100	/* two screens */
#define COLUMN_X	190
#define COLUMN_W	130
#define DOM0_X		(COLUMN_X + COLUMN_W + 6)
#define DOM0_W		150
#define LANES		4
#define LANE_W		20
#define LANES_X		(DOM0_X + DOM0_W + 10)
#define LINE_H		16
#define TEXT_MAX	84	/* characters */

/* A device with its neighbours names at most so many lines of them. */
#define NAME_LINES	3
/* What is smaller has its text in one line. */
#define ONE_LINE	0x100000ULL

/* A hole of less than a step is of no use. */
#define STEP		0x200000ULL
#define USELESS		"#d5ecd7"

struct block {
	struct sr_range range;
	enum sr_owner owner;
	unsigned int first, last;	/* pieces */
	unsigned int claims;		/* pieces that are no holes */
	unsigned int lines;
	double y, height;
};

struct picture {
	const struct board *board;
	const struct view *view;
	const struct sr_decision *holes;
	FILE *out;
	struct block *blocks;
	unsigned int nr;
	int digits;
	double bottom;
	double text_x;
};

/* What is not about a domain is called otherwise. */
static const struct {
	const char *fill;
	const char *name;
} looks[SR_OWNERS] = {
	[SR_FREE]	= { "#8fd694", "hole: nothing claims it" },
	[SR_RAM]	= { "#7ea6e0", "RAM" },
	[SR_RESERVED]	= { "#b48ad6" },
	[SR_REG]	= { "#f4b183" },
	[SR_PCI_WINDOW]	= { "#ffe08a" },
	[SR_PCI_PEERS]	= { "#fff2cc" },
	[SR_BUS_WINDOW]	= { "#9ad5d9" },
	[SR_GRANT_TABLE] = { "#d98ab8" },
	[SR_UNMAPPABLE]	= { "#e3e3e3", "beyond the address width" },
	[SR_EXCLUDED]	= { "#e57373" },
	[SR_NOT_ALLOWED] = { "#f2b8b5" },
};

static const char *owner_name(enum sr_owner owner)
{
	return looks[owner].name ?: sr_owner_name(owner);
}

static void put_text(FILE *out, const char *text)
{
	static const struct {
		char c;
		const char *entity;
	} special[] = {
		{ '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" }, { '"', "&quot;" },
	};
	unsigned int i;

	for (; *text; text++) {
		for (i = 0; i < ARRAY_SIZE(special) && special[i].c != *text; i++)
			;
		if (i < ARRAY_SIZE(special))
			fputs(special[i].entity, out);
		else
			fputc(*text >= ' ' && *text <= '~' ? *text : '?', out);
	}
}

/* A rectangle, left open for what it holds. */
static void put_box(FILE *out, double x, double y, double width, double height,
		    const char *fill)
{
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" class=\"t\">",
		x, y, width, height, fill);
}

static bool is_small(const struct sr_piece *piece, u64 smallest)
{
	return range_size(&piece->range) - 1 < smallest - 1;
}

/* Small windows and reservations are drawn like devices, among which they are. */
static bool is_device(const struct sr_piece *piece, u64 smallest)
{
	return piece->owner == SR_REG ||
	       ((piece->owner == SR_BUS_WINDOW || piece->owner == SR_PCI_WINDOW ||
		 piece->owner == SR_RESERVED) && is_small(piece, smallest));
}

/* Can a piece be drawn in the block before it? */
static bool joins(const struct block *block, const struct sr_piece *piece,
		  const struct sr_piece *end, u64 smallest)
{
	if (block->owner != SR_REG)
		return false;
	if (is_device(piece, smallest))
		return true;
	/* A small hole, but not as the last of the block. */
	return piece->owner == SR_FREE && is_small(piece, smallest) && piece + 1 < end &&
	       is_device(piece + 1, smallest);
}

/* Regions of other nodes in a block of one node. */
static unsigned int count_within(const struct board *board, const struct block *block,
				 int node)
{
	unsigned int i, n = 0;

	for (i = 0; i < board->tree.nr_claims; i++)
		n += board->tree.claims[i].node != node &&
		     board->tree.claims[i].range.start >= block->range.start &&
		     board->tree.claims[i].range.last <= block->range.last;
	return n;
}

/* What all that a block has of claims is; registers, if it is not of one kind. */
static enum sr_owner owner_of(const struct block *block, const struct sr_piece *pieces)
{
	enum sr_owner owner = pieces[block->first].owner;

	for (unsigned int i = block->first + 1; i <= block->last; i++)
		if (pieces[i].owner != owner && pieces[i].owner != SR_FREE)
			return SR_REG;
	return owner;
}

static void make_blocks(struct picture *picture, u64 smallest)
{
	const struct sr_piece *pieces = picture->holes->pieces;
	unsigned int i, nr = picture->holes->nr_pieces;

	picture->nr = 0;
	for (i = 0; i < nr; i++) {
		struct block *block = picture->nr ? &picture->blocks[picture->nr - 1] : NULL;

		if (!block || !joins(block, &pieces[i], pieces + nr, smallest)) {
			picture->blocks = more(picture->blocks, picture->nr, sizeof(*block));
			block = &picture->blocks[picture->nr++];
			*block = (struct block){
				.range = pieces[i].range, .first = i,
				.owner = is_device(&pieces[i], smallest) ? SR_REG : pieces[i].owner,
			};
		}
		block->last = i;
		block->range.last = pieces[i].range.last;
		block->claims += pieces[i].owner != SR_FREE;
	}
	for (i = 0; i < picture->nr; i++)
		picture->blocks[i].owner = owner_of(&picture->blocks[i], pieces);
}

/* Names of a block's devices, from @i on, as many as fit into a line. */
static unsigned int fill_line(const struct picture *picture, const struct block *block,
			      unsigned int i, char *line)
{
	int at = 0, named = -1;

	line[0] = 0;
	for (; i <= block->last; i++) {
		const struct sr_piece *piece = &picture->holes->pieces[i];
		const char *name;

		/* A node of several regions in a row is named once. */
		if (piece->owner == SR_FREE || piece->node == named)
			continue;
		name = node_name(picture->board, piece->node);
		if (at && at + (int)strlen(name) + 2 > TEXT_MAX)
			break;
		at += snprintf(line + at, TEXT_MAX + 1 - at, "%s%s", at ? ", " : "", name);
		at = min(at, TEXT_MAX);
		named = piece->node;
	}
	return i;
}

static unsigned int name_lines(const struct picture *picture, const struct block *block)
{
	char line[TEXT_MAX + 2];
	unsigned int i = block->first, n;

	for (n = 0; i <= block->last && n < NAME_LINES; n++)
		i = fill_line(picture, block, i, line);
	return n;
}

static void lay_out(struct picture *picture)
{
	double y = TOP;

	for (unsigned int i = 0; i < picture->nr; i++) {
		struct block *block = &picture->blocks[i];
		double size = block->range.last - block->range.start + 1.0;
		double height = 12 + 3.3 * fmax(0, log2(size / 4096));

		block->lines = block->claims > 1 ? 1 + name_lines(picture, block) : 2;
		if (block->owner == SR_UNMAPPABLE || (block->claims <= 1 && size < ONE_LINE))
			block->lines = 1;
		block->y = y;
		block->height = fmax(block->owner == SR_UNMAPPABLE ? 0 : height,
				     block->lines * LINE_H + 4);
		y += block->height;
	}
	picture->bottom = y;
}

static const char *fill(const struct block *block)
{
	if (block->owner == SR_FREE && range_size(&block->range) - 1 < STEP - 1)
		return USELESS;
	return looks[block->owner].fill ?: "#ffffff";
}

/* Where an address is on the picture. */
static double place(const struct picture *picture, u64 address)
{
	for (unsigned int i = 0; i < picture->nr; i++) {
		const struct block *block = &picture->blocks[i];

		if (address <= block->range.last)
			return block->y + block->height *
			       ((double)(address - block->range.start) /
				(block->range.last - block->range.start + 1.0));
	}
	return picture->bottom;
}

static void draw_text(const struct picture *picture, double x, double y, const char *class,
		      const char *text)
{
	fprintf(picture->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	put_text(picture->out, text);
	fputs("</text>\n", picture->out);
}

/* A block of the second column. */
static void draw_for_dom0(const struct picture *picture, const struct sr_range *range,
			  const char *colour, const char *what)
{
	double y = place(picture, range->start);
	double end = fmin(range->last == U64_MAX ? picture->bottom :
			  place(picture, range->last + 1), picture->bottom);
	char text[80];

	if (end - y < 1)
		return;
	put_box(picture->out, DOM0_X, y, DOM0_W, end - y, colour);
	fprintf(picture->out, "<title>%s ", range_text(range, 0));
	put_text(picture->out, what);
	fputs("</title></rect>\n", picture->out);
	if (end - y < LINE_H - 3)
		return;
	snprintf(text, sizeof(text), "%s, %s", what, size_text(range_size(range)));
	if (strlen(text) * 6.2 > DOM0_W)
		snprintf(text, sizeof(text), "%.24s", what);
	draw_text(picture, DOM0_X + DOM0_W / 2, (y + end) / 2 + 4, "s", text);
}

/* An address that matters, across both columns. */
static void draw_border(const struct picture *picture, u64 address, const char *what)
{
	double y = place(picture, address);

	if (!address || address > picture->blocks[picture->nr - 1].range.start)
		return;
	fprintf(picture->out, "<path d=\"M%d %.1fH%d\" class=\"l\"/>\n", COLUMN_X, y,
		DOM0_X + DOM0_W);
	draw_text(picture, DOM0_X + DOM0_W - 4, y - 4, "e", what);
}

static void draw_dom0(const struct picture *picture)
{
	const struct view *view = picture->view;
	const struct outcome *outcome = view->nr_outcomes ? &view->outcomes[0] : NULL;
	char text[160] = "dom0: nothing, it balloons";

	for (unsigned int i = 0; outcome && i < outcome->decision.nr_pieces; i++) {
		const struct sr_piece *piece = &outcome->decision.pieces[i];

		if (outcome->decision.source == SR_SOURCE_HOLES && piece->owner != SR_FREE)
			continue;
		draw_for_dom0(picture, &piece->range, piece->owner == SR_FREE ?
			      looks[SR_FREE].fill : "#e3e3e3", piece->owner == SR_FREE ?
			      "foreign pages" : "not used");
	}
	for (unsigned int i = 0; i < view->nr_ram; i++)
		draw_for_dom0(picture, &view->ram[i], looks[SR_RAM].fill, "dom0's RAM");
	if (!view->boots)
		snprintf(text, sizeof(text), "Xen does not boot with this tree: %s", view->why);
	else if (!outcome)
		snprintf(text, sizeof(text), "what Xen publishes is not known: %s", view->why);
	else if (outcome->bytes)
		snprintf(text, sizeof(text), "dom0: %s for foreign pages, %s%s",
			 size_text(outcome->bytes),
			 outcome->decision.source == SR_SOURCE_HOLES ? "holes of the tree" :
			 "of what Xen publishes",
			 outcome->above == outcome->bytes || !outcome->facts.host_ram_end ? "" :
			 outcome->above ? ", partly host RAM" : ", all of it host RAM");
	draw_text(picture, COLUMN_X, TOP - 26, "n", text);
	draw_text(picture, COLUMN_X + COLUMN_W / 2, TOP - 8, "s", "the board");
	draw_text(picture, DOM0_X + DOM0_W / 2, TOP - 8, "s", "dom0");
	draw_border(picture, SR_HOLES_START, "4 GiB");
	if (outcome) {
		draw_border(picture, outcome->facts.mappable.start, "the kernel maps from here");
		draw_border(picture, outcome->facts.mappable.last + 1, "to here");
	}
}

/* A path that is too long loses its middle. */
static const char *shorten(const char *path)
{
	static char text[TEXT_MAX + 4];
	size_t len = strlen(path);

	if (len <= TEXT_MAX)
		return path;
	snprintf(text, sizeof(text), "%.30s...%s", path, path + len - (TEXT_MAX - 34));
	return text;
}

static const char *block_title(const struct picture *picture, const struct block *block)
{
	static char text[TEXT_MAX + 40];
	const struct sr_piece *piece = &picture->holes->pieces[block->first];

	if (block->claims == 1 && piece->node >= 0)
		return shorten(node_path(picture->board, piece->node));
	if (block->claims > 1)
		snprintf(text, sizeof(text), "%u %s", block->claims,
			 block->owner == SR_RESERVED ? "regions of reserved memory" :
			 block->owner == SR_REG ? "device regions" : "windows");
	else if (block->owner == SR_FREE)
		snprintf(text, sizeof(text), "hole, %s", size_text(range_size(&block->range)));
	else
		snprintf(text, sizeof(text), "%s", block->owner == SR_RESERVED ?
			 "/memreserve/" : owner_name(block->owner));
	return text;
}

static void draw_details(const struct picture *picture, const struct block *block, double y)
{
	char line[TEXT_MAX + 20];
	unsigned int i = block->first, within, n;

	if (block->claims > 1) {
		for (n = 0; i <= block->last && n < NAME_LINES; n++, y += LINE_H) {
			i = fill_line(picture, block, i, line);
			if (n == NAME_LINES - 1 && i <= block->last)
				strcat(line, " ...");
			draw_text(picture, picture->text_x, y, "d", line);
		}
		return;
	}
	if (block->owner == SR_FREE)
		snprintf(line, sizeof(line), "to 0x%llx%s", (unsigned long long)block->range.last,
			 range_size(&block->range) < STEP ? ", smaller than a step of 2 MiB" : "");
	else
		snprintf(line, sizeof(line), "%s, %s", owner_name(block->owner),
			 size_text(range_size(&block->range)));
	within = count_within(picture->board, block, picture->holes->pieces[i].node);
	if (within)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 "; %u more region%s in it", within, within > 1 ? "s" : "");
	draw_text(picture, picture->text_x, y, "d", line);
}

static void draw_tooltip(const struct picture *picture, const struct block *block)
{
	fputs("<title>", picture->out);
	for (unsigned int i = block->first; i <= block->last; i++) {
		const struct sr_piece *piece = &picture->holes->pieces[i];

		fprintf(picture->out, "%s ", range_text(&piece->range, 0));
		put_text(picture->out, piece->owner == SR_FREE ? "hole" :
			 node_path(picture->board, piece->node));
		fputc('\n', picture->out);
	}
	fputs("</title>", picture->out);
}

static void draw_block(const struct picture *picture, const struct block *block)
{
	double y = block->y + (block->height - block->lines * LINE_H) / 2 + 12;
	char address[24], text[2 * TEXT_MAX];

	fputs("<g>", picture->out);
	put_box(picture->out, COLUMN_X, block->y, COLUMN_W, block->height, fill(block));
	draw_tooltip(picture, block);
	fputs("</rect>\n", picture->out);
	snprintf(address, sizeof(address), "0x%0*llx", picture->digits,
		 (unsigned long long)block->range.start);
	fprintf(picture->out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" class=\"t\"/>\n",
		COLUMN_X - 8, block->y, COLUMN_X, block->y);
	draw_text(picture, COLUMN_X - 12, block->y + 4, "a", address);
	if (block->height >= 30 && block->owner != SR_UNMAPPABLE)
		draw_text(picture, COLUMN_X + COLUMN_W / 2, block->y + block->height / 2 + 4, "s",
			  size_text(range_size(&block->range)));
	snprintf(text, sizeof(text), "%s", block_title(picture, block));
	if (block->lines == 1 && block->claims == 1 && block->owner != SR_UNMAPPABLE)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", %s",
			 size_text(range_size(&block->range)));
	draw_text(picture, picture->text_x, y, block->owner == SR_FREE ? "n h" : "n", text);
	if (block->lines > 1)
		draw_details(picture, block, y + LINE_H);
	fputs("</g>\n", picture->out);
}

static void draw_window(const struct picture *picture, const struct sr_claim *window,
			double x, double y, double end)
{
	char text[80];

	fprintf(picture->out, "<path d=\"M%.1f %.1fh6V%.1fh-6\" class=\"b\"/>\n", x, y, end);
	snprintf(text, sizeof(text), "%.40s forwards", node_name(picture->board, window->node));
	if (end - y < 6.4 * strlen(text))
		snprintf(text, sizeof(text), "%.20s", node_name(picture->board, window->node));
	if (end - y < 6.4 * strlen(text))
		return;
	fprintf(picture->out, "<text transform=\"translate(%.1f %.1f) rotate(90)\" class=\"w\">",
		x + 9, (y + end) / 2);
	put_text(picture->out, text);
	fputs("</text>\n", picture->out);
}

/*
 * Windows that only forward: brackets, each in the first lane that is free there.
 * Returns how many lanes are used; draws only if there is something to draw to.
 */
static unsigned int place_windows(const struct picture *picture, bool draw)
{
	double until[LANES] = { };
	unsigned int i, lane, used = 0;

	for (i = 0; i < picture->board->nr_windows; i++) {
		const struct sr_claim *window = &picture->board->windows[i];
		double y = place(picture, window->range.start) + 2;
		double end = place(picture, window->range.last) - 2;

		for (lane = 0; lane < LANES && until[lane] > y; lane++)
			;
		if (lane == LANES || end < y)
			continue;
		until[lane] = end + 4;
		used = lane + 1 > used ? lane + 1 : used;
		if (draw)
			draw_window(picture, window, LANES_X + lane * LANE_W, y, end);
	}
	return used;
}

static bool is_drawn(const struct picture *picture, enum sr_owner owner)
{
	for (unsigned int i = 0; i < picture->nr; i++)
		if (picture->blocks[i].owner == owner)
			return true;
	return false;
}

static void draw_legend(const struct picture *picture)
{
	int x = MARGIN, y = 78, owner;

	for (owner = 0; owner < SR_OWNERS; owner++) {
		int width;

		if (!looks[owner].fill || !is_drawn(picture, owner))
			continue;
		width = 44 + 7 * strlen(owner_name(owner));
		if (x + width > WIDTH - MARGIN) {
			x = MARGIN;
			y += 22;
		}
		put_box(picture->out, x, y, 16, 12, looks[owner].fill);
		fputs("</rect>\n", picture->out);
		draw_text(picture, x + 22, y + 11, "d", owner_name(owner));
		x += width;
	}
}

static void draw_head(const struct picture *picture)
{
	fprintf(picture->out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n"
		"<style>\n"
		"text { font-family: 'DejaVu Sans', Verdana, sans-serif; font-size: 12px; fill: #222 }\n"
		".a { font-family: 'DejaVu Sans Mono', monospace; text-anchor: end }\n"
		".s, .w { text-anchor: middle; font-size: 11px }\n"
		".w { fill: #555 }\n"
		".n { font-weight: bold }\n"
		".h { fill: #1b6e22 }\n"
		".d { fill: #555 }\n"
		".title { font-size: 18px; font-weight: bold }\n"
		".t { stroke: #444; stroke-width: 0.7 }\n"
		".b { stroke: #777; stroke-width: 1.2; fill: none }\n"
		".l { stroke: #c00; stroke-width: 1; stroke-dasharray: 5 3 }\n"
		".e { fill: #c00; font-size: 10px; text-anchor: end }\n"
		"</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		WIDTH, picture->bottom + 40, WIDTH, picture->bottom + 40);
	draw_text(picture, MARGIN, 34, "title", board_model(picture->board));
	draw_text(picture, MARGIN, 56, "d",
		  "Who owns which addresses, low ones on top. Heights grow with the logarithm of the size, at the least as the text needs.");
}

/* Smaller holes than this are not drawn as such: the next, until all fits. */
static const u64 smallest_holes[] = {
	STEP, 16 * STEP, 32 * STEP, 128 * STEP, 512 * STEP, 2048 * STEP, 16384 * STEP,
};

/**
 * write_svg() - draw a board
 * @board: the board
 * @view: what dom0 makes of it
 * @holes: its address space
 * @file: to write to, "-" for standard output
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int write_svg(const struct board *board, const struct view *view,
	      const struct sr_decision *holes, const char *file)
{
	struct picture picture = { .board = board, .view = view, .holes = holes };
	bool standard = !strcmp(file, "-");
	int err;

	picture.out = standard ? stdout : fopen(file, "w");
	if (!picture.out) {
		complain(file, "%s", strerror(errno));
		return -errno;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(smallest_holes); i++) {
		make_blocks(&picture, smallest_holes[i]);
		lay_out(&picture);
		if (picture.bottom <= TALLEST)
			break;
	}
	picture.text_x = LANES_X + 20 + LANE_W * place_windows(&picture, false);
	picture.digits = hex_digits(picture.nr ? picture.blocks[picture.nr - 1].range.start : 0);

	draw_head(&picture);
	draw_legend(&picture);
	for (unsigned int i = 0; i < picture.nr; i++)
		draw_block(&picture, &picture.blocks[i]);
	place_windows(&picture, true);
	if (picture.nr)
		draw_dom0(&picture);
	fputs("</svg>\n", picture.out);
	free(picture.blocks);
	err = ferror(picture.out);
	if (!standard)
		err |= fclose(picture.out);
	if (err)
		complain(file, "cannot write");
	return err ? -EIO : 0;
}
