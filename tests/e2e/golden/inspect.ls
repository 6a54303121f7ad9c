empty/
images/
labels/
link
run.sh
table.csv
