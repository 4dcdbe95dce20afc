# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # files and here are stage's
# The programs, scripts and roots of the cases, made once in $files. Sourced by stage.

build_files() {
    local newer
    newer=$(find "$here" -newer "$files/.made" -print -quit 2>&1) || true
    [ -n "$newer" ] || return 0
    rm -rf "$files"
    mkdir -p "$files"
    compile
    make_executables
    make_scripts
    make_roots
    chmod -R go+rX "$files"
    chmod 700 "$files/closed"
    : >"$files/.made"
}

compile() {
    local -a options=(-O1 -Wall -Wextra -pthread "-Wl,-rpath,\$ORIGIN")
    gcc "${options[@]}" -shared -fPIC -Wl,-soname,libstory.so "$here/library.c" -o "$files/libstory.so"
    gcc "${options[@]}" "$here"/{program,end,start,patch}.c "$files/libstory.so" -o "$files/program"
    # One that starts where it should not is found out by its code.
    printf 'int main(void) { return 98; }\n' >"$files/tool.c"
    gcc "${options[@]}" "$files/tool.c" -o "$files/tool"
    gcc "${options[@]}" -static "$files/tool.c" -o "$files/tool-static"
    gcc "${options[@]}" -Wl,--no-as-needed "$files/tool.c" "$files/libstory.so" -o "$files/tool-with-library"
    interpreted no-loader /lib/ld-nowhere.so.1
    interpreted musl-tool "/lib/ld-musl-$(uname -m).so.1"
    interpreted text-loader "$files/notes.txt"
    interpreted short-text-loader "$files/note.txt"
    interpreted pipe-loader "$files/pipe"
    interpreted directory-loader "$files"
    interpreted plain-loader "$files/loader-0644"
    interpreted foreign-loader "$files/foreign"
    interpreted loop-loader "$files/loop-1"
}

# outdated DIRECTORY VERSION SOURCE: a program beside a library that is not the one it was linked with. STORY_2 is what it was linked with.
outdated() {
    local version=STORY_2
    local -a library=(-shared -fPIC "-Wl,-soname,libstory.so")
    mkdir "$files/$1"
    printf 'int other(void) { return 0; }\n' >"$files/other.c"
    printf 'int length_of(const char *); int main(void) { return 98 + length_of(""); }\n' >"$files/reader.c"
    printf 'STORY_2 { global: length_of; };\n' >"$files/version"
    gcc "${library[@]}" -Wl,--version-script="$files/version" "$here/library.c" -o "$files/$1/libstory.so"
    gcc "$files/reader.c" "$files/$1/libstory.so" "-Wl,-rpath,\$ORIGIN" -Wl,-z,now -o "$files/$1/reader"
    [ "$1" = empty-library ] || version=STORY_1
    printf '%s %s\n' "$version" "$2" >"$files/version"
    gcc "${library[@]}" -Wl,--version-script="$files/version" "$3" -o "$files/$1/libstory.so"
}

# interpreted NAME LOADER: a program that asks for that dynamic loader.
interpreted() { gcc -O1 "$files/tool.c" -Wl,--dynamic-linker="$2" -o "$files/$1"; }

# patched NAME HOW [FROM]
patched() {
    cp "$files/${3:-tool}" "$files/$1"
    "$files/program" - patch "$files/$1" "$2"
}

make_executables() {
    patched foreign foreign
    patched bad-headers header-size
    patched object object
    patched bad-memory-size memory-size
    patched bad-interpreter-name interpreter-name
    patched bad-strings strings tool-with-library
    head -c 40 "$files/tool" >"$files/cut-in-header"
    head -c 100 "$files/tool" >"$files/cut-before-headers"
    outdated old-library '{ global: length_of; };' "$here/library.c"
    outdated empty-library '{ global: other; };' "$files/other.c"
    mkdir "$files/without-library"
    cp "$files/tool-with-library" "$files/without-library/"
    cp "$files/tool" "$files/tool-0644"
    cp "$files/tool" "$files/loader-0644"
    chmod 755 "$files"/cut-*
    chmod 644 "$files"/*-0644
    mkfifo -m 755 "$files/pipe"
    ln -s loop-2 "$files/loop-1"
    ln -s loop-1 "$files/loop-2"
    mkdir "$files/closed"
    cp "$files/tool" "$files/closed/"
}

# script NAME TEXT
script() {
    printf '%b' "$2" >"$files/$1"
    chmod 755 "$files/$1"
}

make_scripts() {
    local depth
    script notes.txt 'just words, but as many as an ELF header has bytes, or the kernel would say that it cannot read it\n'
    script note.txt 'just words\n'
    script no-shebang 'echo hello\n'
    script empty ''
    script nameless '#!\necho hello\n'
    script no-python '#!/usr/bin/python9 -u\nprint(1)\n'
    script crlf '#!/bin/sh\r\necho hello\r\n'
    script closed-interpreter "#!$files/tool-0644\n"
    script deep-0 '#!/bin/true\n'
    for depth in 1 2 3 4 5 6; do script "deep-$depth" "#!$files/deep-$((depth - 1))\n"; done
}

# Small roots: of one libc each; only its dynamic loader is looked for.
make_roots() {
    local musl loader
    musl=/lib/ld-musl-$(uname -m).so.1
    mkdir -p "$files"/{musl,glibc}-root/{lib,lib64,bin}
    cp "$(readlink -e "$musl" || echo "$files/tool")" "$files/musl-root$musl"
    cp "$files/tool" "$files/musl-root/bin/glibc-tool"
    loader=$(LC_ALL=C ldd "$files/tool" | awk '$1 ~ /^\/lib.*ld/ { print $1 }')
    cp "$(readlink -e "$loader")" "$files/glibc-root$loader"
    cp "$files/musl-tool" "$files/glibc-root/bin/"
}
