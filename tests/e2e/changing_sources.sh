# put and import of what changes while it is read, or cannot be read: it is named, and nothing is committed.
exits 0 dsctl draft demo/cats:v1 --new
mkdir src && echo calm >src/calm && head -c 60000000 /dev/zero >src/restless
tar -cf restless.tar src
restless() { # FILE: changes its last byte, over and over, until `calm`
    python3 -c 'import sys
with open(sys.argv[1], "r+b", buffering=0) as file:
    n = 0
    while True:
        file.seek(-1, 2)
        file.write(bytes([n % 256]))
        n += 1
        if n == 1:
            open("running", "w")' "$1" &
    writer=$!
    while [ ! -e running ]; do sleep 0.01; done
    rm running
}
calm() { kill -KILL $writer && wait $writer 2>/dev/null || true; }
restless src/restless
exits 5 dsctl put demo/cats:v1 src
err "'src/restless' keeps changing while it is read; nothing was committed"
err "hint:"
exits 5 dsctl put demo/cats:v1 src/restless
exits 5 dsctl import src demo/cats:v1
err "'src/restless' keeps changing"
exits 5 dsctl import src demo/new:v1
err "'src/restless' keeps changing while it is read; nothing was committed"
calm
restless restless.tar
exits 5 dsctl import restless.tar demo/cats:v1
err "'restless.tar' changed while it was read; nothing was imported"
calm
same "$(dsctl ls --in demo/cats:v1 | wc -l)" 0
same "$(dsctl ls --in demo/new:v1 | wc -l)" 0
# At rest it goes in.
exits 0 dsctl put demo/cats:v1 src
exits 0 dsctl cat --in demo/cats:v1 src/restless
cmp "$sandbox/out" src/restless
exits 0 dsctl verify local/demo/cats:v1
rm -rf src restless.tar "$sandbox/out"
# What cannot be read is an error here, not a warning: a version without it would look complete. As another user, since root may read everything.
[ "$(id -u)" -eq 0 ] || exit 0
cp "$dsctl_binary" "$sandbox/bin/dsctl-copy" && ln -sf dsctl-copy "$sandbox/bin/dsctl"
mkdir cats cats/open cats/shut && echo 1 >cats/open/1 && echo 2 >cats/open/2 && echo 3 >cats/shut/3
chmod 000 cats/open/2
chattr -R -i "$HOME"
chmod 755 "$sandbox" "$sandbox/bin" && chown -R 65534:65534 "$sandbox/home" "$sandbox/work"
as() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
exits 0 as dsctl draft demo/dogs:v1 --new
for command in "put demo/dogs:v1 cats" "put demo/dogs:v1 cats/open/2" "import cats demo/dogs:v1" "import cats demo/mice:v1"; do
    exits 128 as dsctl $command
    err "'cats/open/2': permission denied"
done
chmod 644 cats/open/2 && chmod 000 cats/shut
exits 128 as dsctl put demo/dogs:v1 cats
err "shut': permission denied"
exits 128 as dsctl import cats demo/mice:v1
same "$(as dsctl ls --in demo/dogs:v1 | wc -l)" 0
same "$(as dsctl ls --in demo/mice:v1 | wc -l)" 0
chmod 755 cats/shut
exits 0 as dsctl import cats demo/mice:v1
exits 0 as dsctl ls -R --in demo/mice:v1
same "$(wc -l <"$sandbox/out")" 3
