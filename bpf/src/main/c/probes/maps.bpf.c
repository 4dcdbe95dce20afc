/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* No program: the object from which the agent creates the shared maps. */
#include "maps.bpf.h"
#include "layout.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
