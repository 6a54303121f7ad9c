# Real data sets in real versions, published one after the other, cloned and compared byte by byte.
tar xJf "$data/flags.tar.xz" && tar xJf "$data/countries.tar.xz"
for set in flags countries; do
    (start "$set-data")
    cd "$set-data"
    previous=
    for version in $(ls "../$set" | grep -v LICENSE | sort -V); do
        [ -z "$previous" ] || exits 0 dsctl draft "$version" --inherit "$previous"
        [ -n "$previous" ] || exits 0 dsctl draft "$version" --new
        find . -mindepth 1 -maxdepth 1 -not -name .dsctl -exec rm -r {} +
        cp -r "../$set/$version/." .
        commit_all "Import $version"
        exits 0 dsctl publish --yes
        previous=$version
    done
    # The last one again, new instead of inherited: same content, same digest.
    exits 0 dsctl draft again --new
    cp -r "../$set/$previous/." .
    commit_all "New"
    exits 0 dsctl publish --yes
    same "$(dsctl resolve -q "demo/$set-data:again" | sed 's/.*@//')" "$(dsctl resolve -q "demo/$set-data:$previous" | sed 's/.*@//')"
    cd ..
    for version in $(ls "$set" | grep -v LICENSE); do
        exits 0 dsctl clone "demo/$set-data:$version" "$set-$version"
        same_tree "$set/$version" "$set-$version"
        exits 0 dsctl get "demo/$set-data:$version" -o "$set-$version-got"
        same_tree "$set/$version" "$set-$version-got"
    done
done
