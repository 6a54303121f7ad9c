# A killed export to a tar or a folder leaves temporary files there: the next one to the same target removes them, and
# nothing that lives or belongs to others.
killed() { # COMMAND...: dies before the first file that it wrote gets its name
    local code=0
    { strace -f -qq -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:signal=SIGKILL:when=1 "$@"; } >/dev/null 2>&1 || code=$?
    same "$code" 137
}
goes_on() { # until the stopped command under $tracer has ended; its exit code
    local pids
    while pids=$(pgrep -P "$tracer"); do
        # shellcheck disable=SC2086
        kill -CONT $pids 2>/dev/null || true
        sleep 0.05
    done
    wait "$tracer"
}
left() { find "$1" -name '.dsctl-*' | sort; }
mkdir src && cd src && sample && head -c 12000000 /dev/urandom >large && cd ..
exits 0 dsctl import src demo/cats:v1
mkdir tars && cd tars
for name in a.tar b.tar.zst "c d.tgz"; do
    killed dsctl export demo/cats:v1 "$name"
    same "$(left . | wc -l)" 1
    [ ! -e "$name" ] || fail "half an archive is there"
    # Of another target, of others, and what only looks like it.
    touch .dsctl-tmp-0123456789ab-0123456789abcdef01234567 .dsctl-tmp-0123456789abcdef01234567 mine
    mkfifo "$(left . | grep -v 0123456789ab | cut -c1-25 | head -1)-00112233445566778899aabb"
    exits 0 dsctl export demo/cats:v1 other.tar
    same "$(left . | wc -l)" 4
    exits 0 dsctl export demo/cats:v1 "$name"
    same "$(left . | wc -l)" 3
    same "$(left . | grep -c 0123456789ab)" 2
    rm -f .dsctl-tmp-* other.tar mine
    mkdir ../unpacked && tar -C ../unpacked -xf "$name" && same_tree ../src ../unpacked && rm -r ../unpacked
done
# One that is only slow keeps its file, and both give the archive.
strace -f -qq -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:signal=SIGSTOP:when=1 dsctl export demo/cats:v1 a.tar >../slow-out 2>&1 &
tracer=$!
slow=
until [ -n "$slow" ] && [ "$slow" = "$(stat -c '%n %s' .dsctl-tmp-* 2>/dev/null)" ]; do # until it has stopped behind its last byte
    kill -0 $tracer 2>/dev/null || fail "the slow one has ended: $(cat ../slow-out)"
    slow=$(stat -c '%n %s' .dsctl-tmp-* 2>/dev/null || true)
    sleep 0.5
done
slow=$(left .)
[ -n "$slow" ] || fail "the slow one has no file"
exits 0 dsctl export demo/cats:v1 a.tar
same "$(left .)" "$slow"
goes_on || fail "the slow one failed: $(cat ../slow-out)"
same "$(left .)" ""
mkdir ../unpacked && tar -C ../unpacked -xf a.tar && same_tree ../src ../unpacked
cd ..

# A folder: temporary files and links anywhere below it.
killed dsctl export demo/cats:v1 out
[ "$(left out | wc -l)" -ge 2 ] || fail "nothing was left: the test is worth nothing"
touch out/.dsctl-tmp-0123456789abcdef0123-mine
exits 0 dsctl export demo/cats:v1 out
same "$(left out)" out/.dsctl-tmp-0123456789abcdef0123-mine
rm "$(left out)" && same_tree src out
# --delete takes nothing from one that writes there.
rm -r out && mkdir out
strace -f -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=SIGSTOP:when=1 dsctl export demo/cats:v1 out >slow-out 2>&1 &
tracer=$!
slow=
until [ -n "$slow" ] && [ "$slow" = "$(left out)" ]; do # until all of it has stopped: its mark is there, and what it is at
    kill -0 $tracer 2>/dev/null || fail "the slow one has ended: $(cat slow-out)"
    slow=$(left out)
    sleep 0.3
done
exits 0 dsctl export demo/cats:v1 out --delete
same "$(left out)" "$slow"
goes_on || fail "the slow one failed: $(cat slow-out)"
same "$(left out)" "" && same_tree src out
