// SPDX-License-Identifier: Apache-2.0
/* Damages a 64-bit ELF file in one known way. */
#include "program.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static Elf64_Phdr *header(char *file, unsigned int type)
{
	Elf64_Ehdr *elf = (Elf64_Ehdr *)file;
	Elf64_Phdr *headers = (Elf64_Phdr *)(file + elf->e_phoff);

	for (int i = 0; i < elf->e_phnum; i++)
		if (headers[i].p_type == type)
			return headers + i;
	must(0);
	return 0;
}

static void move_strings(char *file)
{
	Elf64_Dyn *entry = (Elf64_Dyn *)(file + header(file, PT_DYNAMIC)->p_offset);

	while (entry->d_tag != DT_STRTAB)
		entry++;
	entry->d_un.d_ptr = 0x123456789000;
}

int patch(const char *action, char **argv)
{
	Elf64_Ehdr *elf;
	struct stat status;
	char *file, *how = argv[1];
	int descriptor;

	if (strcmp(action, "patch")) /* FILE HOW */
		return -1;
	descriptor = open(argv[0], O_RDWR);
	must(descriptor >= 0 && !fstat(descriptor, &status));
	file = mmap(0, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	must(file != MAP_FAILED);
	elf = (Elf64_Ehdr *)file;
	if (!strcmp(how, "foreign")) /* for the other of two architectures */
		elf->e_machine = elf->e_machine == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
	else if (!strcmp(how, "header-size"))
		elf->e_phentsize = 1;
	else if (!strcmp(how, "object")) /* the type of a .o file */
		elf->e_type = ET_REL;
	else if (!strcmp(how, "memory-size")) /* less memory than file: seen when the old program is gone */
		header(file, PT_LOAD)->p_memsz = header(file, PT_LOAD)->p_filesz - 1;
	else if (!strcmp(how, "interpreter-name")) /* without a NUL at its end */
		header(file, PT_INTERP)->p_filesz--;
	else if (!strcmp(how, "strings")) /* its dynamic loader will look for names where nothing is */
		move_strings(file);
	else
		return 98;
	return munmap(file, status.st_size);
}
