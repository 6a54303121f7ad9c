#!/bin/sh
# Every C++ file opens with what it is for (headers), none is beyond 800 lines, and none holds unfinished work.
set -eu
cd "$1"
status=0
for file in $(find libds cli -name '*.hpp' -o -name '*.cpp' | sort); do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 800 ]; then
        echo "$file has $lines lines; split it by purpose"
        status=1
    fi
    case $file in
    *.hpp)
        if ! head -n 1 "$file" | grep -q '^//'; then
            echo "$file does not open with what it is for"
            status=1
        fi
        ;;
    esac
done
if grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' libds cli tests/unit tests/e2e; then
    status=1
fi
exit $status
