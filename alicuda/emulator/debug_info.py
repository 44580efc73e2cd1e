"""What a compiled library tells of its source: the line of an instruction, the shared arrays and where they lie.

pyelftools reads both. Only this file uses it, and imports it where it is used: in the checked build.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from alicuda.errors import InputError

GAP = 128  # bytes left free after each shared array, so that one step beyond its end is seen


@dataclass(frozen=True)
class SharedArray:
    """A `__shared__` array of a library: where it begins in the thread-local segment, and its bytes."""

    name: str
    offset: int
    size: int


def require() -> Any:
    """pyelftools. InputError where it is not installed."""
    try:
        import elftools.elf.elffile as elffile
    except ImportError:
        raise InputError(
            'The checked build needs pyelftools for its line numbers: pip install pyelftools (or build="fast").'
        ) from None
    return elffile


def prepare_object(object_file: Path) -> None:
    """Make an object file of the checked build, compiled with -fdata-sections, ready for its link.

    The section of each shared array is lengthened by a gap: it occupies no bytes of the file (`.tbss.NAME`), so that a
    larger size is all that the linker has to see. What the compiler calls for an index beyond an array gets a name of
    ours, of the same length: zig links a function of the usual name by itself.
    """
    data = bytearray(object_file.read_bytes().replace(b"\0__ubsan_handle_out_", b"\0alicuda_handle_out_"))
    with open(object_file, "rb") as file:
        elf = require().ELFFile(file)
        start, entry = elf["e_shoff"], elf["e_shentsize"]
        for number, section in enumerate(elf.iter_sections()):
            if section.name.startswith(".tbss.") and section["sh_type"] == "SHT_NOBITS":
                struct.pack_into("<Q", data, start + number * entry + 32, section["sh_size"] + GAP)  # 32: sh_size
    object_file.write_bytes(data)


@lru_cache(maxsize=64)
def shared_arrays(library: Path) -> tuple[SharedArray, ...]:
    """The shared arrays of a library, in order of their place."""
    found = []
    with open(library, "rb") as file:
        for symbol in require().ELFFile(file).get_section_by_name(".symtab").iter_symbols():
            if symbol["st_info"]["type"] == "STT_TLS" and symbol["st_size"]:
                found.append(SharedArray(_plain_name(symbol.name), symbol["st_value"], symbol["st_size"]))
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
def variables(library: Path) -> tuple[SharedArray, ...]:
    """The variables that a library may write to (`__device__`), by their place in the library."""
    with open(library, "rb") as file:
        elf = require().ELFFile(file)
        writable = {number for number, section in enumerate(elf.iter_sections()) if section["sh_flags"] & 1}
        return tuple(
            SharedArray(_plain_name(symbol.name), symbol["st_value"], symbol["st_size"])
            for symbol in elf.get_section_by_name(".symtab").iter_symbols()
            if symbol["st_info"]["type"] == "STT_OBJECT" and symbol["st_size"] and symbol["st_shndx"] in writable
        )


@lru_cache(maxsize=64)
def element_bytes(library: Path) -> dict[str, int]:
    """Bytes of one element of each array of the source, by its name."""
    found: dict[str, int] = {}
    with open(library, "rb") as file:
        for unit in require().ELFFile(file).get_dwarf_info().iter_CUs():
            name = unit.get_top_DIE().attributes.get("DW_AT_name")
            if name is None or not name.value.endswith(b"kernel.cpp"):  # zig links libraries of its own
                continue
            for entry in unit.iter_DIEs():
                if entry.tag != "DW_TAG_variable" or not {"DW_AT_name", "DW_AT_type"} <= entry.attributes.keys():
                    continue
                if size := _element_bytes(entry.get_DIE_from_attribute("DW_AT_type")):
                    found[entry.attributes["DW_AT_name"].value.decode()] = size
    return found


def _element_bytes(kind: Any) -> int:
    """Of an array type; 0 for others."""
    if kind.tag != "DW_TAG_array_type":
        return 0
    while "DW_AT_byte_size" not in kind.attributes and "DW_AT_type" in kind.attributes:
        kind = kind.get_DIE_from_attribute("DW_AT_type")
    return kind.attributes["DW_AT_byte_size"].value if "DW_AT_byte_size" in kind.attributes else 0
