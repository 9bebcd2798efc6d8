// SPDX-License-Identifier: GPL-2.0
/*
 * Credits the kernel's random pool with what standard input gives. The pool of a fresh guest is
 * not ready, and until it is every random number costs some 40,000 instructions.
 */
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SEED_SIZE	512

int main(void)
{
	struct {
		struct rand_pool_info info;
		unsigned char bytes[SEED_SIZE];
	} seed;
	unsigned char bytes[SEED_SIZE];
	ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
	int pool;

	if (size <= 0) {
		fprintf(stderr, "seed-random: nothing on standard input\n");
		return 1;
	}
	seed.info.entropy_count = size * 8;
	seed.info.buf_size = size;
	memcpy(seed.info.buf, bytes, size);
	pool = open("/dev/random", O_RDWR);
	if (pool < 0) {
		perror("seed-random: open /dev/random");
		return 1;
	}
	if (ioctl(pool, RNDADDENTROPY, &seed)) {
		perror("seed-random: RNDADDENTROPY");
		return 1;
	}
	return 0;
}
