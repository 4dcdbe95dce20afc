/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Ends with 99 when it was not. */
void must(int fine);

/* Moves this process into the cgroup of that cgroup.procs file; "-": none. */
void join(const char *procs);

/* In libstory.so: reads through its argument. */
size_t length_of(const char *text);

/* Each does ACTION when it is one of its own and gives the exit code; -1 when it is not. */
int end(const char *action, char **argv);
int start(const char *action, char **argv);
int patch(const char *action, char **argv);

#endif
