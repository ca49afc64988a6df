// SPDX-License-Identifier: GPL-2.0
/*
 * Test module: QEMU's device "edu" does DMA to what a program says.
 *
 * On /dev/edu-dma a program says what: a dma-buf of its own, a page that a domain
 * granted, read-only, or a page of another device's registers. pread() then gives what
 * the device reads at that offset, and pwrite() has it write there, at most a page at a
 * time. The device has a buffer of 4 KiB that only DMA reaches, so each goes through it,
 * to or from a page of this domain's own. A transfer takes the device a tenth of a second.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/swiotlb.h>
#include <linux/uaccess.h>

#include <xen/grant_table.h>

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

#define EDU_SOURCE	0x80
#define EDU_TARGET	0x88
#define EDU_COUNT	0x90
#define EDU_COMMAND	0x98
#define EDU_START	BIT(0)
#define EDU_TO_RAM	BIT(1)
#define EDU_BUFFER	0x40000
#define EDU_SIZE	4096

/**
 * struct edu_attach - argument of EDU_ATTACH, which returns the number of segments
 * @fd: the dma-buf
 * @bounce: not 0: as if the device did not reach any page
 * @apart: set to how many segments start where the one before ends
 */
struct edu_attach {
	__s32 fd;
	__u32 bounce;
	__u32 apart;
};

/**
 * struct edu_grant - argument of EDU_MAP_GRANT
 * @domid: of the domain
 * @ref: of the grant
 * @rewrite: not 0: while the device reads, the grant is mapped writable as well, and
 *	unmapped again, over and over
 */
struct edu_grant {
	__u32 domid;
	__u32 ref;
	__u32 rewrite;
};

#define EDU_ATTACH		_IOWR('E', 1, struct edu_attach)
#define EDU_MAP_GRANT		_IOW('E', 2, struct edu_grant)
/* How often it was, since it was mapped. */
#define EDU_REWRITTEN		_IO('E', 3)
/* The argument is the address. */
#define EDU_MAP_RESOURCE	_IO('E', 4)

/* A grant and where it is mapped */
struct mapped {
	struct page *page;
	struct gnttab_map_grant_ref op;
};

static struct {
	struct mutex lock;	/* all of it; the device does one thing at a time */
	struct pci_dev *pci;
	void __iomem *regs;
	void *page;
	dma_addr_t page_address;
	struct dma_buf *buf;
	struct dma_buf_attachment *attachment;
	struct sg_table *segments;
	/* or one page, a grant or not */
	dma_addr_t one;
	struct mapped grant, writable;
	bool rewrite;
	int rewritten;
} edu = {
	.lock = __MUTEX_INITIALIZER(edu.lock),
	.one = DMA_MAPPING_ERROR,
};

static unsigned int bits = 64;
module_param(bits, uint, 0444);
MODULE_PARM_DESC(bits, "of the addresses that the device reaches");

static int map_grant(struct mapped *mapped, unsigned int flags, domid_t domid, grant_ref_t ref)
{
	int err;

	gnttab_set_map_op(&mapped->op, (unsigned long)page_address(mapped->page),
			  GNTMAP_host_map | flags, ref, domid);
	err = gnttab_map_refs(&mapped->op, NULL, &mapped->page, 1);
	return err ?: mapped->op.status ? -EACCES : 0;
}

static void unmap_grant(struct mapped *mapped, unsigned int flags)
{
	struct gnttab_unmap_grant_ref op;

	gnttab_set_unmap_op(&op, (unsigned long)page_address(mapped->page),
			    GNTMAP_host_map | flags, mapped->op.handle);
	if (gnttab_unmap_refs(&op, NULL, &mapped->page, 1) || op.status)
		pr_err("edu-dma: a grant cannot be unmapped (%d)\n", op.status);
}

/* Map what is mapped read-only writable as well, for a moment. */
static int rewrite(void)
{
	int err = map_grant(&edu.writable, 0, edu.grant.op.dom, edu.grant.op.ref);

	if (err)
		return err;
	unmap_grant(&edu.writable, 0);
	edu.rewritten++;
	return 0;
}

static void free_page_of(struct mapped *mapped)
{
	if (mapped->page)
		gnttab_free_pages(1, &mapped->page);
	mapped->page = NULL;
}

static void forget_one(void)
{
	struct device *dev = &edu.pci->dev;

	if (edu.one != DMA_MAPPING_ERROR && edu.grant.page)
		dma_unmap_page(dev, edu.one, PAGE_SIZE, DMA_TO_DEVICE);
	else if (edu.one != DMA_MAPPING_ERROR)
		dma_unmap_resource(dev, edu.one, PAGE_SIZE, DMA_TO_DEVICE, 0);
	edu.one = DMA_MAPPING_ERROR;
	if (edu.grant.page && !edu.grant.op.status)
		unmap_grant(&edu.grant, GNTMAP_readonly);
	free_page_of(&edu.grant);
	free_page_of(&edu.writable);
	edu.rewrite = false;
}

static void detach(void)
{
	forget_one();
	if (!edu.buf)
		return;
	if (edu.segments) {
		dma_resv_lock(edu.buf->resv, NULL);
		dma_buf_unmap_attachment(edu.attachment, edu.segments, DMA_BIDIRECTIONAL);
		dma_resv_unlock(edu.buf->resv);
		edu.segments = NULL;
	}
	if (edu.attachment)
		dma_buf_detach(edu.buf, edu.attachment);
	edu.attachment = NULL;
	dma_buf_put(edu.buf);
	edu.buf = NULL;
}

static long attach_grant(const struct edu_grant *args)
{
	long err;

	detach();
	/* Nothing is mapped yet. */
	edu.grant.op.status = GNTST_general_error;
	err = gnttab_alloc_pages(1, &edu.grant.page) ?:
	      gnttab_alloc_pages(1, &edu.writable.page) ?:
	      map_grant(&edu.grant, GNTMAP_readonly, args->domid, args->ref);
	if (!err) {
		edu.one = dma_map_page(&edu.pci->dev, edu.grant.page, 0, PAGE_SIZE,
				       DMA_TO_DEVICE);
		edu.rewrite = args->rewrite;
		edu.rewritten = 0;
		if (edu.one != DMA_MAPPING_ERROR)
			return 0;
		err = -EIO;
	}
	detach();
	return err;
}

static long attach_resource(phys_addr_t address)
{
	detach();
	edu.one = dma_map_resource(&edu.pci->dev, address, PAGE_SIZE, DMA_TO_DEVICE, 0);
	return edu.one == DMA_MAPPING_ERROR ? -EIO : 0;
}

/* Of all devices, but others are only slower meanwhile. */
static void force_bounce(bool force)
{
	edu.pci->dev.dma_io_tlb_mem->force_bounce = force;
}

static unsigned int count_apart(struct sg_table *segments)
{
	unsigned int i, apart = 0;
	struct scatterlist *sg;
	dma_addr_t end = 0;

	for_each_sgtable_dma_sg(segments, sg, i) {
		apart += i && sg_dma_address(sg) == end;
		end = sg_dma_address(sg) + sg_dma_len(sg);
	}
	return apart;
}

static long attach(struct edu_attach *args)
{
	struct dma_buf_attachment *attachment;
	struct sg_table *segments;
	struct dma_buf *buf;
	long err;

	detach();
	buf = dma_buf_get(args->fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	edu.buf = buf;

	attachment = dma_buf_attach(buf, &edu.pci->dev);
	if (IS_ERR(attachment)) {
		err = PTR_ERR(attachment);
		goto undo;
	}
	edu.attachment = attachment;

	dma_resv_lock(buf->resv, NULL);
	force_bounce(args->bounce);
	segments = dma_buf_map_attachment(attachment, DMA_BIDIRECTIONAL);
	force_bounce(false);
	dma_resv_unlock(buf->resv);
	if (IS_ERR(segments)) {
		err = PTR_ERR(segments);
		goto undo;
	}
	edu.segments = segments;
	args->apart = count_apart(segments);
	return segments->nents;

undo:
	detach();
	return err;
}

/* One transfer between the device's buffer and an address. */
static int transfer(dma_addr_t address, size_t count, bool to_ram)
{
	u32 command;
	int err;

	writeq(to_ram ? EDU_BUFFER : address, edu.regs + EDU_SOURCE);
	writeq(to_ram ? address : EDU_BUFFER, edu.regs + EDU_TARGET);
	writeq(count, edu.regs + EDU_COUNT);
	writeq(EDU_START | (to_ram ? EDU_TO_RAM : 0), edu.regs + EDU_COMMAND);
	while (edu.rewrite && readl(edu.regs + EDU_COMMAND) & EDU_START) {
		err = rewrite();
		if (err)
			return err;
		cond_resched();
	}
	return readl_poll_timeout(edu.regs + EDU_COMMAND, command, !(command & EDU_START),
				  1000, 10 * USEC_PER_SEC);
}

/* The address of @offset, and up to where it is one segment. */
static int find_segment(loff_t offset, dma_addr_t *address, size_t *count)
{
	struct scatterlist *sg;
	unsigned int i;

	if (edu.one != DMA_MAPPING_ERROR) {
		*address = edu.one + offset;
		*count = min_t(size_t, *count, offset < PAGE_SIZE ? PAGE_SIZE - offset : 0);
		return *count ? 0 : -ENXIO;
	}
	if (!edu.segments)
		return -ENOTCONN;
	for_each_sgtable_dma_sg(edu.segments, sg, i) {
		if (offset < sg_dma_len(sg)) {
			*address = sg_dma_address(sg) + offset;
			*count = min3(*count, (size_t)(sg_dma_len(sg) - offset), (size_t)EDU_SIZE);
			return 0;
		}
		offset -= sg_dma_len(sg);
	}
	return -ENXIO;
}

static ssize_t edu_read(struct file *file, char __user *to, size_t count, loff_t *offset)
{
	dma_addr_t address;
	int err;

	mutex_lock(&edu.lock);
	err = find_segment(*offset, &address, &count);
	if (!err)
		err = transfer(address, count, false);
	if (!err)
		err = transfer(edu.page_address, count, true);
	if (!err && copy_to_user(to, edu.page, count))
		err = -EFAULT;
	mutex_unlock(&edu.lock);
	if (err)
		return err;
	*offset += count;
	return count;
}

static ssize_t edu_write(struct file *file, const char __user *from, size_t count,
			 loff_t *offset)
{
	dma_addr_t address;
	int err;

	mutex_lock(&edu.lock);
	err = find_segment(*offset, &address, &count);
	if (!err && copy_from_user(edu.page, from, count))
		err = -EFAULT;
	if (!err)
		err = transfer(edu.page_address, count, false);
	if (!err)
		err = transfer(address, count, true);
	mutex_unlock(&edu.lock);
	if (err)
		return err;
	*offset += count;
	return count;
}

static long edu_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *where = (void __user *)argument;
	struct edu_attach args;
	struct edu_grant grant;
	long ret = -ENOTTY;

	mutex_lock(&edu.lock);
	switch (command) {
	case EDU_ATTACH:
		ret = copy_from_user(&args, where, sizeof(args)) ? -EFAULT : attach(&args);
		if (ret >= 0 && copy_to_user(where, &args, sizeof(args)))
			ret = -EFAULT;
		break;
	case EDU_MAP_GRANT:
		ret = copy_from_user(&grant, where, sizeof(grant)) ? -EFAULT :
		      attach_grant(&grant);
		break;
	case EDU_REWRITTEN:
		ret = edu.rewritten;
		break;
	case EDU_MAP_RESOURCE:
		ret = attach_resource(argument);
		break;
	}
	mutex_unlock(&edu.lock);
	return ret;
}

static int edu_release(struct inode *inode, struct file *file)
{
	mutex_lock(&edu.lock);
	detach();
	mutex_unlock(&edu.lock);
	return 0;
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.read = edu_read,
	.write = edu_write,
	.unlocked_ioctl = edu_ioctl,
	.release = edu_release,
	.llseek = default_llseek,
};

static struct miscdevice edu_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "edu-dma",
	.fops = &edu_fops,
	.mode = 0600,
};

static int edu_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	int err;

	if (edu.pci)
		return -EBUSY;
	err = pcim_enable_device(pci);
	if (err)
		return err;
	pci_set_master(pci);
	edu.regs = pcim_iomap(pci, 0, 0);
	if (!edu.regs)
		return -ENOMEM;
	err = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(bits));
	if (err)
		return err;
	edu.page = dmam_alloc_coherent(&pci->dev, EDU_SIZE, &edu.page_address, GFP_KERNEL);
	if (!edu.page)
		return -ENOMEM;
	err = misc_register(&edu_misc);
	if (!err)
		edu.pci = pci;
	return err;
}

static void edu_remove(struct pci_dev *pci)
{
	misc_deregister(&edu_misc);
	edu.pci = NULL;
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "edu-dma",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Test: DMA of QEMU's edu to what a program says");
/* As MODULE_IMPORT_NS() does, whose argument was not always a string. */
MODULE_INFO(import_ns, "DMA_BUF");
MODULE_LICENSE("GPL");
