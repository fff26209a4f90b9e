#!/usr/bin/env python3
"""Checks the objects that are compiled for AVX2 and AVX-512: what they define for the linker to merge with
other files' copies (inline functions, templates) must carry the instruction set in its name. Otherwise the
linker may keep the AVX-512 copy for the whole program, which then stops on a processor without it.

Usage: check_kernel_objects.py <object file>...
"""
import pathlib
import re
import subprocess
import sys

MERGED_KINDS = "WVu"


def merged_symbols(path):
    """Names of the symbols in an object file that the linker merges between files."""
    listing = subprocess.run(["nm", "--demangle", "--defined-only", str(path)],
                             check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        kind, name = line.split(" ", 2)[1:]
        if kind in MERGED_KINDS:
            yield name


def main():
    faults = 0
    for argument in sys.argv[1:]:
        path = pathlib.Path(argument)
        instruction_set = re.search(r"\.(avx2|avx512)\.", path.name)
        for name in merged_symbols(path) if instruction_set else ():
            if f"{instruction_set[1].upper()}::" not in name:
                print(f"{path.name}: {name} would be merged with copies for other processors, expected it in "
                      f"the namespace CPU_CAPABILITY or an anonymous one")
                faults += 1
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
