# SPDX-License-Identifier: GPL-2.0
# Target: Documentation/admin-guide/index.rst
# Before: 1 ^   video-output$
# Before: 0 ^   xen-unpopulated$
# After: 1 ^   video-output$
# After: 1 ^   xen-unpopulated$
#
# Enter the page into the guide's table of contents.

{ print }
/^   video-output$/ { print "   xen-unpopulated" }
