# Ctrl-C stops within a second with exit 130 and a sound state; the same command run again ends the work.
start cats
head -c 400000000 /dev/zero | openssl enc -aes-128-ctr -pass pass:x -nosalt 2>/dev/null >large
env --default-signal=INT dsctl add . 2>/dev/null & # what a shell starts in the background ignores SIGINT
process=$!
until [ "$(du -s .dsctl/store/tmp | cut -f 1)" -gt 8000 ]; do sleep 0.01; done
kill -INT "$process"
code=0
start_time=$(date +%s%N)
wait "$process" || code=$?
took=$((($(date +%s%N) - start_time) / 1000000))
[ "$took" -lt 1500 ] || fail "it took $took ms to stop"
same "$code" 130
exits 0 dsctl fsck --full
exits 0 dsctl add .
exits 0 dsctl commit -m First
exits 0 dsctl fsck --full
exits 0 dsctl status -s
no_out
same "$(ls .dsctl/store/tmp | wc -l)" 0
