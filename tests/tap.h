/* SPDX-License-Identifier: GPL-2.0 */
/* Tests in C speak TAP, by cmocka; tests in shell have tap.sh. */
#ifndef TAP_H
#define TAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* CASE=text: only the tests that have it in their name. */
static inline void speak_tap(void)
{
	static char pattern[128];
	const char *text = getenv("CASE");

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!text)
		return;
	snprintf(pattern, sizeof(pattern), "*%s*", text);
	cmocka_set_test_filter(pattern);
}

#endif
