# SPDX-License-Identifier: GPL-2.0
# Subject: xen/gntdev: let DMA to a dma-buf reach the pages, not a copy
# Target: drivers/xen/gntdev-dmabuf.c
# Before: 1 ^#include <xen/xen\.h>$
# Before: 1 ^static int dmabuf_exp_ops_attach\(struct dma_buf \*dma_buf,$
# Before: 1 ^		if \(dma_map_sgtable\(attach->dev, sgt, dir,$
# Before: 0 xen_direct_mapped
# After: 1 ^#include <xen/direct-mapped\.h>$
# After: 1 ^static int dmabuf_map_sgt\(struct device \*dev, struct sg_table \*sgt,$
#
# A dma-buf of another domain's pages is mapped with neighbours by guest
# frame in one segment. Their machine frames do not follow one another, which
# is what counts for DMA in a direct-mapped domain. So swiotlb-xen bounces
# the segment. If it is larger than 256 KiB, mapping fails. Otherwise the
# device works on a copy, which DMA_ATTR_SKIP_CPU_SYNC has nobody ever copy
# back: the other domain waits for data in vain, and no error is reported.
# So far the allocator hid it, since it mostly hands out pages in falling
# order.
#
# Make each page a segment of its own there.
#
# A page is bounced for other reasons, too: a device that does not reach its
# address, an IOMMU whose driver cannot do without translation,
# swiotlb=force, pages larger than a grant. A bounce buffer serves a
# transfer, not memory that is shared, so refuse such a mapping.
#
# Other places that merge by guest frame, and can meet foreign pages:
#
# - block, all of it (bvec_try_merge_page(), biovec_phys_mergeable()): asks
#   xen_biovec_phys_mergeable() for the machine frames; pages that user space
#   gives are joined within a folio only, and each of these is one page.
# - network: a fragment is one page (or a compound one, which these are not).
# - scsiback: an entry of the scatter list is one page.
# - drm/xen, xen-front-pgdir, pvcalls, 9pfs, dma-buf import in gntdev: they
#   grant pages of this domain's own.
# - grant-dma-ops: grants frame by frame.
# - sg_alloc_table_from_pages() of pages that user space hands over (RDMA,
#   user pointers of V4L2 and DRM): a mapping of gntdev on Arm can be such
#   pages, one of privcmd cannot (VM_PFNMAP). V4L2 synchronizes each
#   transfer, so up to 256 KiB are right and more is refused. RDMA and DRM
#   keep the memory mapped, as a dma-buf does. They are not mended here.

{
	if (/^#include <xen\/xen\.h>$/)
		print "#include <xen/direct-mapped.h>"
	if (/^static int dmabuf_exp_ops_attach\(/) {
		print "/*"
		print " * A bounce buffer would serve a transfer, but a dma-buf is shared: nobody copies"
		print " * between the two."
		print " */"
		print "static int dmabuf_map_sgt(struct device *dev, struct sg_table *sgt,"
		print "\t\t\t  enum dma_data_direction dir)"
		print "{"
		print "\tstruct scatterlist *sg;"
		print "\tint ret, i;"
		print ""
		print "\tret = dma_map_sgtable(dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);"
		print "\tif (ret || !xen_direct_mapped())"
		print "\t\treturn ret;"
		print ""
		print "\tfor_each_sgtable_dma_sg(sgt, sg, i) {"
		print "\t\tphys_addr_t bfn = pfn_to_bfn(page_to_xen_pfn(sg_page(sg)));"
		print "\t\tdma_addr_t addr = sg_dma_address(sg);"
		print ""
		print "\t\t/* A device that does no DMA may go by guest frame. */"
		print "\t\tif (addr == phys_to_dma(dev, bfn << XEN_PAGE_SHIFT) ||"
		print "\t\t    addr == phys_to_dma(dev, sg_phys(sg)))"
		print "\t\t\tcontinue;"
		print "\t\tdev_err_ratelimited(dev,"
		print "\t\t\t\t    \"does not reach the pages of another domain's dma-buf\\n\");"
		print "\t\tdma_unmap_sgtable(dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);"
		print "\t\treturn -EIO;"
		print "\t}"
		print "\treturn 0;"
		print "}"
		print ""
	}
	print
}
