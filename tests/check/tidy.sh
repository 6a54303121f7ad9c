#!/bin/sh
# clang-format and clang-tidy over everything: tidy.sh BUILD_DIR (which has compile_commands.json).
set -eu
build=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
find libds cli tests -name '*.hpp' -o -name '*.cpp' | sort | xargs clang-format-14 --dry-run --Werror
find libds cli -name '*.cpp' | sort | xargs -n 4 -P "$(nproc)" clang-tidy-14 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option
