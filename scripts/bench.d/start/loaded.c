/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 *   loaded PID
 *
 * When the kernel loaded the first and the last of a process's BPF programs, in
 * nanoseconds since boot.
 */
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "held.h"

int main(int argc, char **argv)
{
	unsigned int ids[HELD_MOST];
	unsigned long long first = ~0ULL, last = 0;
	int count;

	if (argc != 2) {
		fprintf(stderr, "usage: loaded PID\n");
		return 2;
	}
	count = held_programs(argv[1], ids);
	for (int i = 0; i < count; i++) {
		struct bpf_prog_info info = {};
		unsigned int size = sizeof(info);
		int program = bpf_prog_get_fd_by_id(ids[i]);

		if (program < 0 || bpf_obj_get_info_by_fd(program, &info, &size))
			continue;
		if (info.load_time < first)
			first = info.load_time;
		if (info.load_time > last)
			last = info.load_time;
		close(program);
	}
	if (!last) {
		fprintf(stderr, "loaded: process %s holds no program\n", argv[1]);
		return 1;
	}
	printf("%llu %llu\n", first, last);
	return 0;
}
