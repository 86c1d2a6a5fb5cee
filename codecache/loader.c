/* loader.c - see loader.h
 *
 *     check relocations, count slots -> lay out -> take memory -> copy and relocate aside -> write to the arena
 *
 * An image is: the sections, then a slot with an address for each symbol that needs one (calls out of the image, and
 * what the compiler reaches through the GOT), then a jump through the slot for each that is called.  Absolute addresses
 * are fine in there: zygote and workers have arena and libraries at the same places. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/elf_object.h"
#include "codecache/loader.h"
#include "common/cleanup.h"

enum {
	MAX_IMAGE = 256 << 20,
	MAX_ALIGN = 4096,
	PLT_ENTRY = 8,
	MAX_COLD_SEARCH = 4096, /* symbols: beyond it sizes lack the cold parts */
	NOWHERE = UINT32_MAX,
};

#define refuse(load, ...) cause_set((load)->cause, -EBADMSG, __VA_ARGS__)

/* libgcc's, which has no header for them (GCC internals manual, "The GCC low-level runtime library"). */
__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;
extern i128 __divti3(i128, i128), __modti3(i128, i128), __fixdfti(double);
extern u128 __udivti3(u128, u128), __umodti3(u128, u128), __fixunsdfti(double);
extern double __floattidf(i128), __floatuntidf(u128);

/* What gcc calls without being told. */
struct outside {
	const char *name;
	void (*address)(void);
};

/* clang-format off */
static const struct outside outside[] = {
#define X(name) { #name, (void (*)(void))name }
	X(memcpy), X(memmove), X(memset), X(memcmp),
	X(__divti3), X(__modti3), X(__udivti3), X(__umodti3),
	X(__fixdfti), X(__fixunsdfti), X(__floattidf), X(__floatuntidf),
	X(floor), X(ceil), X(trunc), X(rint), X(nearbyint), X(round), X(fmod), X(sqrt), X(fabs), X(copysign),
#undef X
};
/* clang-format on */

struct image_symbol {
	char *name;
	size_t offset, size;           /* size: the cold part included */
	size_t cold_offset, cold_size; /* what gcc split off; size 0: nothing */
	bool is_entry;                 /* global */
};

struct image {
	char *base;
	size_t size;
	uint32_t n_symbols, n_sections;
	struct image_symbol *symbols;
	uint32_t *section_at; /* as in struct load */
};

/* One load. */
struct load {
	struct elf_object elf;
	uint32_t *section_at; /* by section: offset in the image, NOWHERE if it is not loaded */
	uint32_t *slot;       /* by symbol: its slot's number plus 1, 0 if it needs none */
	uint32_t n_slots;
	uint64_t align;
	uint64_t slots_at, plt_at, size;
	unsigned char *bytes; /* the image, before it is written to the arena */
	uint64_t base;
	struct cause *cause;
};

static void load_clear(struct load *load)
{
	free(load->section_at);
	free(load->slot);
	free(load->bytes);
}

void image_free(struct image *image)
{
	if (!image)
		return;
	for (uint32_t i = 0; i < image->n_symbols; i++)
		free(image->symbols[i].name);
	free(image->symbols);
	free(image->section_at);
	free(image);
}

void *loader_symbol(const struct image *image, const char *name, size_t *ret_size)
{
	for (uint32_t i = 0; i < image->n_symbols; i++) {
		if (!image->symbols[i].is_entry || strcmp(image->symbols[i].name, name) != 0)
			continue;
		if (ret_size)
			*ret_size = image->symbols[i].size;
		return image->base + image->symbols[i].offset;
	}
	return NULL;
}

bool image_contains(const struct image *image, const void *p)
{
	return (const char *)p >= image->base && (size_t)((const char *)p - image->base) < image->size;
}

const char *image_name_at(const struct image *image, const void *p)
{
	if (!image_contains(image, p))
		return NULL;
	size_t at = (size_t)((const char *)p - image->base);
	for (uint32_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (!s->is_entry)
			continue;
		if (at - s->offset < s->size - s->cold_size || at - s->cold_offset < s->cold_size)
			return s->name;
	}
	return NULL;
}

bool image_part(const struct image *image, size_t i, struct image_part *ret)
{
	if (i >= image->n_symbols)
		return false;
	const struct image_symbol *s = &image->symbols[i];
	*ret = (struct image_part){ .name = s->name,
				    .begin = image->base + s->offset,
				    .cold = image->base + s->cold_offset,
				    .size = s->size - s->cold_size,
				    .cold_size = s->cold_size,
				    .is_entry = s->is_entry };
	return true;
}

void *image_symfile(const struct image *image, const void *bytes, size_t size)
{
	struct elf_object elf;
	char *copy = malloc(size);
	if (!copy || elf_open(bytes, size, &elf, NULL) < 0 || elf.n_sections != image->n_sections) {
		free(copy);
		return NULL;
	}
	memcpy(copy, bytes, size);
	for (uint32_t i = 1; i < elf.n_sections; i++) {
		Elf64_Shdr section = elf_section(&elf, i);
		if (image->section_at[i] == NOWHERE)
			continue;
		section.sh_addr = (uint64_t)(uintptr_t)image->base + image->section_at[i];
		memcpy(copy + elf.sections_at + (size_t)i * sizeof(section), &section, sizeof(section));
	}
	return copy;
}

/* ---- which sections, and where ---------------------------------------------- */

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* 1 if the section is loaded, 0 if it does not matter, -EBADMSG. */
static int section_judge(struct load *load, uint32_t i, const Elf64_Shdr *s)
{
	const char *name = elf_section_name(&load->elf, i);
	if (!(s->sh_flags & SHF_ALLOC) || s->sh_type == SHT_NOTE || s->sh_type == SHT_X86_64_UNWIND ||
	    strcmp(name, ".eh_frame") == 0 || s->sh_size == 0)
		return 0;
	if (s->sh_flags & SHF_TLS)
		return refuse(load, "section %.40s holds thread-local data", name);
	if ((s->sh_flags & SHF_WRITE) && !(s->sh_type == SHT_PROGBITS && starts_with(name, ".data.rel.ro")))
		return refuse(load, "section %.40s holds %llu bytes that can be written", name,
			      (unsigned long long)s->sh_size);
	if (s->sh_type != SHT_PROGBITS || (s->sh_flags & SHF_COMPRESSED))
		return refuse(load, "section %.40s is of a kind that is not loaded (type %u, flags %#llx)", name,
			      s->sh_type, (unsigned long long)s->sh_flags);
	if (s->sh_addralign > MAX_ALIGN || (s->sh_addralign & (s->sh_addralign - 1)) != 0)
		return refuse(load, "section %.40s is aligned to %llu", name, (unsigned long long)s->sh_addralign);
	return 1;
}

static uint64_t round_up(uint64_t n, uint64_t align)
{
	return (n + align - 1) & ~(align - 1);
}

/* Give places to the loaded sections that are (not) executable. */
static int sections_place(struct load *load, bool executable)
{
	for (uint32_t i = 1; i < load->elf.n_sections; i++) {
		Elf64_Shdr s = elf_section(&load->elf, i);
		if (((s.sh_flags & SHF_EXECINSTR) != 0) != executable)
			continue;
		int rc = section_judge(load, i, &s);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		uint64_t align = s.sh_addralign ? s.sh_addralign : 1;
		uint64_t at = round_up(load->size, align);
		if (s.sh_size > MAX_IMAGE - at)
			return refuse(load, "its sections are larger than %d bytes", MAX_IMAGE);
		load->section_at[i] = (uint32_t)at;
		load->size = at + s.sh_size;
		if (align > load->align)
			load->align = align;
	}
	return 0;
}

/* ---- relocations ------------------------------------------------------------ */

struct relocation {
	uint32_t section; /* that is changed */
	uint64_t offset;  /* in it */
	uint32_t type, symbol;
	uint64_t addend; /* two's complement */
};

#define SPOT             "%.40s+%#llx"
#define SPOT_OF(load, r) elf_section_name(&(load)->elf, (r)->section), (unsigned long long)(r)->offset

static bool is_got(uint32_t type)
{
	return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
}

static const struct outside *outside_find(const char *name)
{
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		if (strcmp(outside[i].name, name) == 0)
			return &outside[i];
	return NULL;
}

/* Whether the symbol is one that this image can be linked with. */
static int symbol_check(struct load *load, const struct relocation *r, const Elf64_Sym *symbol)
{
	const char *name = elf_symbol_name(&load->elf, r->symbol);
	unsigned type = ELF64_ST_TYPE(symbol->st_info);
	if (type == STT_TLS || type == STT_GNU_IFUNC || type == STT_COMMON)
		return refuse(load, "symbol %.100s has type %u, which is not linked", name, type);
	if (symbol->st_shndx == SHN_UNDEF) {
		if (!outside_find(name))
			return refuse(load, "undefined symbol %.100s", name);
		if (r->type == R_X86_64_64)
			return refuse(load, "the address of %.100s as data", name);
		return 0;
	}
	if (symbol->st_shndx >= load->elf.n_sections || load->section_at[symbol->st_shndx] == NOWHERE)
		return refuse(load, "symbol %.100s is in section %u, which is not loaded", name, symbol->st_shndx);
	if (symbol->st_value > elf_section(&load->elf, symbol->st_shndx).sh_size)
		return refuse(load, "symbol %.100s is beyond its section", name);
	return 0;
}

/* Everything that does not need addresses; count slots. */
static int relocation_check(struct load *load, const struct relocation *r)
{
	Elf64_Shdr s = elf_section(&load->elf, r->section);
	uint64_t width = r->type == R_X86_64_64 ? 8 : 4;
	if (r->type != R_X86_64_64 && r->type != R_X86_64_PC32 && r->type != R_X86_64_PLT32 && !is_got(r->type))
		return refuse(load, "relocation type %u at " SPOT, r->type, SPOT_OF(load, r));
	if (r->offset > s.sh_size || width > s.sh_size - r->offset)
		return refuse(load, "a relocation at " SPOT " is beyond the section's %llu bytes", SPOT_OF(load, r),
			      (unsigned long long)s.sh_size);
	if (r->type == R_X86_64_64 && (s.sh_flags & SHF_EXECINSTR))
		return refuse(load, "an absolute address in code at " SPOT, SPOT_OF(load, r));
	if (r->symbol == 0 || r->symbol >= load->elf.n_symbols)
		return refuse(load, "symbol %u at " SPOT " does not exist", r->symbol, SPOT_OF(load, r));
	Elf64_Sym symbol = elf_symbol(&load->elf, r->symbol);
	int rc = symbol_check(load, r, &symbol);
	if (rc < 0)
		return cause_prefix(load->cause, rc, SPOT, SPOT_OF(load, r));
	if ((symbol.st_shndx == SHN_UNDEF || is_got(r->type)) && load->slot[r->symbol] == 0)
		load->slot[r->symbol] = ++load->n_slots;
	return 0;
}

/* Where the symbol is; for one outside where it can be called. */
static uint64_t symbol_address(const struct load *load, uint32_t i)
{
	Elf64_Sym symbol = elf_symbol(&load->elf, i);
	if (symbol.st_shndx == SHN_UNDEF)
		return load->base + load->plt_at + (uint64_t)(load->slot[i] - 1) * PLT_ENTRY;
	return load->base + load->section_at[symbol.st_shndx] + symbol.st_value;
}

static int relocation_apply(struct load *load, const struct relocation *r)
{
	uint64_t at = load->section_at[r->section] + r->offset;
	uint64_t target = is_got(r->type) ? load->base + load->slots_at + (uint64_t)(load->slot[r->symbol] - 1) * 8
					  : symbol_address(load, r->symbol);
	uint64_t value = target + r->addend;
	if (r->type == R_X86_64_64) {
		if (value - load->base > load->size)
			return refuse(load, "an address outside of the image at " SPOT, SPOT_OF(load, r));
		memcpy(load->bytes + at, &value, 8);
		return 0;
	}
	value -= load->base + at;
	int32_t narrow = (int32_t)(uint32_t)value;
	if ((uint64_t)(int64_t)narrow != value)
		return refuse(load, "a distance of more than 2 GiB at " SPOT, SPOT_OF(load, r));
	memcpy(load->bytes + at, &narrow, 4);
	return 0;
}

/* Call visit for every relocation of a loaded section. */
static int relocations_visit(struct load *load, int (*visit)(struct load *load, const struct relocation *r))
{
	for (uint32_t i = 1; i < load->elf.n_sections; i++) {
		Elf64_Shdr s = elf_section(&load->elf, i);
		if (s.sh_type != SHT_RELA && s.sh_type != SHT_REL)
			continue;
		if (s.sh_info >= load->elf.n_sections || load->section_at[s.sh_info] == NOWHERE)
			continue;
		if (s.sh_type == SHT_REL)
			return refuse(load, "section %u has relocations without addends", i);
		for (uint64_t k = 0; k < s.sh_size / sizeof(Elf64_Rela); k++) {
			Elf64_Rela rela = elf_rela(&load->elf, &s, k);
			struct relocation r = { .section = s.sh_info,
						.offset = rela.r_offset,
						.type = (uint32_t)ELF64_R_TYPE(rela.r_info),
						.symbol = (uint32_t)ELF64_R_SYM(rela.r_info),
						.addend = (uint64_t)rela.r_addend };
			int rc = visit(load, &r);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* ---- the image -------------------------------------------------------------- */

static int layout(struct load *load)
{
	int rc = sections_place(load, true);
	if (rc == 0)
		rc = sections_place(load, false);
	if (rc == 0)
		rc = relocations_visit(load, relocation_check);
	if (rc < 0)
		return rc;
	if (load->size == 0)
		return refuse(load, "no code");
	load->slots_at = round_up(load->size, 8);
	load->plt_at = load->slots_at + (uint64_t)load->n_slots * 8;
	load->size = load->plt_at + (uint64_t)load->n_slots * PLT_ENTRY;
	return 0;
}

static void sections_copy(struct load *load)
{
	for (uint32_t i = 1; i < load->elf.n_sections; i++) {
		if (load->section_at[i] == NOWHERE)
			continue;
		Elf64_Shdr s = elf_section(&load->elf, i);
		memcpy(load->bytes + load->section_at[i], load->elf.bytes + s.sh_offset, s.sh_size);
	}
}

/* The slots, and for each "jmp *slot(%rip)". */
static void slots_fill(struct load *load)
{
	for (uint32_t i = 0; i < load->elf.n_symbols; i++) {
		if (load->slot[i] == 0)
			continue;
		uint64_t slot_at = load->slots_at + (uint64_t)(load->slot[i] - 1) * 8;
		uint64_t jump_at = load->plt_at + (uint64_t)(load->slot[i] - 1) * PLT_ENTRY;
		const struct outside *function = NULL;
		if (elf_symbol(&load->elf, i).st_shndx == SHN_UNDEF)
			function = outside_find(elf_symbol_name(&load->elf, i));
		uint64_t address = function ? (uint64_t)(uintptr_t)function->address : symbol_address(load, i);
		memcpy(load->bytes + slot_at, &address, 8);
		int32_t distance = (int32_t)((int64_t)slot_at - (int64_t)(jump_at + 6));
		memcpy(load->bytes + jump_at, "\xff\x25", 2);
		memcpy(load->bytes + jump_at + 2, &distance, 4);
	}
}

/* A function at a place with code. */
static bool is_function(const struct load *load, const Elf64_Sym *symbol)
{
	if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
	    symbol->st_shndx >= load->elf.n_sections || load->section_at[symbol->st_shndx] == NOWHERE)
		return false;
	Elf64_Shdr s = elf_section(&load->elf, symbol->st_shndx);
	return (s.sh_flags & SHF_EXECINSTR) && symbol->st_value < s.sh_size &&
	       symbol->st_size <= s.sh_size - symbol->st_value;
}

/* gcc splits what is unlikely off a function, as a local symbol NAME.cold in another section: it belongs to its size.
 */
static const char cold_suffix[] = ".cold";

static void cold_parts_add(const struct load *load, struct image *image)
{
	for (uint32_t i = 1; i < load->elf.n_symbols && load->elf.n_symbols <= MAX_COLD_SEARCH; i++) {
		Elf64_Sym symbol = elf_symbol(&load->elf, i);
		const char *name = elf_symbol_name(&load->elf, i), *end = strstr(name, cold_suffix);
		if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || !end || symbol.st_size > load->size)
			continue;
		for (uint32_t k = 0; k < image->n_symbols; k++) {
			struct image_symbol *to = &image->symbols[k];
			if (strlen(to->name) != (size_t)(end - name) ||
			    strncmp(to->name, name, (size_t)(end - name)) != 0)
				continue;
			to->size += symbol.st_size;
			if (symbol.st_shndx < load->elf.n_sections && load->section_at[symbol.st_shndx] != NOWHERE) {
				to->cold_offset = load->section_at[symbol.st_shndx] + symbol.st_value;
				to->cold_size = symbol.st_size;
			}
		}
	}
}

static int symbols_take(const struct load *load, struct image *image)
{
	image->symbols = calloc(load->elf.n_symbols ? load->elf.n_symbols : 1, sizeof(image->symbols[0]));
	if (!image->symbols)
		return cause_set_errno(load->cause, -ENOMEM, "an image's symbols");
	for (uint32_t i = 1; i < load->elf.n_symbols; i++) {
		Elf64_Sym symbol = elf_symbol(&load->elf, i);
		if (!is_function(load, &symbol) || strstr(elf_symbol_name(&load->elf, i), cold_suffix))
			continue;
		struct image_symbol *to = &image->symbols[image->n_symbols];
		to->name = strdup(elf_symbol_name(&load->elf, i));
		if (!to->name)
			return cause_set_errno(load->cause, -ENOMEM, "an image's symbols");
		to->offset = load->section_at[symbol.st_shndx] + symbol.st_value;
		to->size = symbol.st_size;
		to->is_entry = ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL;
		image->n_symbols++;
	}
	cold_parts_add(load, image);
	return 0;
}

static int tables_make(struct load *load)
{
	load->align = 16;
	load->section_at = malloc(load->elf.n_sections * sizeof(load->section_at[0]));
	load->slot = calloc(load->elf.n_symbols ? load->elf.n_symbols : 1, sizeof(load->slot[0]));
	if (!load->section_at || !load->slot)
		return cause_set_errno(load->cause, -ENOMEM, "an object file");
	for (uint32_t i = 0; i < load->elf.n_sections; i++)
		load->section_at[i] = NOWHERE;
	return 0;
}

/* Make the image's bytes for its place in the arena, and write them there. */
static int image_make(struct load *load, struct arena *arena, struct image *image)
{
	load->bytes = malloc(load->size);
	if (!load->bytes)
		return cause_set_errno(load->cause, -ENOMEM, "an image of %llu bytes", (unsigned long long)load->size);
	memset(load->bytes, 0xcc, load->size); /* between sections: int3 */
	load->base = (uint64_t)(uintptr_t)image->base;
	sections_copy(load);
	slots_fill(load);
	int rc = relocations_visit(load, relocation_apply);
	return rc < 0 ? rc : arena_write(arena, image->base, load->bytes, load->size, load->cause);
}

int loader_load(struct arena *arena, const void *bytes, size_t size, struct image **ret, struct cause *cause)
{
	cleanup(load_clear) struct load load = { .cause = cause };
	int rc = elf_open(bytes, size, &load.elf, cause);
	if (rc == 0)
		rc = tables_make(&load);
	if (rc == 0)
		rc = layout(&load);
	if (rc < 0)
		return rc;
	cleanup(image_freep) struct image *image = calloc(1, sizeof(*image));
	if (!image)
		return cause_set_errno(cause, -ENOMEM, "an image");
	image->size = load.size;
	rc = symbols_take(&load, image);
	if (rc < 0)
		return rc;
	void *base = NULL;
	rc = arena_alloc(arena, load.size, load.align, &base, cause);
	if (rc < 0)
		return rc;
	image->base = base;
	rc = image_make(&load, arena, image);
	if (rc < 0) {
		arena_unalloc(arena, base);
		return rc;
	}
	image->section_at = steal_ptr(load.section_at);
	image->n_sections = load.elf.n_sections;
	*ret = steal_ptr(image);
	return 0;
}
