# What every command prints, for people and as JSON, held fixed: one story, told twice.
golden_of() { # COMMAND as one word, ARGUMENTS...
    local name=${1// /_}
    # shellcheck disable=SC2086 # a subcommand is two words
    golden "$name${note:+_$note}$suffix" dsctl $1 $form "${@:2}"
}
is_people() { [ -z "$form" ]; }

tell() { # the form: nothing, or --json
    form=$1 suffix=${1:+_json}
    mkdir "story$suffix" && cd "story$suffix"
    export HOME=$PWD/home && mkdir home
    golden_of version
    golden_of "registry init" lab "$PWD/lab" --pack-days 10 --record-days 20
    golden_of "registry default" lab
    golden_of "registry list"
    golden_of "registry show" lab
    mkdir cats && cd cats
    golden_of init --description "Cats in a row"
    mkdir photos && printf 'name,age\nada,3\nbo,5\n' >table.csv && echo one >photos/1.txt && echo two >photos/2.txt
    printf -- '---\nlicense: mit\npretty_name: Cats\ndescription: Cats in a row\n---\n# Cats\n' >README.md
    golden_of add .
    golden_of mkdir empty
    golden_of status
    golden_of commit -m "First import"
    dsctl config set core.lock-timeout 5
    golden_of "config get" core.lock-timeout
    golden_of "config list"
    golden_of check-ignore photos .dsctl
    golden_of push
    note=dry golden_of publish -n
    golden_of publish --yes
    golden_of draft v2 --inherit v1
    printf 'cy,7\n' >>table.csv
    golden_of diff
    note=rows golden_of diff --rows --key name
    golden_of mv photos/1.txt photos/one.txt
    golden_of rm photos/2.txt
    note=again golden_of add table.csv
    golden_of restore --staged table.csv
    note=all golden_of commit -a -m "Second import"
    golden_of log
    golden_of show HEAD
    golden_of ls -lR
    is_people && golden_of cat table.csv
    golden_of preview table.csv
    golden_of du
    note=again golden_of push
    golden_of reset HEAD~1
    golden_of fetch
    golden_of pull
    golden_of switch v1
    golden_of versions
    note=third golden_of draft v3 --inherit v1
    golden_of merge v2
    note=back golden_of switch v1
    golden_of verify
    note=locks golden_of verify --locks
    golden_of deprecate lab/demo/cats:v1 --reason "a better one is coming"
    golden_of resolve demo/cats:v1
    golden_of lineage v1
    golden_of cite v1
    golden_of "card show" v1
    golden_of "card lint" v1
    note=llmos golden_of "card export" --to llmos v1
    golden_of rev-parse v1
    golden_of hash-file table.csv
    golden_of ls-tree v1
    golden_of cat-object "$(dsctl rev-parse v1)"
    golden_of for-each-ref
    golden_of fsck
    golden_of gc -n
    # shellcheck disable=SC2086 # its size varies with the random names in it
    exits 0 dsctl cache info $form
    grep -qE ': 2 files, |"files": 2,' "$sandbox/out" || fail "the cache is not told: $(cat "$sandbox/out")"
    cd ..
    golden_of clone lab/demo/cats:v1 copy
    golden_of get lab/demo/cats:v1 photos -o got
    echo more >more.txt
    golden_of put lab/demo/cats:v2 more.txt
    note=in golden_of ls --in lab/demo/cats:v2
    note=in golden_of rm --in lab/demo/cats:v2 more.txt
    golden_of import got lab/demo/pets:v1
    golden_of export lab/demo/cats:v1 plain
    golden_of "registry search" cats
    golden_of "registry check" lab
    golden_of "registry renew" lab
    golden_of drop --yes lab/demo/pets:v1
    golden_of "registry remove" lab
    cd ..
}
tell ""
tell --json
