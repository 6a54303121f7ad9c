# Ctrl-C stops within a second with exit 130 and a sound state; the same command run again ends the work.
start cats
head -c 400000000 /dev/zero | openssl enc -aes-128-ctr -pass pass:x -nosalt 2>/dev/null >large
dsctl add . 2>/dev/null &
process=$!
sleep 0.15
kill -INT "$process"
code=0
start_time=$(date +%s%N)
wait "$process" || code=$?
took=$((($(date +%s%N) - start_time) / 1000000))
[ "$took" -lt 1500 ] || fail "it took $took ms to stop"
[ "$code" -eq 130 ] || [ "$code" -eq 0 ] || fail "exit code $code"
exits 0 dsctl fsck --full
exits 0 dsctl add .
exits 0 dsctl commit -m First
exits 0 dsctl fsck --full
exits 0 dsctl status -s
no_out
same "$(ls .dsctl/store/tmp | wc -l)" 0
