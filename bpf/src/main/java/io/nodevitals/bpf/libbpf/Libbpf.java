// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libbpf.so.1 that the agent calls, named as in {@code bpf/libbpf.h} and {@code bpf/bpf.h}.
 *
 * <p>All are in libbpf 1.0 and later. A function that returns int gives {@code -errno} when it fails; one that returns a pointer
 * gives NULL and leaves errno for {@link Native#lastErrno()} on the same thread. An opaque pointer belongs to its object and dies
 * with {@link #bpf_object__close}. libbpf does not lock: one object, one thread at a time.
 */
// The names are the linker's, not ours.
@SuppressWarnings({"MemberName", "checkstyle:MethodName"})
public interface Libbpf {
    /** Such as {@code v1.1}. */
    String libbpf_version_string();

    /** NULL silences libbpf; a callback would need a va_list. Returns the former function. */
    @Nullable
    Pointer libbpf_set_print(@Nullable Pointer function);

    /** CPUs that may ever come online: the slots of a per-CPU value. */
    int libbpf_num_possible_cpus();

    /** Parses an ELF image; libbpf keeps no reference to {@code elf} after it returns. */
    @Nullable
    Pointer bpf_object__open_mem(Pointer elf, long sizeBytes, Pointer options);

    /** Creates maps, relocates, loads programs. Only once for an object, whether it succeeds or not. */
    int bpf_object__load(Pointer object);

    void bpf_object__close(Pointer object);

    @Nullable
    Pointer bpf_object__find_program_by_name(Pointer object, String name);

    int bpf_program__set_autoload(Pointer program, boolean autoload);

    /** The verifier writes here when a load fails; {@code buffer} must outlive {@link #bpf_object__load}. */
    int bpf_program__set_log_buf(Pointer program, Pointer buffer, long sizeBytes);

    int bpf_program__fd(Pointer program);

    /** By the program's section name. Returns a {@code struct bpf_link *}. */
    @Nullable
    Pointer bpf_program__attach(Pointer program);

    /** {@code options}: {@code struct bpf_kprobe_multi_opts}. Returns a {@code struct bpf_link *}. */
    @Nullable
    Pointer bpf_program__attach_kprobe_multi_opts(Pointer program, @Nullable String pattern, Pointer options);

    /** {@code options}: {@code struct bpf_iter_attach_opts}. Returns a {@code struct bpf_link *}. */
    @Nullable
    Pointer bpf_program__attach_iter(Pointer program, Pointer options);

    /** A descriptor from which to read(2) what the program writes. */
    int bpf_iter_create(int linkFd);

    int bpf_link__fd(Pointer link);

    /** Detaches and frees. */
    int bpf_link__destroy(Pointer link);

    /** A name that begins with a dot, such as {@code .rodata}, finds the section's map. */
    @Nullable
    Pointer bpf_object__find_map_by_name(Pointer object, String name);

    int bpf_map__fd(Pointer map);

    /** Before load: use this existing map (its descriptor is duplicated) instead of creating one. */
    int bpf_map__reuse_fd(Pointer map, int fd);

    int bpf_map__set_max_entries(Pointer map, int maxEntries);

    int bpf_map__max_entries(Pointer map);

    /** The memory that becomes the map's content at load; its size goes to {@code sizeBytes} (size_t). */
    @Nullable
    Pointer bpf_map__initial_value(Pointer map, Pointer sizeBytes);

    int bpf_map_lookup_batch(
            int fd,
            @Nullable Pointer inBatch,
            Pointer outBatch,
            Pointer keys,
            Pointer values,
            Pointer count,
            @Nullable Pointer options);

    int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

    int bpf_map_delete_elem(int fd, Pointer key);

    /** {@code infoLength} (u32) in and out; {@code info} must be zeroed. */
    int bpf_obj_get_info_by_fd(int fd, Pointer info, Pointer infoLength);
}
