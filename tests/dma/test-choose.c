// SPDX-License-Identifier: GPL-2.0
/*
 * Which devices of a direct-mapped domain are given guest frames, and when that is chosen
 * again.
 */
#include "../tap.h"

#include "devices.h"
#include "dma-by-guest-frame.c"

#define BITS(n)		(n == 64 ? U64_MAX : (1ULL << n) - 1)
#define GIB(n)		((n) * SZ_1G)

/* What Xen answers; where it lies, the pool's ranges; what the integrator lists */
static int node_answer, pci_answer, alias_answer;
static int asked;
static struct resource spaces[2];
static u32 listed_phandle, listed_id;
static u64 mask;

static struct device_node bridge_node = { "/pcie", "pci-host-ecam-generic", .phandle = 7 };
static struct device_node node = { "/soc/dma@1000", "acme,dma" };
static struct device_node other_node = { "/soc/dma@2000", "acme,dma" };
static struct device_node grants_node = { "/grants", "xen,grant-dma" };
static struct device_node el2_node = { "/iommu", "xen,iommu-el2-v1" };
static struct device bridge_parent = { "pcie", .of_node = &bridge_node };
static struct pci_host_bridge bridge;
static struct pci_bus bus = { &bridge, .number = 1 };
static struct device dev;
static struct pci_dev pdev;

int xen_ask_node_protected(const char *path)
{
	asked++;
	return strcmp(path, "/soc/dma@1000") ? 0 : node_answer;
}

int xen_ask_pci_protected(u32 sbdf)
{
	asked++;
	assert_in_range(sbdf, 0x20108, 0x2010a);
	return sbdf == 0x20108 ? pci_answer : alias_answer;
}

bool xen_unpopulated_lists_master(u32 phandle, u32 id)
{
	return phandle == listed_phandle && id == listed_id;
}

void xen_unpopulated_each_range(void (*show)(void *context,
					     const struct xen_unpopulated_range *range),
				void *context)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++)
		show(context, &(struct xen_unpopulated_range){ .space = &spaces[i] });
}

struct dentry *xen_unpopulated_debugfs(void)
{
	return NULL;
}

/* A protected node and a protected function, and what they reach holds the pool. */
static int boot(void **state)
{
	while (!list_empty(&masters)) {
		struct master *master = list_first_entry(&masters, struct master, node);

		forget_master(master->np, master->sbdf);
	}
	shim_reset();
	machine_asked_for = false;
	xen_dma_frames = XEN_DMA_NO_FRAMES;
	required_mask = BITS(33);
	spaces[0] = (struct resource){ GIB(4), GIB(5) - 1 };
	spaces[1] = (struct resource){ GIB(64), GIB(65) - 1 };
	node_answer = 1;
	pci_answer = 1;
	alias_answer = 1;
	asked = 0;
	listed_phandle = 0;
	listed_id = 0;
	mask = BITS(64);
	node.iommu = NULL;
	node.users = 0;
	bridge = (struct pci_host_bridge){ .dev.parent = &bridge_parent };
	bus.domain = 2;
	dev = (struct device){ "dma", .of_node = &node, .dma_mask = &mask };
	pdev = (struct pci_dev){ .dev = { "pci", .bus = &bus, .dma_mask = &mask }, .bus = &bus, .devfn = 8 };
	shim_arch_initcall();
	xen_dma_begin(&dev);
	xen_dma_begin(&pdev.dev);
	return 0;
}

static void expect(struct device *device, u64 mask, bool by_guest_frame)
{
	assert_true(xen_dma_choose(device, mask));
	assert_int_equal(xen_dma_is_by_guest_frame(device), by_guest_frame);
}

static void expect_both(u64 mask, bool by_guest_frame)
{
	expect(&dev, mask, by_guest_frame);
	expect(&pdev.dev, mask, by_guest_frame);
}

static void expect_text(const char *text)
{
	struct seq_file seq = { };

	shim_show(&seq, NULL);
	if (!strstr(seq.text, text))
		fail_msg("'%s' is not in:\n%s", text, seq.text);
}

static void test_protected(void **state)
{
	expect_both(BITS(64), true);
	expect_text("dma: guest frames: behind Xen's IOMMU (Xen: 1)\n");
	expect_text("pci: guest frames: behind Xen's IOMMU (Xen: 1)\n");
}

/* Until there is a mask; and whoever asks for neither a node nor PCI is never asked for. */
static void test_begin(void **state)
{
	struct device nothing = { "virtual", .dma_mask = &mask };

	assert_false(xen_dma_is_by_guest_frame(&dev));
	expect_both(BITS(64), true);
	xen_dma_begin(&dev);
	xen_dma_begin(&pdev.dev);
	assert_false(xen_dma_is_by_guest_frame(&dev));
	assert_false(xen_dma_is_by_guest_frame(&pdev.dev));
	asked = 0;
	expect(&nothing, BITS(64), false);
	assert_int_equal(asked, 0);
}

static void test_answers(void **state)
{
	static const int answers[] = { 0, -EOPNOTSUPP, -EACCES, -ESRCH, -ENODEV, -EPROTO };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		boot(state);
		node_answer = answers[i];
		pci_answer = answers[i];
		expect_both(BITS(64), false);
		expect_text(answers[i] ? "machine frames: Xen does not say" : "machine frames: not behind");
		assert_false(shim_logged("xen:dma:"));
	}
}

static void remove_function(struct pci_dev *pdev, unsigned long action)
{
	shim_pci_block->notifier_call(shim_pci_block, action, &pdev->dev);
}

static void take_node_away(struct device_node *np, unsigned long action)
{
	shim_tree_block->notifier_call(shim_tree_block, action,
				       &(struct of_reconfig_data){ .dn = np });
}

/* A node's answer is kept as long as it is there, a function's until the next bind. */
static void test_asked_again(void **state)
{
	expect_both(BITS(64), true);
	expect_both(BITS(48), true);
	assert_int_equal(asked, 2);
	remove_function(&pdev, BUS_NOTIFY_DEL_DEVICE);
	take_node_away(&node, OF_RECONFIG_ATTACH_NODE);
	take_node_away(&other_node, OF_RECONFIG_DETACH_NODE);
	node_answer = 0;
	pci_answer = 0;
	expect_both(BITS(64), true);
	assert_int_equal(asked, 2);
	xen_dma_begin(&dev);
	xen_dma_begin(&pdev.dev);
	expect(&dev, BITS(64), true);
	expect(&pdev.dev, BITS(64), false);
	dev.of_node = &other_node;
	expect(&dev, BITS(64), false);
}

/* What comes in its place is asked for, and what is gone is not shown. */
static void test_gone(void **state)
{
	struct seq_file seq = { };

	expect_both(BITS(64), true);
	remove_function(&pdev, BUS_NOTIFY_REMOVED_DEVICE);
	take_node_away(&node, OF_RECONFIG_DETACH_NODE);
	assert_int_equal(node.users, 0);
	shim_show(&seq, NULL);
	assert_string_equal(seq.text, "");
	/* Nothing is known of what is not there any more. */
	remove_function(&pdev, BUS_NOTIFY_REMOVED_DEVICE);
	node_answer = 0;
	pci_answer = 0;
	expect_both(BITS(64), false);
	expect_text("dma: machine frames: not behind");
	expect_text("pci: machine frames: not behind");
}

/* Functions that share a requester ID must all be protected. */
static void test_aliases(void **state)
{
	pdev.alias = 9;
	alias_answer = 0;
	expect(&pdev.dev, BITS(64), false);
	boot(state);
	pdev.alias = 9;
	pci_answer = 0;
	expect(&pdev.dev, BITS(64), false);
	boot(state);
	pdev.alias = 9;
	expect(&pdev.dev, BITS(64), true);
}

/* The integrator is believed only of what Xen does not know. */
static void test_listed(void **state)
{
	static const struct {
		int answer;
		bool believed;
		const char *says;
	} cases[] = {
		{ 1, true, NULL },
		{ -ENODEV, true, NULL },
		{ 0, false, "but Xen says that it is not" },
		{ -EOPNOTSUPP, false, "but Xen drives none" },
		{ -EACCES, false, "but Xen cannot be asked" },
		{ -EPROTO, false, "but Xen cannot be asked" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		boot(state);
		pci_answer = cases[i].answer;
		listed_phandle = 7;
		listed_id = 0x108;
		expect(&pdev.dev, BITS(64), cases[i].believed);
		assert_int_equal(shim_logged("xen,iommu-masters says"), !cases[i].believed);
		if (cases[i].says)
			assert_true(shim_logged(cases[i].says));
	}
	/* Another function; another bridge; an alias that is not listed */
	for (i = 0; i < 3; i++) {
		boot(state);
		pci_answer = -ENODEV;
		alias_answer = -ENODEV;
		listed_phandle = 7;
		bridge_node.phandle = i == 1 ? 8 : 7;
		listed_id = i == 0 ? 0x109 : 0x108;
		pdev.alias = i == 2 ? 9 : 0;
		expect(&pdev.dev, BITS(64), false);
		bridge_node.phandle = 7;
	}
}

/* Xen's mark counts where Xen has no interface to ask by. */
static void test_marked(void **state)
{
	static const struct {
		int answer;
		bool believed;
	} cases[] = {
		{ 1, true }, { -EACCES, true }, { 0, false }, { -EOPNOTSUPP, false }, { -ESRCH, false }, { -EPROTO, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		boot(state);
		node.iommu = &el2_node;
		node_answer = cases[i].answer;
		expect(&dev, BITS(64), cases[i].believed);
		assert_int_equal(shim_logged("xen,iommu-el2-v1 says"), !cases[i].believed);
	}
	/* A host bridge does not stand for what is below it. */
	boot(state);
	bridge_node.iommu = &el2_node;
	pci_answer = -EACCES;
	expect(&pdev.dev, BITS(64), false);
	bridge_node.iommu = NULL;
}

static void test_grants(void **state)
{
	node.iommu = &grants_node;
	expect(&dev, BITS(64), false);
}

static void test_command_line(void **state)
{
	assert_int_equal(shim_param(NULL), -EINVAL);
	assert_int_equal(shim_param("guest"), -EINVAL);
	assert_true(shim_logged("xen_dma=guest: expected machine"));
	expect(&dev, BITS(64), true);
	boot(state);
	assert_int_equal(shim_param("machine"), 0);
	expect_both(BITS(64), false);
}

/* The last byte of the pool, and of RAM */
static void test_reach(void **state)
{
	u64 last = spaces[1].end;

	expect_both(last, true);
	boot(state);
	expect_both(last - 1, false);
	expect_text("machine frames: it does not reach");
	boot(state);
	dev.bus_dma_limit = last - 1;
	expect(&dev, BITS(64), false);
	dev.bus_dma_limit = last;
	expect(&dev, BITS(64), true);
	boot(state);
	mask = last - 1;
	expect_both(BITS(64), false);
	boot(state);
	required_mask = BITS(38);
	expect_both(BITS(37), false);
	expect_both(BITS(38), true);
	/* The first range matters as the last one does. */
	boot(state);
	spaces[0] = (struct resource){ GIB(512), GIB(513) - 1 };
	expect_both(BITS(39), false);
	expect_both(BITS(40), true);
}

/* What the bus shows of memory: all of the pool, each range by one offset */
static void test_inbound(void **state)
{
	const u64 start = spaces[0].start, last = spaces[1].end;
	struct bus_dma_region map[4] = { };
	unsigned int i;

	pdev.dev.dma_range_map = map;
	map[0] = (struct bus_dma_region){ SZ_1G, 0, last - SZ_1G + 1 };
	expect(&pdev.dev, BITS(64), true);
	map[0].size--;
	expect(&pdev.dev, BITS(64), false);
	map[0] = (struct bus_dma_region){ start + 1, 0, last - start };
	expect(&pdev.dev, BITS(64), false);
	/* What matters is the address on the bus. */
	map[0] = (struct bus_dma_region){ start, 0, last - start + 1 };
	expect(&pdev.dev, last - start, true);
	expect(&pdev.dev, last - start - 1, false);

	/* A window for each range, in whatever order, each with its own offset */
	map[0] = (struct bus_dma_region){ spaces[1].start, GIB(1), SZ_1G };
	map[1] = (struct bus_dma_region){ start, 0, SZ_1G };
	expect(&pdev.dev, BITS(64), true);

	/* Three windows for the second range: together; with a gap; the middle one elsewhere */
	for (i = 0; i < 3; i++) {
		map[0] = (struct bus_dma_region){ 0, 0, spaces[1].start + 0x1000 };
		map[1] = (struct bus_dma_region){ last - 0xfff, last - 0xfff, 0x1000 };
		map[2] = (struct bus_dma_region){ spaces[1].start + 0x1000, spaces[1].start + 0x1000,
						  SZ_1G - 0x2000 };
		if (i == 1)
			map[2].size--;
		if (i == 2)
			map[2].dma_start += 0x1000;
		expect(&pdev.dev, BITS(64), !i);
	}
	/* Up to the last address there is */
	map[0] = (struct bus_dma_region){ 0, 0, U64_MAX };
	map[1].size = 0;
	expect(&pdev.dev, BITS(64), true);
}

/* What the host bridge sends to its other devices */
static void test_peers(void **state)
{
	struct resource io = { GIB(4), GIB(5), .flags = 0x100 };
	struct resource memory = { .flags = IORESOURCE_MEM };
	struct resource_entry windows[] = { { &windows[1], &io, 0 }, { NULL, &memory, 0 } };
	static const struct {
		u64 start, end, offset;
		bool meets;
	} cases[] = {
		{ GIB(2), GIB(3) - 1, 0, false },
		{ GIB(3), GIB(4) - 1, 0, false },
		{ GIB(3), GIB(4), 0, true },
		{ GIB(5) - 1, GIB(6), 0, true },
		{ GIB(5), GIB(6), 0, false },
		{ GIB(3), GIB(70), 0, true },
		{ GIB(64) + 1, GIB(64) + 2, 0, true },
		/* The CPU's address, less the offset, is the bus's. */
		{ GIB(16), GIB(17) - 1, GIB(12), true },
		{ GIB(16), GIB(17) - 1, GIB(11), false },
		{ GIB(4), GIB(5) - 1, GIB(2), false },
		{ GIB(4), GIB(5) - 1, -GIB(60), true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		boot(state);
		bridge.windows = windows;
		memory.start = cases[i].start;
		memory.end = cases[i].end;
		windows[1].offset = cases[i].offset;
		expect(&pdev.dev, BITS(64), !cases[i].meets);
		if (cases[i].meets)
			expect_text("its host bridge has others");
		/* A device that is not on PCI has no host bridge. */
		expect(&dev, BITS(64), true);
	}
}

/* The last mask decides; once there may be buffers that are mapped, nothing changes. */
static void test_last_mask(void **state)
{
	expect_both(BITS(32), false);
	expect_both(BITS(64), true);
	expect_both(BITS(32), false);
	expect_both(BITS(64), true);
	dev.bound = true;
	assert_false(xen_dma_choose(&dev, BITS(32)));
	assert_true(shim_logged("too late for the mask"));
	assert_true(xen_dma_is_by_guest_frame(&dev));
	expect(&dev, BITS(48), true);
	dev.bound = false;
	expect(&dev, BITS(32), false);
	dev.bound = true;
	expect(&dev, BITS(64), false);
	expect_text("dma: machine frames: its driver set this mask too late");
}

/* Bios are merged by guest frame as long as no device has had a machine frame. */
static void test_merging(void **state)
{
	assert_false(xen_dma_merges_guest_frames());
	node_answer = 0;
	expect(&dev, BITS(64), false);
	assert_false(xen_dma_merges_guest_frames());
	expect(&pdev.dev, BITS(64), true);
	assert_true(xen_dma_merges_guest_frames());
	xen_dma_uses_machine_frames();
	assert_false(xen_dma_merges_guest_frames());
	expect(&pdev.dev, BITS(64), true);
	assert_false(xen_dma_merges_guest_frames());
}

/* A device that nothing can be noted of is left as it is. */
static void test_no_memory(void **state)
{
	int n;

	for (n = 1; n <= 2; n++) {
		boot(state);
		shim.fail_nth = n;
		expect(&dev, BITS(64), false);
	}
}

static void test_log(void **state)
{
	node_answer = 0;
	expect(&dev, BITS(64), false);
	expect(&pdev.dev, BITS(64), true);
	shim_late_initcall();
	assert_true(shim_logged("devices that do DMA by guest frame: 1, by machine frame: 1"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, boot)
	const struct CMUnitTest tests[] = {
		TEST(test_protected), TEST(test_begin), TEST(test_answers), TEST(test_asked_again),
		TEST(test_gone), TEST(test_aliases), TEST(test_listed), TEST(test_marked), TEST(test_grants),
		TEST(test_command_line), TEST(test_reach), TEST(test_inbound), TEST(test_peers),
		TEST(test_last_mask), TEST(test_merging), TEST(test_no_memory), TEST(test_log),
	};
#undef TEST

	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
