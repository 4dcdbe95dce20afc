/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The BPF programs that a process holds open, from /proc/PID/fdinfo. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define HELD_MOST 128

static int compare_ids(const void *left, const void *right)
{
	unsigned int a = *(const unsigned int *)left, b = *(const unsigned int *)right;

	return (a > b) - (a < b);
}

/* Fills `ids`, each once, ascending; returns how many there are. */
static int held_programs(const char *pid, unsigned int *ids)
{
	char path[300], line[128];
	struct dirent *entry;
	int count = 0, unique = 0;
	FILE *file;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	directory = opendir(path);
	if (!directory)
		return 0;
	while ((entry = readdir(directory)) && count < HELD_MOST) {
		unsigned int id;

		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "prog_id: %u", &id) == 1 && count < HELD_MOST)
				ids[count++] = id;
		fclose(file);
	}
	closedir(directory);
	qsort(ids, count, sizeof(*ids), compare_ids);
	for (int i = 0; i < count; i++)
		if (!unique || ids[unique - 1] != ids[i])
			ids[unique++] = ids[i];
	return unique;
}
