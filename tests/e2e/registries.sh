# Several registries and namespaces: configured, initialised, checked, listed; push brings the same digest elsewhere.
exits 0 dsctl registry add lab "$PWD/lab"
exits 3 dsctl versions lab/demo/cats
exits 0 dsctl registry init lab "$PWD/lab"
exits 0 dsctl registry check lab
golden list dsctl registry list
exits 0 dsctl registry list --json
exits 129 dsctl registry add other gopher://x/y
exits 6 dsctl registry add lab /elsewhere
start cats
sample
commit_all First
dsctl publish -q --yes
exits 0 dsctl push --to lab
same "$(dsctl resolve -q lab/demo/cats:v1 | sed 's/.*@//')" "$(dsctl resolve -q local/demo/cats:v1 | sed 's/.*@//')"
exits 0 dsctl resolve --json lab/demo/cats:v1
out '"ref":"local/demo/cats:v1"'
exits 0 dsctl versions lab/demo/cats
out "local/demo/cats:v1"
cd .. && mkdir cats2 && cd cats2
dsctl init -q --name zoo/cats --registry lab
sample && commit_all First
exits 0 dsctl push -n
exits 0 dsctl push
exits 0 dsctl push
cd ..
exits 0 dsctl clone lab/zoo/cats:v1 zoo-cats
same_tree zoo-cats cats2
exits 0 dsctl clone -q lab/demo/cats:v1 lab-cats
(cd lab-cats && exits 0 dsctl lineage && out "inherits from local/demo/cats:v1")
exits 0 dsctl registry search cats
out demo/cats
exits 0 dsctl registry show lab
exits 0 dsctl registry default lab
exits 0 dsctl get demo/cats:v1 -o from-lab
same_tree from-lab cats
exits 3 dsctl registry default labb
exits 0 dsctl registry remove lab
exits 3 dsctl get lab/demo/cats:v1 -o x
err "registry list"
# Where nothing is locked nothing is published: that is said before a byte moves, and drafts go there all the same.
exits 0 dsctl registry init scratch "$PWD/scratch" --retention none
out "drafts only"
cd cats && dsctl draft v2 --inherit v1 >/dev/null && echo 2 >two && commit_all Two
for dry in "" -n; do
    exits 128 dsctl push --to scratch $dry
    err "nothing can be published there"
    err "hint: dsctl push --to scratch v2"
    exits 128 dsctl push --to scratch $dry v2 v1
done
same "$(find ../scratch/data -type f)" ""
exits 0 dsctl push --to scratch v2
# Without keys nothing can be judged: that is no "something is missing".
exits 0 env -u AWS_ACCESS_KEY_ID -u AWS_PROFILE dsctl registry add s3 http://127.0.0.1:1/bucket
exits 4 env -u AWS_ACCESS_KEY_ID -u AWS_PROFILE dsctl registry check s3
out "no credentials for registry 's3'"
