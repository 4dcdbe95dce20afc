// SPDX-License-Identifier: Apache-2.0
/* libstory.so: a library that believes what it is given. */
#include "program.h"

size_t length_of(const char *text)
{
	volatile const char *end = text;

	while (*end)
		end++;
	return end - text;
}
