/* elf_object.c - see elf_object.h; ELF-64 Object File Format and the System V ABI's x86-64 supplement */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/elf_object.h"

#define refuse(...) cause_set(cause, -EBADMSG, __VA_ARGS__)

/* The file need not be aligned, hence copies. */
static void take(const struct elf_object *elf, uint64_t at, void *to, size_t size)
{
	memcpy(to, elf->bytes + at, size);
}

static bool lies_inside(const struct elf_object *elf, uint64_t at, uint64_t size)
{
	return at <= elf->size && size <= elf->size - at;
}

Elf64_Shdr elf_section(const struct elf_object *elf, uint32_t i)
{
	Elf64_Shdr section;
	take(elf, elf->sections_at + i * sizeof(section), &section, sizeof(section));
	return section;
}

Elf64_Sym elf_symbol(const struct elf_object *elf, uint32_t i)
{
	Elf64_Sym symbol;
	take(elf, elf->symbols_at + i * sizeof(symbol), &symbol, sizeof(symbol));
	return symbol;
}

Elf64_Rela elf_rela(const struct elf_object *elf, const Elf64_Shdr *section, uint64_t i)
{
	Elf64_Rela rela;
	take(elf, section->sh_offset + i * sizeof(rela), &rela, sizeof(rela));
	return rela;
}

const char *elf_section_name(const struct elf_object *elf, uint32_t i)
{
	uint32_t name = elf_section(elf, i).sh_name;
	return name < elf->section_names_size ? (const char *)elf->bytes + elf->section_names + name : "?";
}

const char *elf_symbol_name(const struct elf_object *elf, uint32_t i)
{
	uint32_t name = elf_symbol(elf, i).st_name;
	return name < elf->symbol_names_size ? (const char *)elf->bytes + elf->symbol_names + name : "?";
}

static int header_check(const struct elf_object *elf, Elf64_Ehdr *ret, struct cause *cause)
{
	static const unsigned char ident[] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT
	};
	if (elf->size < sizeof(*ret))
		return refuse("%zu bytes are no object file", elf->size);
	take(elf, 0, ret, sizeof(*ret));
	if (memcmp(ret->e_ident, ident, sizeof(ident)) != 0)
		return refuse("not an ELF64 file in little-endian byte order");
	if (ret->e_type != ET_REL || ret->e_machine != EM_X86_64)
		return refuse("not a relocatable file for x86-64 (type %u, machine %u)", ret->e_type, ret->e_machine);
	if (ret->e_shentsize != sizeof(Elf64_Shdr) || ret->e_shnum < 2 || ret->e_shnum > ELF_MAX_SECTIONS ||
	    !lies_inside(elf, ret->e_shoff, (uint64_t)ret->e_shnum * sizeof(Elf64_Shdr)))
		return refuse("the table of %u sections at %#llx is not inside the file of %zu bytes", ret->e_shnum,
			      (unsigned long long)ret->e_shoff, elf->size);
	return 0;
}

static int strings_open(const struct elf_object *elf, uint32_t i, uint64_t *ret_at, uint64_t *ret_size,
			struct cause *cause)
{
	if (i == 0 || i >= elf->n_sections)
		return refuse("section %u of the names does not exist", i);
	Elf64_Shdr section = elf_section(elf, i);
	if (section.sh_type != SHT_STRTAB || section.sh_size == 0 ||
	    elf->bytes[section.sh_offset + section.sh_size - 1] != '\0')
		return refuse("section %u does not hold names", i);
	*ret_at = section.sh_offset;
	*ret_size = section.sh_size;
	return 0;
}

static int symbols_open(struct elf_object *elf, const Elf64_Shdr *section, struct cause *cause)
{
	if (elf->n_symbols)
		return refuse("two symbol tables");
	uint64_t n = section->sh_size / sizeof(Elf64_Sym);
	if (section->sh_entsize != sizeof(Elf64_Sym) || n == 0 || n > UINT32_MAX)
		return refuse("a symbol table of %llu entries of %llu bytes", (unsigned long long)n,
			      (unsigned long long)section->sh_entsize);
	elf->symbols_at = section->sh_offset;
	elf->n_symbols = (uint32_t)n;
	return strings_open(elf, section->sh_link, &elf->symbol_names, &elf->symbol_names_size, cause);
}

static int sections_check(struct elf_object *elf, struct cause *cause)
{
	for (uint32_t i = 1; i < elf->n_sections; i++) {
		Elf64_Shdr section = elf_section(elf, i);
		if (section.sh_type != SHT_NOBITS && !lies_inside(elf, section.sh_offset, section.sh_size))
			return refuse("section %u (%llu bytes at %#llx) is not inside the file of %zu bytes", i,
				      (unsigned long long)section.sh_size, (unsigned long long)section.sh_offset,
				      elf->size);
		if (section.sh_type == SHT_RELA && section.sh_entsize != sizeof(Elf64_Rela))
			return refuse("section %u has relocations of %llu bytes", i,
				      (unsigned long long)section.sh_entsize);
	}
	return 0;
}

int elf_open(const void *bytes, size_t size, struct elf_object *ret, struct cause *cause)
{
	*ret = (struct elf_object){ .bytes = bytes, .size = size };
	Elf64_Ehdr header;
	int rc = header_check(ret, &header, cause);
	if (rc < 0)
		return rc;
	ret->n_sections = header.e_shnum;
	ret->sections_at = header.e_shoff;
	rc = sections_check(ret, cause);
	if (rc == 0)
		rc = strings_open(ret, header.e_shstrndx, &ret->section_names, &ret->section_names_size, cause);
	for (uint32_t i = 1; rc == 0 && i < ret->n_sections; i++) {
		Elf64_Shdr section = elf_section(ret, i);
		if (section.sh_type == SHT_SYMTAB)
			rc = symbols_open(ret, &section, cause);
	}
	return rc;
}
