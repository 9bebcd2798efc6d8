// SPDX-License-Identifier: GPL-2.0
/*
 * Slab memory, cache by cache. /proc/slabinfo counts each object of a slab that a processor holds as
 * active, used or not; shrinking a cache makes the processors give their slabs back first, so that
 * the figures are exact. The kernel must not merge caches (SLAB_MERGE_DEFAULT=n).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpbench.h"

#define CACHES_MAX	512

struct cache {
	char name[64];
	unsigned long active;	/* objects in use */
	unsigned long size;	/* bytes of one, with its padding */
};

struct slab_snapshot {
	size_t count;
	struct cache caches[CACHES_MAX];
};

/* A cache that cannot be shrunk says so; its figure is good to a slab. */
static void shrink_all(void)
{
	struct dirent *entry;
	DIR *directory = opendir("/sys/kernel/slab");

	if (!directory)
		die("/sys/kernel/slab");
	while ((entry = readdir(directory))) {
		char path[sizeof("/sys/kernel/slab//shrink") + sizeof(entry->d_name)];
		int fd;

		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "1", 1) != 1)
			errno = 0;
		if (fd >= 0)
			close(fd);
	}
	closedir(directory);
}

struct slab_snapshot *slab_take(void)
{
	struct slab_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	char line[512];
	FILE *file;

	if (!snapshot)
		die("memory");
	shrink_all();
	file = fopen("/proc/slabinfo", "r");
	if (!file)
		die("/proc/slabinfo");
	while (snapshot->count < CACHES_MAX && fgets(line, sizeof(line), file)) {
		struct cache *cache = &snapshot->caches[snapshot->count];

		if (sscanf(line, "%63s %lu %*u %lu", cache->name, &cache->active, &cache->size) == 3)
			snapshot->count++;
	}
	fclose(file);
	return snapshot;
}

void slab_free(struct slab_snapshot *snapshot) { free(snapshot); }

static unsigned long active_before(const struct slab_snapshot *before, const struct cache *cache)
{
	for (size_t i = 0; i < before->count; i++)
		if (!strcmp(before->caches[i].name, cache->name))
			return before->caches[i].active;
	return 0;
}

/* Caches that changed by less than an object for every second unit have to do with something else. */
double slab_growth(const struct slab_snapshot *before, const struct slab_snapshot *after,
		   const char *mode, const char *stack, unsigned int units)
{
	double sum = 0;

	for (size_t i = 0; i < after->count; i++) {
		const struct cache *cache = &after->caches[i];
		double objects = ((double)cache->active - active_before(before, cache)) / units;

		if (fabs(objects) < 0.5)
			continue;
		printf("cache %s %s %s %.3f %lu\n", mode, stack, cache->name, objects, cache->size);
		sum += objects * cache->size;
	}
	return sum;
}
