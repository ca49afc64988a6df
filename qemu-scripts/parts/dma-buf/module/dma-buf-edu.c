// SPDX-License-Identifier: GPL-2.0
/*
 * Test module: QEMU's device "edu" does DMA to a dma-buf.
 *
 * A program attaches the device to a dma-buf of its own (EDU_ATTACH on
 * /dev/dma-buf-edu). pread() then gives what the device reads at that offset, and
 * pwrite() has it write there, at most a page at a time. The device has a buffer
 * of 4 KiB that only DMA reaches, so each goes through it, to or from a page of
 * this domain's own. A transfer takes the device a tenth of a second.
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

#define EDU_ATTACH	_IOWR('E', 1, struct edu_attach)

static struct {
	struct mutex lock;	/* all of it; the device does one thing at a time */
	struct pci_dev *pci;
	void __iomem *regs;
	void *page;
	dma_addr_t page_address;
	struct dma_buf *buf;
	struct dma_buf_attachment *attachment;
	struct sg_table *segments;
} edu = {
	.lock = __MUTEX_INITIALIZER(edu.lock),
};

static unsigned int bits = 64;
module_param(bits, uint, 0444);
MODULE_PARM_DESC(bits, "of the addresses that the device reaches");

static void detach(void)
{
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

	writeq(to_ram ? EDU_BUFFER : address, edu.regs + EDU_SOURCE);
	writeq(to_ram ? address : EDU_BUFFER, edu.regs + EDU_TARGET);
	writeq(count, edu.regs + EDU_COUNT);
	writeq(EDU_START | (to_ram ? EDU_TO_RAM : 0), edu.regs + EDU_COMMAND);
	return readl_poll_timeout(edu.regs + EDU_COMMAND, command, !(command & EDU_START),
				  1000, 10 * USEC_PER_SEC);
}

/* The address of @offset in the dma-buf, and up to where it is one segment. */
static int find_segment(loff_t offset, dma_addr_t *address, size_t *count)
{
	struct scatterlist *sg;
	unsigned int i;

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
	struct edu_attach args;
	long ret;

	if (command != EDU_ATTACH)
		return -ENOTTY;
	if (copy_from_user(&args, (void __user *)argument, sizeof(args)))
		return -EFAULT;
	mutex_lock(&edu.lock);
	ret = attach(&args);
	mutex_unlock(&edu.lock);
	if (ret >= 0 && copy_to_user((void __user *)argument, &args, sizeof(args)))
		return -EFAULT;
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
	.name = "dma-buf-edu",
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
	.name = "dma-buf-edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Test: DMA of QEMU's edu to a dma-buf");
/* As MODULE_IMPORT_NS() does, whose argument was not always a string. */
MODULE_INFO(import_ns, "DMA_BUF");
MODULE_LICENSE("GPL");
