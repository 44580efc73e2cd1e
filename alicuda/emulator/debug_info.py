"""What a compiled library tells of its source: the line of an instruction, its arrays and where they lie.

pyelftools reads both. Only this file uses it, and imports it where it is used: in the checked build.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from alicuda.errors import InputError

GAP = 128  # bytes left free after each shared array, so that one step beyond its end is seen
ALIGNMENT = 256  # of a `__device__` variable, as of what cudaMalloc returns


@dataclass(frozen=True)
class Variable:
    """An array or number of a library, `__shared__` or `__device__`: where it begins in the thread-local segment, or in
    the library, and its bytes; and what the source says of it."""

    name: str
    offset: int
    size: int
    element: int  # bytes of one
    shape: tuple[int, ...] = ()  # its elements in each dimension, where they are told
    function: str | None = None  # that it is declared in; "": in none; None: not in the source

    def at(self, index: int) -> str:
        """An element as the source would name it: `tile[3][7]`. The index may lie outside."""
        return indexed(self.name, self.shape, index)


def indexed(name: str, shape: tuple[int, ...], index: int) -> str:
    """An element of an array of several dimensions, or of one."""
    numbers = []
    for size in reversed(shape[1:]):
        index, last = divmod(index, size)
        numbers.append(last)
    return name + "".join(f"[{number}]" for number in (index, *reversed(numbers)))


def require() -> Any:
    """pyelftools. InputError where it is not installed."""
    try:
        import elftools.elf.elffile as elffile
    except ImportError:
        raise InputError(
            "The checked build, which is xray's too, needs pyelftools for its line numbers: pip install pyelftools. "
            'The fast build (build="fast") does without.'
        ) from None
    return elffile


def prepare_object(object_file: Path) -> None:
    """Make an object file of the checked build, compiled with -fdata-sections, ready for its link.

    The section of each shared array is lengthened by a gap: it occupies no bytes of the file (`.tbss.NAME`), so that a
    larger size is all that the linker has to see. Other variables begin where cudaMalloc would place them. What the
    compiler calls for an index beyond an array gets a name of ours, of the same length: zig links a function of the
    usual name by itself.
    """
    data = bytearray(object_file.read_bytes().replace(b"\0__ubsan_handle_out_", b"\0alicuda_handle_out_"))
    with open(object_file, "rb") as file:
        elf = require().ELFFile(file)
        start, entry = elf["e_shoff"], elf["e_shentsize"]
        for number, section in enumerate(elf.iter_sections()):
            if section.name.startswith(".tbss.") and section["sh_type"] == "SHT_NOBITS":
                struct.pack_into("<Q", data, start + number * entry + 32, section["sh_size"] + GAP)  # 32: sh_size
            elif section.name.startswith((".bss.", ".data.")) and section["sh_addralign"] < ALIGNMENT:
                struct.pack_into("<Q", data, start + number * entry + 48, ALIGNMENT)  # 48: sh_addralign
    object_file.write_bytes(data)


@lru_cache(maxsize=64)
def shared_arrays(library: Path) -> tuple[Variable, ...]:
    """The shared arrays of a library, in order of their place."""
    found = []
    with open(library, "rb") as file:
        elf = require().ELFFile(file)
        declared = list(_declared(elf))
        by_place = {each.place: each for each in declared if each.place is not None}
        by_name = {each.name: each for each in declared}
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            if symbol["st_info"]["type"] != "STT_TLS" or not symbol["st_size"]:
                continue
            name, place = _plain_name(symbol.name), symbol["st_value"]
            if source := by_place.get(place):
                found.append(Variable(name, place, symbol["st_size"], source.element, source.shape, source.function))
            else:  # dynamic shared memory, which the generated file defines, or something of the compiler's own
                element = by_name[name].element if name in by_name else 4
                found.append(Variable(name, place, symbol["st_size"], element))
    found = [array for array in found if array.name != "alicuda_here"]  # of the generated file
    return tuple(sorted(set(found), key=lambda array: array.offset))


def _plain_name(symbol: str) -> str:
    """`tile` of `tile.0` and `kernel.tile` (static in an extern "C" function), `_ZL4tile`, `_ZZ4sumsIfEvvE4tile_0`."""
    if not symbol.startswith("_Z"):
        return [part for part in symbol.split(".") if not part.isdigit()][-1]
    for number in (r"(?<=[EL])(\d+)", r"(?=(\d+))"):  # a length and so many letters, with which the symbol ends
        for match in re.finditer(number, symbol):
            start = match.end(1)
            name, rest = symbol[start : start + int(match[1])], symbol[start + int(match[1]) :]
            if len(name) == int(match[1]) > 0 and re.fullmatch(r"E?(?:_\d+|__\d+_)?(?:\.\d+)?", rest):
                return name
    return symbol


@lru_cache(maxsize=64)
def _line_table(library: Path) -> tuple[list[int], list[tuple[str, int, int]]]:
    rows: list[tuple[int, str, int, int]] = []
    with open(library, "rb") as file:
        elf = require().ELFFile(file)
        if elf.has_dwarf_info():
            dwarf = elf.get_dwarf_info()
            for unit in dwarf.iter_CUs():
                if program := dwarf.line_program_for_CU(unit):
                    rows += _rows(program)
    rows.sort(key=lambda row: row[0])
    return [row[0] for row in rows], [row[1:] for row in rows]


def _rows(program: Any) -> Any:
    names, folders = program["file_entry"], program["include_directory"]
    first = 0 if program["version"] >= 5 else 1
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        file = names[state.file - first]
        name = file.name.decode(errors="replace")
        folder = folders[file.dir_index - first].decode(errors="replace") if file.dir_index else ""
        path = name if not folder or name.startswith("/") else f"{folder}/{name}"
        yield state.address, path, 0 if state.end_sequence else state.line, state.column


def line_of(library: Path, pc: int) -> tuple[str, int]:
    """File and line of the instruction before `pc`, a return address; ("", 0) where nothing is known."""
    return place_of(library, pc)[:2]


def place_of(library: Path, pc: int) -> tuple[str, int, int]:
    """File, line and column of the instruction before `pc`; ("", 0, 0) where nothing is known."""
    try:
        addresses, places = _line_table(library)
    except OSError:  # somebody has emptied the cache
        return "", 0, 0
    i = bisect_right(addresses, pc - 1) - 1
    while i > 0 and places[i][1] == 0 and places[i][0]:  # clang gives code of its own making no line
        i -= 1
    return places[i] if i >= 0 else ("", 0, 0)


@lru_cache(maxsize=64)
def variables(library: Path) -> tuple[Variable, ...]:
    """The variables that a library may write to (`__device__`), by their place in the library."""
    with open(library, "rb") as file:
        elf = require().ELFFile(file)
        writable = {number for number, section in enumerate(elf.iter_sections()) if section["sh_flags"] & 1}
        declared = {each.name: each for each in _declared(elf)}
        found = []
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            if symbol["st_info"]["type"] != "STT_OBJECT" or not symbol["st_size"] or symbol["st_shndx"] not in writable:
                continue
            name, size = _plain_name(symbol.name), symbol["st_size"]
            if source := declared.get(name):
                found.append(Variable(name, symbol["st_value"], size, source.element, source.shape, source.function))
            else:
                found.append(Variable(name, symbol["st_value"], size, size))
        return tuple(found)


@dataclass(frozen=True)
class _Declared:
    """A variable as the source declares it. `place`: in the thread-local segment; None: not there."""

    name: str
    place: int | None
    element: int
    shape: tuple[int, ...]
    function: str


def _declared(elf: Any) -> Iterator[_Declared]:
    """The variables of the source, and not those of what zig links besides."""
    for unit in elf.get_dwarf_info().iter_CUs():
        name = unit.get_top_DIE().attributes.get("DW_AT_name")
        if name is None or not name.value.endswith(b"kernel.cpp"):
            continue
        for entry in unit.iter_DIEs():
            if entry.tag != "DW_TAG_variable":
                continue
            source = entry  # one of a namespace is declared there and placed elsewhere
            while found := {"DW_AT_specification", "DW_AT_abstract_origin"} & source.attributes.keys():
                source = source.get_DIE_from_attribute(found.pop())
            if not {"DW_AT_name", "DW_AT_type"} <= source.attributes.keys():
                continue
            element, shape = _element_and_shape(source.get_DIE_from_attribute("DW_AT_type"))
            if element:
                variable = source.attributes["DW_AT_name"].value.decode()
                yield _Declared(variable, _thread_local_place(entry.attributes), element, shape, _function(source))


def _thread_local_place(told: Any) -> int | None:
    """What a location of the form `constant, of this thread` says."""
    location = bytes(told["DW_AT_location"].value) if "DW_AT_location" in told else b""
    if len(location) == 10 and location[0] == 0x0E and location[9] in (0x9B, 0xE0):  # DW_OP_const8u, form_tls_address
        return int.from_bytes(location[1:9], "little")
    return None


def _function(entry: Any) -> str:
    """The name of the function that an entry is in; "" where it is in none."""
    while entry := entry.get_parent():
        if entry.tag == "DW_TAG_subprogram":
            return entry.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in entry.attributes else ""
    return ""


def _element_and_shape(kind: Any) -> tuple[int, tuple[int, ...]]:
    """Bytes of one element of a type, 0 where they are not told; and its elements in each dimension."""
    shape: list[int] = []
    while "DW_AT_byte_size" not in kind.attributes or kind.tag == "DW_TAG_array_type":
        if kind.tag == "DW_TAG_array_type":
            for size in kind.iter_children():
                if "DW_AT_count" in size.attributes:
                    shape.append(size.attributes["DW_AT_count"].value)
                elif "DW_AT_upper_bound" in size.attributes:
                    shape.append(size.attributes["DW_AT_upper_bound"].value + 1)
        if "DW_AT_type" not in kind.attributes:
            return 0, ()
        kind = kind.get_DIE_from_attribute("DW_AT_type")
    return kind.attributes["DW_AT_byte_size"].value, tuple(shape)
