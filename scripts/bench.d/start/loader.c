/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 *   loader DIRECTORY PROBE:METHOD...
 *
 * What a C program on libbpf does to start: the shared maps from maps.bpf.o, then
 * of each probe's object the programs of one attach method, loaded and attached.
 * Says "attached PROGRAMS" and waits for the end of its input.
 *
 * The programs' knobs keep their defaults: they are not for watching.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static struct bpf_object *maps;
static int attached;

static void fail(const char *what, int error)
{
	fprintf(stderr, "loader: %s: %s\n", what, strerror(error));
	exit(1);
}

static struct bpf_object *open_object(const char *directory, const char *name)
{
	char path[4096];
	struct bpf_object *object;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", directory, name);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		fail(path, errno);
	return object;
}

static void load(struct bpf_object *object, const char *name)
{
	int error = bpf_object__load(object);

	if (error)
		fail(name, -error);
}

/* Room for every program on every CPU, as the agent gives it. */
static void make_maps(const char *directory)
{
	struct bpf_map *counters;

	maps = open_object(directory, "maps");
	counters = bpf_object__find_map_by_name(maps, "counters");
	bpf_map__set_max_entries(counters, bpf_map__max_entries(counters) * libbpf_num_possible_cpus());
	load(maps, "maps");
}

static void lend_maps(struct bpf_object *borrower)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, maps) {
		struct bpf_map *twin = bpf_object__find_map_by_name(borrower, bpf_map__name(map));

		if (twin && !bpf_map__is_internal(map) && bpf_map__reuse_fd(twin, bpf_map__fd(map)))
			fail(bpf_map__name(map), errno);
	}
}

static int ends_in(const char *text, const char *method)
{
	size_t length = strlen(text), end = strlen(method);

	return length > end + 2 && !strcmp(text + length - end, method) && !strncmp(text + length - end - 2, "__", 2);
}

static void attach(const char *directory, const char *probe, const char *method)
{
	struct bpf_object *object = open_object(directory, probe);
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, ends_in(bpf_program__name(program), method));
	lend_maps(object);
	load(object, probe);
	bpf_object__for_each_program(program, object) {
		if (!ends_in(bpf_program__name(program), method))
			continue;
		if (!bpf_program__attach(program))
			fail(bpf_program__name(program), errno);
		attached++;
	}
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: loader DIRECTORY PROBE:METHOD...\n");
		return 2;
	}
	make_maps(argv[1]);
	for (int i = 2; i < argc; i++) {
		char *method = strchr(argv[i], ':');

		if (!method)
			fail(argv[i], EINVAL);
		*method = 0;
		attach(argv[1], argv[i], method + 1);
	}
	printf("attached %d\n", attached);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
