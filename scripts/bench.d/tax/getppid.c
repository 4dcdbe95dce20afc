/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 *   getppid CPU CHUNKS CALLS
 *
 * Nanoseconds of a getppid, which nobody traces: chunks of calls on one CPU, the
 * least and the median of the chunks' means. The least is what the path costs when
 * nothing else came between.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

int main(int argc, char **argv)
{
	int chunks = argc == 4 ? atoi(argv[2]) : 0, calls = argc == 4 ? atoi(argv[3]) : 0;
	double *means;
	cpu_set_t set;

	if (chunks < 1 || calls < 1) {
		fprintf(stderr, "usage: getppid CPU CHUNKS CALLS\n");
		return 2;
	}
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	means = calloc(chunks, sizeof(*means));
	if (!means || sched_setaffinity(0, sizeof(set), &set)) {
		perror("getppid");
		return 1;
	}
	for (int chunk = -chunks / 10; chunk < chunks; chunk++) {
		double begin = nanos();

		for (int call = 0; call < calls; call++)
			syscall(SYS_getppid);
		if (chunk >= 0)
			means[chunk] = (nanos() - begin) / calls;
	}
	qsort(means, chunks, sizeof(*means), compare);
	printf("%.2f %.2f\n", means[0], means[chunks / 2]);
	return 0;
}
