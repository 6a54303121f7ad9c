-      73 B  b2e078c0c020  README.md
d         -  -             empty/
-       4 B  2c8b08da5ce6  photos/one.txt
-      25 B  e916b15e370d  table.csv
