# restore brings files back; reset moves the draft, --hard the files too.
start cats
sample
commit_all First
echo changed >table.csv && dsctl add table.csv
exits 0 dsctl restore --staged table.csv
exits 0 dsctl status -s
out " M table.csv"
exits 0 dsctl restore table.csv
exits 0 dsctl status -s
no_out
rm -r images
exits 0 dsctl restore images
same "$(cat images/cats/2.txt)" "cat two"
exits 3 dsctl restore nothing-here
echo second >table.csv && commit_all Second
exits 0 dsctl restore --from HEAD~1 table.csv
same "$(wc -l <table.csv)" 100000
dsctl restore table.csv
exits 0 dsctl reset HEAD~1
exits 0 dsctl status -s
out " M table.csv"
exits 0 dsctl reset --hard HEAD
exits 0 dsctl status -s
no_out
same "$(wc -l <table.csv)" 100000
exits 3 dsctl reset --hard no-such
exits 0 dsctl rev-parse HEAD
