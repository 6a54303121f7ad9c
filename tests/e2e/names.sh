# Any name the file system allows comes back as it was: control characters, invalid UTF-8, dashes, 255 bytes.
start odd
mkdir d
: >$'new\nline'; : >$'tab\there'; : >'-leading'; : >'  spaces  '; : >$'\xff\xfe'; : >$'esc\x1b]52;c;x\x07'
: >"$(printf 'x%.0s' {1..255})"; : >'a:b'; : >'CON'; : >'café'; : >$'cafe\xcc\x81'; : >d/.hidden; : >'*?[x]'
deep=$(printf 'deep/%.0s' {1..40}) && mkdir -p "$deep" && echo x >"$deep/file"
exits 0 dsctl add -A .
exits 0 dsctl commit -m Names
exits 0 dsctl ls
! grep -q $'\x1b' "$sandbox/out" || fail "an escape reached the terminal"
exits 0 dsctl ls -z
grep -qa $'\xff\xfe' "$sandbox/out" || fail "-z does not give the raw name"
exits 0 dsctl publish --yes
cd ..
exits 0 dsctl clone demo/odd copy
same_tree odd copy
exits 0 dsctl -C odd status -s
no_out
