// SPDX-License-Identifier: GPL-2.0
/*
 * mark N - have the counts of instructions printed, as mark N
 *
 * By three hints that do nothing on an Arm CPU: one begins, one counts, one ends. See
 * plugin/count-instructions.c.
 */
#include <stdlib.h>

int main(int argc, char **argv)
{
#ifdef __aarch64__
	int n = argc == 2 ? atoi(argv[1]) : 0;

	asm volatile("hint #64");
	while (n--)
		asm volatile("hint #65");
	asm volatile("hint #66");
#endif
	return 0;
}
