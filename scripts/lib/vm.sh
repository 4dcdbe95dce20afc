# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a virtual machine is made of: Debian kernels, QEMU 10 or newer and virtiofsd (Debian 12's QEMU 7.2 corrupts flags after
# cmpxchg16b, and 6.12 crashes in half of its boots), busybox. Fetched once by apt, which verifies them, into a cache of their own;
# the system's package lists and packages stay as they are. Needs common.sh.

VM_CACHE=${NODEVITALS_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nodevitals/vm}
# shellcheck disable=SC2034  # read by those who source this
VM_KERNELS=(5.10 6.1 6.12 6.18 7.3)
VM_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The release that is pinned, as it stands in the package's name; when apt no longer serves it the newest of the series is taken.
vm_pinned_release() {
    case $1 in
        5.10) echo 5.10.0-32 ;;
        6.1) echo 6.1.0-50 ;;
        6.12) echo 6.12.107+deb13 ;;
        6.18) echo 6.18.15+deb13 ;;
        7.3) echo 7.3.4+deb13 ;;
        *) return 1 ;;
    esac
}

# vm_unavailable REASON: what cannot be checked here is said so, with the status that means it.
vm_unavailable() {
    printf 'SKIPPED virtual machine: %s\n' "$*"
    exit 3
}

vm_require_host() {
    local tool
    [ "$(uname -s)" = Linux ] || vm_unavailable "this is $(uname -s), not Linux"
    [ "$(uname -m)" = x86_64 ] || vm_unavailable "this is $(uname -m); the machines share this system's root and are x86_64"
    is_root || vm_unavailable "not root (this system's root file system is shared with the machine)"
    for tool in apt-get apt-cache dpkg-deb flock timeout; do
        have "$tool" || vm_unavailable "$tool is missing (the kernels are Debian packages)"
    done
}

# The archive that this machine's own apt configuration names for Debian itself, not for its security updates.
vm_mirror() {
    if [ -n "${NODEVITALS_VM_MIRROR:-}" ]; then
        echo "${NODEVITALS_VM_MIRROR%/}"
        return
    fi
    apt-get -o Debug::NoLocking=true update --print-uris 2>/dev/null |
        sed -n "s#^'\(.*\)/dists/\(bullseye\|bookworm\|trixie\|forky\|sid\|oldstable\|stable\|testing\)/InRelease' .*#\1#p" | head -n 1
}

vm_apt() {
    local command=$1
    shift
    "$command" -q -o Dir::Etc::SourceList="$VM_CACHE/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=- \
        -o Dir::State="$VM_CACHE/apt" -o Dir::State::Lists="$VM_CACHE/apt/lists" -o Dir::State::Status="$VM_CACHE/apt/status" \
        -o Dir::Cache="$VM_CACHE/apt" -o Dir::Cache::Archives="$VM_CACHE/apt/archives" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User=root \
        -o APT::Update::Post-Invoke-Success::= -o Acquire::Retries=2 "$@" </dev/null
}

# Writes our own source list and reads the package lists, unless that was done within the hour.
vm_read_lists() {
    local mirror suite
    [ -n "$(find "$VM_CACHE/apt/read" -mmin -60 2>/dev/null)" ] && return 0
    [ -e "$VM_KEYRING" ] || vm_unavailable "Debian's archive keys are missing (apt-get install debian-archive-keyring)"
    mirror=$(vm_mirror)
    [ -n "$mirror" ] || vm_unavailable "this machine's apt sources name no Debian archive; set NODEVITALS_VM_MIRROR to one"
    mkdir -p "$VM_CACHE/apt/lists/partial" "$VM_CACHE/apt/archives/partial"
    : >"$VM_CACHE/apt/status"
    for suite in bullseye bookworm trixie trixie-backports; do
        echo "deb [arch=amd64 signed-by=$VM_KEYRING] $mirror $suite main"
    done >"$VM_CACHE/apt/sources.list"
    warn "reading Debian's package lists for the virtual machines"
    vm_apt apt-get update >"$VM_CACHE/apt/log" 2>&1 ||
        vm_unavailable "apt could not read Debian's package lists: $(grep -m 1 '^[EW]:' "$VM_CACHE/apt/log")"
    : >"$VM_CACHE/apt/read"
}

# QEMU, virtiofsd and busybox with all their libraries and loader, unpacked beside the system.
vm_prepare_tools() {
    local archive target=$VM_CACHE/tools suite
    VM_TOOLS=$target
    [ -e "$target/complete" ] && return 0
    vm_read_lists
    rm -rf "$target" "$VM_CACHE/apt/archives"/*.deb
    for suite in trixie-backports trixie; do
        if vm_apt apt-get install --download-only -y --no-install-recommends -t "$suite" \
            qemu-system-x86 virtiofsd busybox-static >"$VM_CACHE/apt/log" 2>&1; then
            break
        fi
    done
    mkdir -p "$target"
    for archive in "$VM_CACHE/apt/archives"/*.deb; do
        [ -e "$archive" ] || vm_unavailable "apt could not fetch QEMU: $(grep -m 1 '^E:' "$VM_CACHE/apt/log")"
        dpkg-deb -x "$archive" "$target" || vm_unavailable "cannot unpack $archive"
    done
    rm -rf "$VM_CACHE/apt/archives"/*.deb "$target/usr/share/doc" "$target/usr/share/man" "$target/usr/share/locale"
    (vm_tool qemu-system-x86_64 --version) >"$target/complete.new" ||
        vm_unavailable "the unpacked QEMU does not start"
    mv "$target/complete.new" "$target/complete"
    warn "fetched $(head -n 1 "$target/complete")"
}

# vm_tool NAME ARGUMENT...: becomes a tool of the cache, started through the loader it was linked for; call it in a subshell.
vm_tool() {
    local file
    for file in "$VM_TOOLS/usr/bin/$1" "$VM_TOOLS/usr/libexec/$1"; do
        if [ -x "$file" ]; then
            shift
            QEMU_MODULE_DIR=$VM_TOOLS/usr/lib/x86_64-linux-gnu/qemu exec "$VM_TOOLS/usr/lib64/ld-linux-x86-64.so.2" \
                --library-path "$VM_TOOLS/usr/lib/x86_64-linux-gnu" "$file" "$@"
        fi
    done
    warn "no $1 in $VM_TOOLS"
    exit 127
}

vm_busybox() { "$VM_TOOLS/usr/bin/busybox" "$@"; }

# vm_kernel_release SERIES: the pinned release when the lists have it, else the newest of its series.
vm_kernel_release() {
    local pinned=$1
    pinned=$(vm_pinned_release "$1")
    if vm_apt apt-cache show "linux-image-$pinned-cloud-amd64" >/dev/null 2>&1; then
        echo "$pinned"
        return
    fi
    vm_apt apt-cache pkgnames "linux-image-$1." |
        sed -n 's/^linux-image-\(.*\)-cloud-amd64$/\1/p' | sort -V | tail -n 1
}

# Kernel, modules and initrd of a series under $VM_CACHE/kernels; sets VM_KERNEL_DIRECTORY.
vm_prepare_kernel() {
    local series=$1 pinned release package part directory
    pinned=$(vm_pinned_release "$series")
    VM_KERNEL_DIRECTORY=$VM_CACHE/kernels/$pinned
    if [ -d "$VM_KERNEL_DIRECTORY" ]; then
        [ "$VM_KERNEL_DIRECTORY/initrd" -nt "$PROJECT/scripts/lib/vm.sh" ] || vm_make_initrd "$VM_KERNEL_DIRECTORY" ||
            vm_unavailable "cannot write $VM_KERNEL_DIRECTORY/initrd"
        return 0
    fi
    vm_read_lists
    release=$(vm_kernel_release "$series")
    [ -n "$release" ] || vm_unavailable "Debian's archive here serves no kernel $series"
    directory=$VM_KERNEL_DIRECTORY.new
    rm -rf "$directory"
    mkdir -p "$directory/packages"
    # Newer kernels are split in three packages, older ones are all in the first.
    for part in image binary modules; do
        package=linux-$part-$release-cloud-amd64
        vm_apt apt-cache show "$package" >/dev/null 2>&1 || continue
        (cd "$directory/packages" && vm_apt apt-get download "$package") >"$VM_CACHE/apt/log" 2>&1 ||
            vm_unavailable "apt could not fetch $package: $(grep -m 1 '^E:' "$VM_CACHE/apt/log")"
    done
    for package in "$directory/packages"/*.deb; do
        dpkg-deb -x "$package" "$directory/root" || vm_unavailable "cannot unpack $package"
    done
    rm -rf "$directory/packages"
    find "$directory/root" -name 'vmlinuz*' -type f -exec cp {} "$directory/vmlinuz" \;
    find "$directory/root" -path '*/lib/modules/*' -prune -type d -exec mv {} "$directory/modules" \;
    rm -rf "$directory/root"
    if [ ! -e "$directory/vmlinuz" ] || [ ! -d "$directory/modules" ]; then
        vm_unavailable "linux-image-$release-cloud-amd64 holds no kernel or no modules"
    fi
    [ "$release" = "$pinned" ] || warn "kernel $series: $pinned is no longer served, using $release"
    vm_make_initrd "$directory" || vm_unavailable "cannot make the initrd of $release"
    rm -rf "$VM_KERNEL_DIRECTORY"
    mv "$directory" "$VM_KERNEL_DIRECTORY"
    warn "fetched linux-image-$release-cloud-amd64"
}

# busybox and the modules that mount a shared root, in the order in which they load; made again when this file is newer.
vm_make_initrd() {
    local directory=$1 root=$1/initrd.root
    rm -rf "$root"
    mkdir -p "$root/bin" "$root/modules"
    cp "$VM_TOOLS/usr/bin/busybox" "$root/bin/busybox"
    VM_MODULE_ORDER=()
    vm_add_module "$directory" virtio_pci
    vm_add_module "$directory" virtiofs
    vm_add_module "$directory" overlay
    vm_add_module "$directory" binfmt_misc
    printf '%s\n' "${VM_MODULE_ORDER[@]}" >"$root/modules/order"
    (cd "$root" && find . | vm_busybox cpio -o -H newc) >"$directory/initrd" 2>/dev/null && rm -rf "$root"
}

# Puts a module behind those it depends on; one that is not there is built in.
vm_add_module() {
    local directory=$1 name=$2 file dependency target
    target=$directory/initrd.root/modules/$name.ko
    [ -e "$target" ] && return 0
    file=$(find "$directory/modules" -name "${name//_/[-_]}.ko*" -type f | head -n 1)
    case $file in
        "") return 0 ;;
        *.xz) vm_busybox xz -dc "$file" >"$target" ;;
        *) cp "$file" "$target" ;;
    esac
    for dependency in $(tr '\0' '\n' <"$target" | sed -n 's/^depends=//p' | tr ',' ' '); do
        vm_add_module "$directory" "${dependency//-/_}"
    done
    VM_MODULE_ORDER+=("$name")
}

# vm_prepare SERIES: everything that SERIES needs, by one process at a time.
vm_prepare() {
    mkdir -p "$VM_CACHE" || vm_unavailable "cannot write to $VM_CACHE"
    exec 7>"$VM_CACHE/lock"
    flock 7
    vm_prepare_tools
    vm_prepare_kernel "$1"
    exec 7>&-
}
