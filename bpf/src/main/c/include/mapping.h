/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "types.h"

#define NV_MAPPING_NAME_LENGTH 64

enum nv_mapping_state {
	NV_MAPPING_UNKNOWN = 0, /* nobody looked, or it changed under the look */
	NV_MAPPING_NONE = 1,    /* nothing is mapped there */
	NV_MAPPING_FOUND = 2,
};

enum nv_mapping_flag {
	NV_MAPPING_FLAG_READ = 1,
	NV_MAPPING_FLAG_WRITE = 2,
	NV_MAPPING_FLAG_EXECUTE = 4,
	NV_MAPPING_FLAG_SHARED = 8,
	NV_MAPPING_FLAG_FILE = 16,  /* `file_offset` and `name` are filled */
	NV_MAPPING_FLAG_STACK = 32, /* the main thread's stack, or one that grows down */
	NV_MAPPING_FLAG_HEAP = 64,  /* what brk moves */
};

/* What an address of a process lies in: struct vm_area_struct, as far as it tells. */
struct nv_mapping {
	u64 start;
	u64 end;         /* the first byte behind it */
	u64 file_offset; /* of the address, in bytes */
	u32 state;       /* enum nv_mapping_state */
	u32 flags;       /* enum nv_mapping_flag */
	char name[NV_MAPPING_NAME_LENGTH]; /* the file's own, without directories */
};
_Static_assert(sizeof(struct nv_mapping) == 96, "layout is fixed");
