/* elf_object.h - a relocatable ELF64 object file for x86-64, read as untrusted input.
 *
 * Opening checks the tables; what they refer to is checked where it is asked for.  Nothing is copied: the bytes must
 * stay. */
#pragma once

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cause.h"

enum { ELF_MAX_SECTIONS = 8192 };

struct elf_object {
	const unsigned char *bytes;
	size_t size;
	uint32_t n_sections, n_symbols;
	uint64_t sections_at, symbols_at;     /* offsets of the tables */
	uint64_t section_names, symbol_names; /* of string tables, which end in a null byte */
	uint64_t section_names_size, symbol_names_size;
};

/* Fill ret.  -EBADMSG with cause for what is not a complete object file with at most one symbol table. */
int elf_open(const void *bytes, size_t size, struct elf_object *ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Section number i < n_sections, whose contents were checked to lie in the file. */
Elf64_Shdr elf_section(const struct elf_object *elf, uint32_t i);

/* Its name, "?" if the name is bad. */
const char *elf_section_name(const struct elf_object *elf, uint32_t i);

/* Symbol number i < n_symbols, and its name ("?" if the name is bad). */
Elf64_Sym elf_symbol(const struct elf_object *elf, uint32_t i);
const char *elf_symbol_name(const struct elf_object *elf, uint32_t i);

/* Entry i of a SHT_RELA section; there are sh_size / sizeof(Elf64_Rela). */
Elf64_Rela elf_rela(const struct elf_object *elf, const Elf64_Shdr *section, uint64_t i);
