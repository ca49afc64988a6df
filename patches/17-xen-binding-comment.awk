# SPDX-License-Identifier: GPL-2.0
# Target: arch/arm/xen/enlighten.c
# Before: 1 Documentation/devicetree/bindings/arm/xen\.txt
# After: 0 Documentation/devicetree/bindings/arm/xen\.txt
# After: 1 Documentation/devicetree/bindings/arm/xen\.yaml
#
# The one reference to it is a comment.

{ sub(/bindings\/arm\/xen\.txt/, "bindings/arm/xen.yaml"); print }
