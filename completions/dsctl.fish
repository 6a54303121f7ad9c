# fish completion of dsctl; made by: dsctl completion fish

# The words of the command line that are neither options nor their values, without dsctl itself.
function __dsctl_words
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l skip 0
    for token in $tokens
        if test $skip = 1
            set skip 0
            continue
        end
        switch $token
            case -C --directory --progress --color
                set skip 1
            case '-*'
            case '*'
                echo $token
        end
    end
end

# Whether the command is "$argv".
function __dsctl_at
    set -l words (__dsctl_words)
    test (count $words) -ge (count $argv); or return 1
    for i in (seq (count $argv))
        test $words[$i] = $argv[$i]; or return 1
    end
end

# Whether exactly "$argv" was typed, so that a command of its own comes next.
function __dsctl_only
    set -l words (__dsctl_words)
    test (count $words) -eq (count $argv); and __dsctl_at $argv
end

function __dsctl_none
    test (count (__dsctl_words)) -eq 0
end

function __dsctl_commands
    string split ' ' 'init clone add rm mv mkdir status restore reset commit check-ignore draft versions switch merge drop log diff show ls cat du resolve publish verify deprecate push fetch pull get mount unmount registry fsck gc config cache completion version help rev-parse cat-object hash-file ls-tree pack-info for-each-ref'
end

complete -c dsctl -f
complete -c dsctl -s C -l directory -x -a '(__fish_complete_directories)' -d 'run as if started in DIR'
complete -c dsctl -l json -d 'print one JSON document instead of text for people'
complete -c dsctl -s z -l null -d 'print paths as they are, each ended by a NUL byte'
complete -c dsctl -s q -l quiet -d 'print ids or paths only, and no notices'
complete -c dsctl -l progress -x -a 'auto tty plain json none' -d 'how to show progress on stderr'
complete -c dsctl -l color -x -a 'auto always never' -d 'when to colour the output'
complete -c dsctl -l no-pager -d 'do not start a pager'
complete -c dsctl -s y -l yes -d 'answer every question with yes'
complete -c dsctl -l no-input -d 'never ask'
complete -c dsctl -s h -l help -d 'show help'
complete -c dsctl -l version -d 'show the version of dsctl'
complete -c dsctl -n '__dsctl_none' -a init -d 'Make a folder the checkout of a new dataset'
complete -c dsctl -n '__dsctl_at init' -l name -x -d 'name of the dataset, NAMESPACE/NAME or NAME; default: the folder'\''s name'
complete -c dsctl -n '__dsctl_at init' -l registry -x -a '(command dsctl __complete registry 2>/dev/null)' -d 'registry it will be pushed to'
complete -c dsctl -n '__dsctl_at init' -l description -x -d 'what the dataset is'
complete -c dsctl -n '__dsctl_at init' -l draft -x -d 'name of the first draft; default: v1'
complete -c dsctl -n '__dsctl_at init' -a '(__fish_complete_directories)'
complete -c dsctl -n '__dsctl_none' -a clone -d 'Make a checkout of a dataset in a registry'
complete -c dsctl -n '__dsctl_at clone' -l include -x -d 'only paths that match; may be repeated'
complete -c dsctl -n '__dsctl_at clone' -l exclude -x -d 'not the paths that match; may be repeated'
complete -c dsctl -n '__dsctl_at clone' -l no-checkout -d 'fetch history only, write no files'
complete -c dsctl -n '__dsctl_at clone' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a add -d 'Take files into the next commit'
complete -c dsctl -n '__dsctl_at add' -s A -l all -d 'also stage deletions; without PATH, everything in the checkout'
complete -c dsctl -n '__dsctl_at add' -s n -l dry-run -d 'only say what would be staged'
complete -c dsctl -n '__dsctl_at add' -F
complete -c dsctl -n '__dsctl_none' -a rm -d 'Remove files from the next commit and the work tree'
complete -c dsctl -n '__dsctl_at rm' -l cached -d 'leave the files in the work tree'
complete -c dsctl -n '__dsctl_at rm' -s r -l recursive -d 'remove folders with everything below them'
complete -c dsctl -n '__dsctl_at rm' -s f -l force -d 'also files with changes that no commit holds'
complete -c dsctl -n '__dsctl_at rm' -s n -l dry-run -d 'only say what would be removed'
complete -c dsctl -n '__dsctl_at rm' -F
complete -c dsctl -n '__dsctl_none' -a mv -d 'Rename a file or folder'
complete -c dsctl -n '__dsctl_at mv' -F
complete -c dsctl -n '__dsctl_none' -a mkdir -d 'Make an empty folder that the next commit keeps'
complete -c dsctl -n '__dsctl_at mkdir' -a '(__fish_complete_directories)'
complete -c dsctl -n '__dsctl_none' -a status -d 'Show what is staged, changed and untracked'
complete -c dsctl -n '__dsctl_at status' -s s -l short -d 'one line per path: XY PATH, X staged, Y in the work tree, ?? untracked'
complete -c dsctl -n '__dsctl_at status' -F
complete -c dsctl -n '__dsctl_none' -a restore -d 'Bring back files as they were staged or committed'
complete -c dsctl -n '__dsctl_at restore' -l staged -d 'restore what is staged (from the last commit) instead of the files'
complete -c dsctl -n '__dsctl_at restore' -s W -l worktree -d 'with --staged: the files as well'
complete -c dsctl -n '__dsctl_at restore' -l from -x -a '(command dsctl __complete version 2>/dev/null)' -d 'take them from this version or commit'
complete -c dsctl -n '__dsctl_at restore' -F
complete -c dsctl -n '__dsctl_none' -a reset -d 'Move the draft to another commit'
complete -c dsctl -n '__dsctl_at reset' -l hard -d 'also make the files what that commit holds; changes are lost'
complete -c dsctl -n '__dsctl_at reset' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a commit -d 'Record what is staged in the draft'
complete -c dsctl -n '__dsctl_at commit' -s a -l all -d 'stage changes and deletions of tracked files first'
complete -c dsctl -n '__dsctl_at commit' -s m -l message -x -d 'what this commit does; repeated: paragraphs'
complete -c dsctl -n '__dsctl_at commit' -l amend -d 'replace the last commit of the draft'
complete -c dsctl -n '__dsctl_at commit' -l allow-empty -d 'commit even if nothing changed'
complete -c dsctl -n '__dsctl_none' -a check-ignore -d 'Show which paths are ignored; exit status 1 if none is'
complete -c dsctl -n '__dsctl_at check-ignore' -s v -l verbose -d 'show the rule that decides: FILE:LINE:PATTERN'
complete -c dsctl -n '__dsctl_at check-ignore' -F
complete -c dsctl -n '__dsctl_none' -a draft -d 'Begin a new version and switch to it'
complete -c dsctl -n '__dsctl_at draft' -l inherit -x -a '(command dsctl __complete version 2>/dev/null)' -d 'start as this version, of this or of another dataset'
complete -c dsctl -n '__dsctl_at draft' -l new -d 'start empty'
complete -c dsctl -n '__dsctl_none' -a versions -d 'List the versions of this or another dataset'
complete -c dsctl -n '__dsctl_at versions' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a switch -d 'Make the work tree show another version'
complete -c dsctl -n '__dsctl_at switch' -s f -l force -d 'overwrite changes that no commit holds'
complete -c dsctl -n '__dsctl_at switch' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a merge -d 'Merge another version into this draft'
complete -c dsctl -n '__dsctl_at merge' -l ours -d 'where both sides changed a path, keep this draft'\''s side'
complete -c dsctl -n '__dsctl_at merge' -l theirs -d 'where both sides changed a path, take the other side'
complete -c dsctl -n '__dsctl_at merge' -l abort -d 'give up a merge that waits'
complete -c dsctl -n '__dsctl_at merge' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a drop -d 'Remove a draft, here or (with a REF) in its registry'
complete -c dsctl -n '__dsctl_at drop' -s f -l force -d 'also commits that nothing else holds'
complete -c dsctl -n '__dsctl_at drop' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a log -d 'Show the commits of a version, newest first'
complete -c dsctl -n '__dsctl_at log' -s n -l max-count -x -d 'at most N commits'
complete -c dsctl -n '__dsctl_at log' -l oneline -d 'one line per commit'
complete -c dsctl -n '__dsctl_at log' -l graph -d 'draw how commits follow each other'
complete -c dsctl -n '__dsctl_at log' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a diff -d 'Show what differs between versions, or from the work tree'
complete -c dsctl -n '__dsctl_at diff' -l staged -d 'compare what is staged with A, or with the last commit'
complete -c dsctl -n '__dsctl_at diff' -l stat -d 'one line per path, and sums'
complete -c dsctl -n '__dsctl_at diff' -l name-status -d 'kind and path only: A, M, D, T, or R with both paths'
complete -c dsctl -n '__dsctl_at diff' -l exit-code -d 'exit with 1 if anything differs'
complete -c dsctl -n '__dsctl_at diff' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a show -d 'Show a commit and what it changed'
complete -c dsctl -n '__dsctl_at show' -s p -l patch -d 'show changed text line by line'
complete -c dsctl -n '__dsctl_at show' -l stat -d 'one line per path, and sums (the default)'
complete -c dsctl -n '__dsctl_at show' -l name-status -d 'kind and path only'
complete -c dsctl -n '__dsctl_at show' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a ls -d 'List files of the checkout or of any version'
complete -c dsctl -n '__dsctl_at ls' -s l -l long -d 'kind, size and content hash as well'
complete -c dsctl -n '__dsctl_at ls' -s R -l recursive -d 'everything below'
complete -c dsctl -n '__dsctl_at ls' -l in -x -a '(command dsctl __complete reference 2>/dev/null)' -d 'look at this version instead, without a checkout'
complete -c dsctl -n '__dsctl_at ls' -F
complete -c dsctl -n '__dsctl_none' -a cat -d 'Print files of the checkout'\''s staged state or of any version'
complete -c dsctl -n '__dsctl_at cat' -l in -x -a '(command dsctl __complete reference 2>/dev/null)' -d 'look at this version instead, without a checkout'
complete -c dsctl -n '__dsctl_at cat' -F
complete -c dsctl -n '__dsctl_none' -a du -d 'Show how much lies in each folder'
complete -c dsctl -n '__dsctl_at du' -s d -l depth -x -d 'folders down to N levels; default: 1'
complete -c dsctl -n '__dsctl_at du' -l in -x -a '(command dsctl __complete reference 2>/dev/null)' -d 'look at this version instead, without a checkout'
complete -c dsctl -n '__dsctl_at du' -F
complete -c dsctl -n '__dsctl_none' -a resolve -d 'Show what a reference names: registry, version, digest'
complete -c dsctl -n '__dsctl_at resolve' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a publish -d 'Seal a draft: its content never changes again'
complete -c dsctl -n '__dsctl_at publish' -s m -l message -x -d 'what this version is, for its record'
complete -c dsctl -n '__dsctl_at publish' -l to -x -a '(command dsctl __complete registry 2>/dev/null)' -d 'publish in this registry instead of the dataset'\''s own'
complete -c dsctl -n '__dsctl_at publish' -l sign -r -d 'sign with this Ed25519 key: a private key file, or a .pub file for ssh-agent (default: sign.key)'
complete -c dsctl -n '__dsctl_at publish' -l no-sign -d 'do not sign, though sign.key is set'
complete -c dsctl -n '__dsctl_at publish' -s n -l dry-run -d 'only say what would be sent and locked'
complete -c dsctl -n '__dsctl_at publish' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a verify -d 'Read a version again and check every hash and its digest'
complete -c dsctl -n '__dsctl_at verify' -l locks -d 'in the registry: check the locks as well'
complete -c dsctl -n '__dsctl_at verify' -l allowed-signers -r -d 'whose signatures count (default: verify.allowed-signers)'
complete -c dsctl -n '__dsctl_at verify' -l signers -x -d 'how many of them must have signed (default: verify.signers-required, or 1)'
complete -c dsctl -n '__dsctl_at verify' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a deprecate -d 'Say that a published version should not be used any more'
complete -c dsctl -n '__dsctl_at deprecate' -l reason -x -d 'why, shown to whoever uses the version'
complete -c dsctl -n '__dsctl_at deprecate' -l withdraw -d 'take a deprecation back'
complete -c dsctl -n '__dsctl_at deprecate' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a push -d 'Send the draft, and published versions, to a registry'
complete -c dsctl -n '__dsctl_at push' -l to -x -a '(command dsctl __complete registry 2>/dev/null)' -d 'to this registry instead of the dataset'\''s own'
complete -c dsctl -n '__dsctl_at push' -s n -l dry-run -d 'only say what would be sent, in files and bytes'
complete -c dsctl -n '__dsctl_at push' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a fetch -d 'Bring history and file lists from a registry, no content'
complete -c dsctl -n '__dsctl_at fetch' -a '(command dsctl __complete registry 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a pull -d 'Fetch, and merge what the registry has of this draft'
complete -c dsctl -n '__dsctl_at pull' -l ours -d 'where both sides changed a path, keep this draft'\''s side'
complete -c dsctl -n '__dsctl_at pull' -l theirs -d 'where both sides changed a path, take the registry'\''s side'
complete -c dsctl -n '__dsctl_at pull' -s n -l dry-run -d 'fetch, and only say what would change'
complete -c dsctl -n '__dsctl_none' -a get -d 'Write files of a version into a folder, without a checkout'
complete -c dsctl -n '__dsctl_at get' -s o -l output -x -a '(__fish_complete_directories)' -d 'where to; - prints one file; default: a folder of the dataset'\''s name'
complete -c dsctl -n '__dsctl_at get' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a mount -d 'Show a version as a read-only file system, read as it is used'
complete -c dsctl -n '__dsctl_at mount' -l foreground -d 'stay, and say on stderr what goes wrong; Ctrl-C unmounts'
complete -c dsctl -n '__dsctl_at mount' -l draft -d 'allow a draft, as it is now'
complete -c dsctl -n '__dsctl_at mount' -a '(command dsctl __complete reference 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a unmount -d 'End a mount'
complete -c dsctl -n '__dsctl_at unmount' -a '(__fish_complete_directories)'
complete -c dsctl -n '__dsctl_none' -a registry -d 'Configure, make and look at registries'
complete -c dsctl -n '__dsctl_only registry' -a add -d 'Give a registry that exists a name on this machine'
complete -c dsctl -n '__dsctl_at registry add' -l control-bucket -x -d 'S3: bucket for what changes; default: BUCKET-ctl'
complete -c dsctl -n '__dsctl_at registry add' -l endpoint -x -d 'S3: where the bucket of an s3:// URL is'
complete -c dsctl -n '__dsctl_at registry add' -l region -x -d 'S3: the region to sign for'
complete -c dsctl -n '__dsctl_at registry add' -l ca-bundle -x -d 'S3: certificates (PEM) of the only authorities to trust'
complete -c dsctl -n '__dsctl_at registry add' -l profile -x -d 'S3: profile in the shared credentials files'
complete -c dsctl -n '__dsctl_at registry add' -l credentials-dir -x -d 'S3: folder with the files accessKeyID and accessKeySecret'
complete -c dsctl -n '__dsctl_at registry add' -l limit-rate -x -d 'S3: bytes a second, up and down, as 20M'
complete -c dsctl -n '__dsctl_only registry' -a init -d 'Make a new registry, and give it a name on this machine'
complete -c dsctl -n '__dsctl_at registry init' -l retention -x -a 'compliance governance none' -d 'how what is published is locked; default: compliance'
complete -c dsctl -n '__dsctl_at registry init' -l pack-days -x -d 'how long content is locked; default: 365'
complete -c dsctl -n '__dsctl_at registry init' -l record-days -x -d 'how long names are locked; default: 3650'
complete -c dsctl -n '__dsctl_at registry init' -l control-bucket -x -d 'S3: bucket for what changes; default: BUCKET-ctl'
complete -c dsctl -n '__dsctl_at registry init' -l endpoint -x -d 'S3: where the bucket of an s3:// URL is'
complete -c dsctl -n '__dsctl_at registry init' -l region -x -d 'S3: the region to sign for'
complete -c dsctl -n '__dsctl_at registry init' -l ca-bundle -x -d 'S3: certificates (PEM) of the only authorities to trust'
complete -c dsctl -n '__dsctl_at registry init' -l profile -x -d 'S3: profile in the shared credentials files'
complete -c dsctl -n '__dsctl_at registry init' -l credentials-dir -x -d 'S3: folder with the files accessKeyID and accessKeySecret'
complete -c dsctl -n '__dsctl_at registry init' -l limit-rate -x -d 'S3: bytes a second, up and down, as 20M'
complete -c dsctl -n '__dsctl_only registry' -a list -d 'List the registries this machine knows'
complete -c dsctl -n '__dsctl_only registry' -a show -d 'Show the settings of a registry'
complete -c dsctl -n '__dsctl_at registry show' -a '(command dsctl __complete registry 2>/dev/null)'
complete -c dsctl -n '__dsctl_only registry' -a check -d 'Probe everything dsctl relies on; exit status 1 if something is missing'
complete -c dsctl -n '__dsctl_at registry check' -a '(command dsctl __complete registry 2>/dev/null)'
complete -c dsctl -n '__dsctl_only registry' -a default -d 'Show or choose the default registry'
complete -c dsctl -n '__dsctl_at registry default' -a '(command dsctl __complete registry 2>/dev/null)'
complete -c dsctl -n '__dsctl_only registry' -a remove -d 'Forget a registry; its data stays'
complete -c dsctl -n '__dsctl_at registry remove' -a '(command dsctl __complete registry 2>/dev/null)'
complete -c dsctl -n '__dsctl_only registry' -a renew -d 'Extend the locks of all that is published; run again after an interruption'
complete -c dsctl -n '__dsctl_at registry renew' -s n -l dry-run -d 'only say what would be extended'
complete -c dsctl -n '__dsctl_at registry renew' -l namespace -x -d 'in this namespace only'
complete -c dsctl -n '__dsctl_at registry renew' -a '(command dsctl __complete registry 2>/dev/null)'
complete -c dsctl -n '__dsctl_only registry' -a search -d 'Find datasets by a part of their name or description'
complete -c dsctl -n '__dsctl_at registry search' -l registry -x -a '(command dsctl __complete registry 2>/dev/null)' -d 'in this registry only'
complete -c dsctl -n '__dsctl_none' -a fsck -d 'Check that everything in .dsctl is sound'
complete -c dsctl -n '__dsctl_at fsck' -l full -d 'read every byte and check every hash'
complete -c dsctl -n '__dsctl_at fsck' -l repair -d 'rebuild the index and fetch what is damaged from the registry'
complete -c dsctl -n '__dsctl_none' -a gc -d 'Free space that nothing in this checkout refers to'
complete -c dsctl -n '__dsctl_at gc' -s n -l dry-run -d 'only say what would be freed'
complete -c dsctl -n '__dsctl_at gc' -l drop-held -d 'also local content that the registry holds under a locked record'
complete -c dsctl -n '__dsctl_at gc' -l registry -x -a '(command dsctl __complete registry 2>/dev/null)' -d 'free space in this registry instead'
complete -c dsctl -n '__dsctl_at gc' -l namespace -x -d 'with --registry: in this namespace only'
complete -c dsctl -n '__dsctl_at gc' -l grace -x -d 'with --registry: spare what is younger, and wait so long before anything is removed; default: 14d'
complete -c dsctl -n '__dsctl_at gc' -l keep-days -x -d 'keep commits that the reflog of the last N days mentions; default: 30'
complete -c dsctl -n '__dsctl_none' -a config -d 'Read and write settings'
complete -c dsctl -n '__dsctl_only config' -a get -d 'Print the value of a setting'
complete -c dsctl -n '__dsctl_at config get' -l show-origin -d 'also the file it comes from'
complete -c dsctl -n '__dsctl_at config get' -a '(command dsctl __complete config_key 2>/dev/null)'
complete -c dsctl -n '__dsctl_only config' -a set -d 'Change a setting of this checkout'
complete -c dsctl -n '__dsctl_at config set' -l global -d 'of this user instead (the default outside of a checkout)'
complete -c dsctl -n '__dsctl_at config set' -l system -d 'of this machine instead'
complete -c dsctl -n '__dsctl_at config set' -l unset -d 'remove the setting'
complete -c dsctl -n '__dsctl_at config set' -a '(command dsctl __complete config_key 2>/dev/null)'
complete -c dsctl -n '__dsctl_only config' -a list -d 'Print every setting, the weakest first'
complete -c dsctl -n '__dsctl_at config list' -l show-origin -d 'also the file each comes from'
complete -c dsctl -n '__dsctl_none' -a cache -d 'Look at the cache, or make it smaller'
complete -c dsctl -n '__dsctl_only cache' -a info -d 'Show where the cache is and how large'
complete -c dsctl -n '__dsctl_only cache' -a prune -d 'Remove what was not used for longest'
complete -c dsctl -n '__dsctl_at cache prune' -l max -x -d 'leave at most SIZE ("10GiB"); default: nothing'
complete -c dsctl -n '__dsctl_none' -a completion -d 'Print the completion script for a shell: bash, zsh or fish'
complete -c dsctl -n '__dsctl_at completion' -a 'bash zsh fish'
complete -c dsctl -n '__dsctl_none' -a version -d 'Show the version of dsctl'
complete -c dsctl -n '__dsctl_none' -a help -d 'Show what dsctl, or one of its commands, does; or explain a topic'
complete -c dsctl -n '__dsctl_at help' -a '(__dsctl_commands)'
complete -c dsctl -n '__dsctl_none' -a rev-parse -d 'Print the commit that a revision names'
complete -c dsctl -n '__dsctl_at rev-parse' -l short -d 'ten digits only'
complete -c dsctl -n '__dsctl_at rev-parse' -l tree -d 'the root of the tree instead of the commit'
complete -c dsctl -n '__dsctl_at rev-parse' -l show-root -d 'the folder of the checkout instead'
complete -c dsctl -n '__dsctl_at rev-parse' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a cat-object -d 'Print an object of the local store, or a commit'
complete -c dsctl -n '__dsctl_at cat-object' -s t -l type -x -a 'tree chunk recipe recipe-part' -d 'look for this kind only'
complete -c dsctl -n '__dsctl_at cat-object' -s p -l pretty -d 'trees and recipes as text'
complete -c dsctl -n '__dsctl_none' -a hash-file -d 'Print the SHA-256 of files, in or outside of a checkout'
complete -c dsctl -n '__dsctl_at hash-file' -F
complete -c dsctl -n '__dsctl_none' -a ls-tree -d 'Print the flat listing of a version: mode, sha256, size, path'
complete -c dsctl -n '__dsctl_at ls-tree' -l manifest -d 'print the canonical manifest instead; its SHA-256 is the digest'
complete -c dsctl -n '__dsctl_at ls-tree' -a '(command dsctl __complete version 2>/dev/null)'
complete -c dsctl -n '__dsctl_none' -a pack-info -d 'List the packs of the local store, or the objects of one'
complete -c dsctl -n '__dsctl_none' -a for-each-ref -d 'List refs: drafts, published versions, registries'\'' versions'
