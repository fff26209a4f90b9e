#!/usr/bin/env python3
"""Checks the shape of the source tree; prints each violation and ends with 1 if there is one.

- A file of src/mneme/<layer> includes only headers of its own layer and of those that the layer may use.
- A kernel file (*_kernel.cpp) reaches no header of the engine: it is compiled for instruction sets that the
  processor may not have, and an inline function of such a header could be linked into the whole program.
- No file has more than 500 lines.

Usage: check_layers.py <source folder>
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "core": set(),
    "kernels": {"core"},
    "tasks": {"core"},
    "mechanisms": {"core", "kernels"},
    "models": {"core", "kernels", "mechanisms"},
    "training": {"core", "tasks", "mechanisms", "models"},
    "inspect": {"core", "tasks", "mechanisms", "models"},
    "report": {"core", "inspect"},
    "studio": {"core", "inspect", "report"},
    "cli": {"core", "kernels", "tasks", "mechanisms", "models", "training", "inspect", "report", "studio"},
}
MOST_LINES = 500
COUNTED_FOLDERS = ("src", "tests", "web", "cmake", "bench", "examples")
COUNTED_KINDS = {".h", ".cpp", ".cu", ".py", ".js", ".ts", ".mjs", ".css", ".html", ".cmake", ".sh"}

OWN_INCLUDE = re.compile(r'^\s*#\s*include\s*"mneme/([^/"]+)/([^"]+)"')
ENGINE_INCLUDE = re.compile(r"^\s*#\s*include\s*[<\"]((?:torch|ATen|c10)/[^>\"]+)")


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def wrong_includes(source):
    for path in sorted((source / "src" / "mneme").rglob("*")):
        if path.suffix not in {".h", ".cpp", ".cu"}:
            continue
        layer = path.relative_to(source / "src" / "mneme").parts[0]
        if layer not in MAY_INCLUDE:
            yield f"{path.relative_to(source)}: {layer} is not a layer"
            continue
        for number, line in enumerate(lines_of(path), 1):
            match = OWN_INCLUDE.match(line)
            if match and match[1] != layer and match[1] not in MAY_INCLUDE[layer]:
                allowed = ", ".join(sorted(MAY_INCLUDE[layer])) or "no other layer"
                yield (f'{path.relative_to(source)}:{number}: {layer} includes "mneme/{match[1]}/{match[2]}", '
                       f"expected {allowed}")


def engine_headers_of_kernels(source):
    for kernel in sorted((source / "src" / "mneme").rglob("*_kernel.cpp")):
        seen, waiting = set(), [kernel]
        while waiting:
            path = waiting.pop()
            if path in seen or not path.exists():
                continue
            seen.add(path)
            for number, line in enumerate(lines_of(path), 1):
                if match := ENGINE_INCLUDE.match(line):
                    yield (f"{path.relative_to(source)}:{number}: the kernel file {kernel.relative_to(source)} "
                           f"reaches <{match[1]}>, expected no header of the engine")
                if match := OWN_INCLUDE.match(line):
                    waiting.append(source / "src" / "mneme" / match[1] / match[2])


def long_files(source):
    for folder in COUNTED_FOLDERS:
        for path in sorted((source / folder).rglob("*")):
            if "node_modules" in path.parts or path.suffix not in COUNTED_KINDS:
                continue
            count = len(lines_of(path))
            if count > MOST_LINES:
                yield f"{path.relative_to(source)}: {count} lines, expected at most {MOST_LINES}"


def violations(source):
    return [*wrong_includes(source), *engine_headers_of_kernels(source), *long_files(source)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = violations(pathlib.Path(sys.argv[1]).resolve())
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
