// SPDX-License-Identifier: GPL-2.0
// Target: drivers/xen/balloon.c
// Before: 1 ^	register_sysctl_(init|table)\(.*\);$
// After: 1 ^		register_sysctl_(init|table)\(.*\);$
//
// The function that registers the sysctl has had two names.

@@
identifier register_it =~ "^register_sysctl_(init|table)$";
expression list what;
@@
-register_it(what);
+if (!xen_direct_mapped())
+	register_it(what);
