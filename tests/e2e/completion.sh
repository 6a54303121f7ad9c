# The completion scripts load in their shells and know the commands.
exits 0 dsctl completion bash
cp "$sandbox/out" comp.bash
exits 0 bash -c 'source ./comp.bash; complete -p dsctl'
exits 0 bash -c 'source ./comp.bash; COMP_WORDS=(dsctl pub); COMP_CWORD=1; COMP_LINE="dsctl pub"; COMP_POINT=9; _dsctl; echo "${COMPREPLY[@]}"'
out publish
exits 0 dsctl completion zsh
cp "$sandbox/out" _dsctl
exits 0 zsh -n _dsctl
exits 0 dsctl completion fish
cp "$sandbox/out" comp.fish
exits 0 fish -c 'source comp.fish; complete -C"dsctl pub"'
out publish
exits 129 dsctl completion tcsh
