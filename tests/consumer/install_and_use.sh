#!/bin/sh
# Installs the build into an empty folder, builds examples/ntm_steps against it as a project of its own,
# runs it, and runs the installed program.
# Usage: install_and_use.sh <cmake> <source folder> <build folder> <C++ compiler>
set -eu
cmake=$1 source=$2 build=$3 compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MNEME_TORCH_DIR CMAKE_PREFIX_PATH MNEME_HOME LD_LIBRARY_PATH

"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log"
# The package alone must lead to LibTorch and to the JSON headers.
"$cmake" -S "$source/examples/ntm_steps" -B "$work/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" >"$work/configure.log" ||
  { cat "$work/configure.log"; exit 1; }
"$cmake" --build "$work/build"

"$work/build/ntm_steps" >"$work/output"
cat "$work/output"
test "$(grep -c '^step [0-9]: the read head looks at slot' "$work/output")" -eq 5
grep -qx '5 steps gave 8 outputs each' "$work/output"

cd /
"$work/prefix/bin/mneme" version | grep -q '^mneme [0-9]'
"$work/prefix/bin/mneme" list >"$work/list"
grep -q 'recipes/ntm/copy.toml' "$work/list" || { cat "$work/list"; echo "the installed program sees no recipes"; exit 1; }
