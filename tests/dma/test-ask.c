// SPDX-License-Identifier: GPL-2.0
/*
 * How Xen is asked which devices are behind its IOMMU, beside a model of what Xen does:
 * do_domctl() in common/domctl.c, iommu_do_dt_domctl() and iommu_do_pci_domctl() in
 * drivers/passthrough. The request is read by offsets, as public/domctl.h has them.
 */
#include "../tap.h"

#include "devices.h"
#include "ask-protected.c"

#define OWN_DOMAIN	0

static struct {
	u32 version;		/* of the interface */
	bool iommu;		/* one is on */
	bool pci;		/* CONFIG_PCI_PASSTHROUGH */
	bool terminated;	/* a path has to end with NUL, after 4.22 */
	int root, nonsense;	/* instead of what is answered there, or 0 */
	int calls;
} xen;

static u32 get(const void *request, int offset, int size)
{
	u64 value = 0;

	memcpy(&value, request + offset, size);
	return value;
}

/* safe_copy_string_from_guest(), and dt_find_node_by_path() */
static int answer_node(const char *path, u32 size)
{
	static const char * const nodes[] = { "/", "/smmu/disk", "/uart" };
	char copy[64] = "";
	unsigned int i;

	assert_in_range(size, 1, sizeof(copy) - 1);
	memcpy(copy, path, size);
	if (xen.terminated && strlen(copy) != size - 1)
		return -EMSGSIZE;
	if (!strcmp(copy, "/") && xen.root)
		return xen.root;
	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		if (!strcmp(copy, nodes[i]))
			return i == 1 ? -EINVAL : 0;
	return xen.nonsense == 1 ? 0 : xen.nonsense ?: -ESRCH;
}

static int answer(const void *request)
{
	u32 kind = get(request, 16, 4), id = get(request, 24, 4);
	u16 domain = get(request, 8, 2);
	u64 path;

	memcpy(&path, request + 32, sizeof(path));
	if (get(request, 4, 4) != xen.version)
		return -EACCES;
	assert_int_equal(get(request, 0, 4), 45);
	if (domain != 0x7ff4 && domain != OWN_DOMAIN)
		return -ESRCH;
	if (!xen.iommu)
		return -EOPNOTSUPP;
	/* Before what kind of device it is has been looked at */
	if (xen.pci && domain == OWN_DOMAIN)
		return -EINVAL;
	assert_int_equal(get(request, 20, 4), 0);
	switch (kind) {
	case 0:
		/* 0000:00:01.0 and 0001:02:03.4 */
		return !xen.pci ? -ENODEV : id == 0x8 || id == 0x1021c ? 0 : -EINVAL;
	case 1:
		return answer_node((const char *)(unsigned long)path, id);
	default:
		return -ENOSYS;
	}
}

int privcmd_call(unsigned int call, unsigned long a1, unsigned long a2, unsigned long a3,
		 unsigned long a4, unsigned long a5)
{
	int err;

	xen.calls++;
	assert_int_equal(call, 36);
	assert_int_equal(sizeof(struct domctl), 144);
	assert_false(a2 || a3 || a4 || a5);
	err = answer((const void *)a1);
	/* It needs the initial domain's rights. */
	return initial_domain ? err : -EPERM;
}

static int boot(void **state)
{
	version = 0;
	memset(&xen, 0, sizeof(xen));
	xen.version = 0x17;
	xen.iommu = true;
	initial_domain = true;
	return 0;
}

static void expect(int disk, int uart, int missing, int function, int no_function)
{
	assert_int_equal(xen_ask_node_protected("/smmu/disk"), disk);
	assert_int_equal(xen_ask_node_protected("/uart"), uart);
	assert_int_equal(xen_ask_node_protected("/smmu/disk2"), missing);
	assert_int_equal(xen_ask_node_protected("/smmu"), missing);
	assert_int_equal(xen_ask_pci_protected(0x8), function);
	assert_int_equal(xen_ask_pci_protected(0x1021c), function);
	assert_int_equal(xen_ask_pci_protected(0x9), no_function);
}

static void expect_error(int err)
{
	expect(err, err, err, err, err);
}

static void test_without_pci(void **state)
{
	expect(1, 0, -ESRCH, -ENODEV, -ENODEV);
}

static void test_with_pci(void **state)
{
	xen.pci = true;
	expect(1, 0, -ESRCH, 1, 0);
}

static void test_versions(void **state)
{
	u32 v;

	for (v = 0x12; v < 0x1b; v++) {
		boot(state);
		xen.version = v;
		if (v < 0x14 || v > 0x18)
			expect_error(-EACCES);
		else
			expect(1, 0, -ESRCH, -ENODEV, -ENODEV);
	}
}

/* Xen after 4.22, with the same version */
static void test_terminated(void **state)
{
	xen.version = 0x18;
	xen.terminated = true;
	expect(1, 0, -ESRCH, -ENODEV, -ENODEV);
}

/* The version and the controls are asked for once, and not in vain again. */
static void test_once(void **state)
{
	expect(1, 0, -ESRCH, -ENODEV, -ENODEV);
	xen.calls = 0;
	expect(1, 0, -ESRCH, -ENODEV, -ENODEV);
	assert_int_equal(xen.calls, 7);

	boot(state);
	xen.version = 0x99;
	expect_error(-EACCES);
	xen.calls = 0;
	expect_error(-EACCES);
	assert_int_equal(xen.calls, 0);
}

static void test_no_iommu(void **state)
{
	xen.iommu = false;
	expect_error(-EOPNOTSUPP);
	boot(state);
	xen.iommu = false;
	xen.pci = true;
	expect_error(-EOPNOTSUPP);
}

static void test_not_initial(void **state)
{
	initial_domain = false;
	expect_error(-EACCES);
	assert_int_equal(xen.calls, 0);
}

/* The root is protected, it seems; or a node that is not there is there. */
static void test_controls(void **state)
{
	xen.root = -EINVAL;
	expect_error(-EPROTO);
	boot(state);
	xen.nonsense = -EINVAL;
	expect_error(-EPROTO);
	boot(state);
	xen.nonsense = 1;
	expect_error(-EPROTO);
	boot(state);
	xen.nonsense = -EACCES;
	expect_error(-EPROTO);
	boot(state);
	xen.root = -ESRCH;
	expect_error(-EPROTO);
	/* It says that what it was asked is wrong. */
	boot(state);
	xen.root = -EMSGSIZE;
	expect_error(-EPROTO);
	/* No such call, or not for this domain */
	boot(state);
	xen.root = -ENOSYS;
	expect_error(-EACCES);
	boot(state);
	xen.root = -EPERM;
	expect_error(-EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_without_pci, boot),
		cmocka_unit_test_setup(test_with_pci, boot),
		cmocka_unit_test_setup(test_versions, boot),
		cmocka_unit_test_setup(test_terminated, boot),
		cmocka_unit_test_setup(test_once, boot),
		cmocka_unit_test_setup(test_no_iommu, boot),
		cmocka_unit_test_setup(test_not_initial, boot),
		cmocka_unit_test_setup(test_controls, boot),
	};

	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
