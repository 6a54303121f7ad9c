# A file that changes while it is added is noticed, tried again, then named; the rest is taken.
start cats
echo calm >calm
head -c 20000000 /dev/zero >growing
( while [ ! -e stop ]; do echo x >>growing; done ) &
writer=$!
code=0
dsctl add calm growing 2>"$sandbox/err" || code=$?
touch stop
wait "$writer"
rm stop
if [ "$code" -ne 0 ]; then
    same "$code" 5
    err growing
    err changing
fi
exits 0 dsctl status -s
out "A  calm"
exits 0 dsctl add growing
exits 0 dsctl commit -m "Calm again"
exits 0 dsctl verify
