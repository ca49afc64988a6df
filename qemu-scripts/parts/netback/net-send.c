// SPDX-License-Identifier: GPL-2.0
/*
 * net-send ADDRESS PORT - send what is on standard input, and print the answer
 *
 * All of it is handed over at once, so that there is always more for TCP to send than it
 * may: then frames are large. nc hands over a KiB at a time, and where that is slower than
 * the network no frame has more than fits into one of Ethernet's.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST	(64 << 20)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char *data = malloc(MOST), answer[4096];
	size_t size, sent = 0;
	ssize_t n;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: net-send ADDRESS PORT\n");
		return 2;
	}
	to.sin_port = htons(atoi(argv[2]));
	size = data ? fread(data, 1, MOST, stdin) : 0;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	for (; sent < size; sent += n) {
		n = write(fd, data + sent, size - sent);
		if (n < 0)
			die("write");
	}
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, answer, sizeof(answer))) > 0)
		fwrite(answer, 1, n, stdout);
	return n ? 1 : 0;
}
