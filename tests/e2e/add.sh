# add takes files, folders and deletions; refuses what is outside, unknown or ignored; skips what is no data.
start cats
sample
exits 0 dsctl add -n .
exits 0 dsctl status -s
out "??"
mkfifo pipe
exits 0 dsctl add .
err "pipe"
rm pipe
exits 0 dsctl commit -m First
exits 129 dsctl add ../outside
err "outside"
exits 3 dsctl add no-such-file
echo '*.tmp' >.dsctlignore && : >x.tmp
exits 129 dsctl add x.tmp
err ignored
# A file becomes a folder and a folder a file.
rm table.csv && mkdir table.csv && echo a >table.csv/part
rm -r images && echo flat >images
exits 0 dsctl add -A
exits 0 dsctl commit -m Kinds
exits 0 dsctl ls -R
out table.csv/part
rm -r images labels
exits 0 dsctl add labels
exits 0 dsctl status -s
out "D  labels/empty.txt"
out " D images"
# Unreadable files are named and the rest is taken (root reads everything, so only as a user).
if [ "$(id -u)" -ne 0 ]; then
    echo secret >locked && chmod 000 locked
    exits 128 dsctl add locked
    err locked
fi
