#compdef dsctl
# zsh completion of dsctl; made by: dsctl completion zsh

_dsctl_ask() {
    local -a words_of_kind
    words_of_kind=(${(f)"$(command dsctl __complete $1 2>/dev/null)"})
    compadd -a words_of_kind
}

_dsctl_commands() {
    local -a commands
    commands=(
        'init:Make a folder the checkout of a new dataset'
        'clone:Make a checkout of a dataset in a registry'
        'import:Make a version of a folder, a tar stream or plain S3 objects'
        'export:Write a version as plain files, S3 objects or a tar stream'
        'add:Take files into the next commit'
        'rm:Remove files from the next commit and the work tree'
        'mv:Rename a file or folder'
        'mkdir:Make an empty folder that the next commit keeps'
        'status:Show what is staged, changed and untracked'
        'restore:Bring back files as they were staged or committed'
        'reset:Move the draft to another commit'
        'commit:Record what is staged in the draft'
        'check-ignore:Show which paths are ignored; exit status 1 if none is'
        'draft:Begin a new version and switch to it'
        'versions:List the versions of this or another dataset'
        'switch:Make the work tree show another version'
        'merge:Merge another version into this draft'
        'drop:Remove a draft, here or (with a REF) in its registry'
        'log:Show the commits of a version, newest first'
        'diff:Show what differs between versions, or from the work tree'
        'show:Show a commit and what it changed'
        'ls:List files of the checkout or of any version'
        'cat:Print files of the checkout'\''s staged state or of any version'
        'du:Show how much lies in each folder'
        'preview:Show how a file begins: text, a table, the size of an image, a Parquet schema'
        'resolve:Show what a reference names: registry, version, digest'
        'lineage:Show where a version came from, and who used it'
        'publish:Seal a draft: its content never changes again'
        'verify:Read a version again and check every hash and its digest'
        'deprecate:Say that a published version should not be used any more'
        'card:Show, edit, check and export the dataset card (README.md)'
        'cite:Print how to cite a version: name, digest and authors'
        'push:Send the draft, and published versions, to a registry'
        'fetch:Bring history and file lists from a registry, no content'
        'pull:Fetch, and merge what the registry has of this draft'
        'get:Write files of a version into a folder, without a checkout'
        'put:Write files or a stream into a draft in a registry, as one commit'
        'mount:Show a version as a read-only file system, read as it is used'
        'unmount:End a mount'
        'registry:Configure, make and look at registries'
        'fsck:Check that everything in .dsctl is sound'
        'gc:Free space that nothing in this checkout refers to'
        'config:Read and write settings'
        'cache:Look at the cache, or make it smaller'
        'completion:Print the completion script for a shell: bash, zsh or fish'
        'version:Show the version of dsctl'
        'help:Show what dsctl, or one of its commands, does; or explain a topic'
        'rev-parse:Print the commit that a revision names'
        'cat-object:Print an object of the local store, or a commit'
        'hash-file:Print the SHA-256 of files, in or outside of a checkout'
        'ls-tree:Print the flat listing of a version: mode, sha256, size, path'
        'pack-info:List the packs of the local store, or the objects of one'
        'for-each-ref:List refs: drafts, published versions, registries'\'' versions'
    )
    _describe -t commands 'dsctl command' commands
}

_dsctl() {
    local curcontext="$curcontext" state line
    local -a globals children
    globals=(
        '--directory[run as if started in DIR]:DIR:_files -/'
        '-C[run as if started in DIR]:DIR:_files -/'
        '--json[print one JSON document instead of text for people]'
        '--null[print paths as they are, each ended by a NUL byte]'
        '-z[print paths as they are, each ended by a NUL byte]'
        '--quiet[print ids or paths only, and no notices]'
        '-q[print ids or paths only, and no notices]'
        '--jobs[do at most N things at once (default\: as many as there are processors)]:N: '
        '-j[do at most N things at once (default\: as many as there are processors)]:N: '
        '--progress[how to show progress on stderr]:MODE:(auto tty plain json none)'
        '--color[when to colour the output]:WHEN:(auto always never)'
        '--no-pager[do not start a pager]'
        '--yes[answer every question with yes]'
        '-y[answer every question with yes]'
        '--no-input[never ask]'
        '--help[show help]'
        '-h[show help]'
        '--version[show the version of dsctl]'
    )
    _arguments -C -s -S : $globals '1: :->command' '*:: :->rest' && return 0
    case $state in
    command) _dsctl_commands ;;
    rest)
        case $words[1] in
        init)
            _arguments -s -S : $globals \
                '--name[name of the dataset, NAMESPACE/NAME or NAME; default\: the folder'\''s name]:NAME: ' \
                '--registry[registry it will be pushed to]:REGISTRY:_dsctl_ask registry' \
                '--description[what the dataset is]:TEXT: ' \
                '--draft[name of the first draft; default\: v1]:VERSION: ' \
                '1:DIR:_files -/' \
                && return 0
            ;;
        clone)
            _arguments -s -S : $globals \
                '*--include[only paths that match; may be repeated]:GLOB: ' \
                '*--exclude[not the paths that match; may be repeated]:GLOB: ' \
                '--no-checkout[fetch history only, write no files]' \
                '1:REF:_dsctl_ask reference' \
                '2:DIR:_files -/' \
                && return 0
            ;;
        import)
            _arguments -s -S : $globals \
                '--message[the commit'\''s message]:TEXT: ' \
                '-m[the commit'\''s message]:TEXT: ' \
                '--dry-run[only say what would be imported]' \
                '-n[only say what would be imported]' \
                '1:SRC:_files' \
                '2:REF:_dsctl_ask reference' \
                && return 0
            ;;
        export)
            _arguments -s -S : $globals \
                '--delete[remove what is in DEST and not in the version]' \
                '--llmos[below DEST as LLMOS has it\: datasets/NS/NAME/VERSION/PATH]' \
                '--documents[of --llmos\: where Dataset and DatasetVersion for kubectl go; - for stdout]:FILE: ' \
                '1:REF:_dsctl_ask reference' \
                '2:DEST:_files' \
                && return 0
            ;;
        add)
            _arguments -s -S : $globals \
                '--all[without PATH\: everything in the checkout]' \
                '-A[without PATH\: everything in the checkout]' \
                '--dry-run[only say what would be staged]' \
                '-n[only say what would be staged]' \
                '*:PATH:_files' \
                && return 0
            ;;
        rm)
            _arguments -s -S : $globals \
                '--cached[leave the files in the work tree]' \
                '--recursive[remove folders with everything below them]' \
                '-r[remove folders with everything below them]' \
                '--force[also files with changes that no commit holds]' \
                '-f[also files with changes that no commit holds]' \
                '--dry-run[only say what would be removed]' \
                '-n[only say what would be removed]' \
                '--in[from this draft in its registry, as one commit]:REF:_dsctl_ask reference' \
                '--message[with --in\: the commit'\''s message]:TEXT: ' \
                '-m[with --in\: the commit'\''s message]:TEXT: ' \
                '*:PATH:_files' \
                && return 0
            ;;
        mv)
            _arguments -s -S : $globals \
                '--in[in this draft in its registry, as one commit]:REF:_dsctl_ask reference' \
                '--message[with --in\: the commit'\''s message]:TEXT: ' \
                '-m[with --in\: the commit'\''s message]:TEXT: ' \
                '1:FROM:_files' \
                '2:TO:_files' \
                && return 0
            ;;
        mkdir)
            _arguments -s -S : $globals \
                '--in[in this draft in its registry, as one commit]:REF:_dsctl_ask reference' \
                '--message[with --in\: the commit'\''s message]:TEXT: ' \
                '-m[with --in\: the commit'\''s message]:TEXT: ' \
                '*:PATH:_files -/' \
                && return 0
            ;;
        status)
            _arguments -s -S : $globals \
                '--short[one line per path\: XY PATH, X staged, Y in the work tree, ?? untracked]' \
                '-s[one line per path\: XY PATH, X staged, Y in the work tree, ?? untracked]' \
                '*:PATH:_files' \
                && return 0
            ;;
        restore)
            _arguments -s -S : $globals \
                '--staged[restore what is staged (from the last commit) instead of the files]' \
                '--worktree[with --staged\: the files as well]' \
                '-W[with --staged\: the files as well]' \
                '--from[take them from this version or commit]:REV:_dsctl_ask version' \
                '*:PATH:_files' \
                && return 0
            ;;
        reset)
            _arguments -s -S : $globals \
                '--hard[also make the files what that commit holds; changes are lost]' \
                '1:REV:_dsctl_ask version' \
                && return 0
            ;;
        commit)
            _arguments -s -S : $globals \
                '--all[stage changes and deletions of tracked files first]' \
                '-a[stage changes and deletions of tracked files first]' \
                '*--message[what this commit does; repeated\: paragraphs]:MESSAGE: ' \
                '*-m[what this commit does; repeated\: paragraphs]:MESSAGE: ' \
                '--amend[replace the last commit of the draft]' \
                '--allow-empty[commit even if nothing changed]' \
                && return 0
            ;;
        check-ignore)
            _arguments -s -S : $globals \
                '--verbose[show the rule that decides\: FILE\:LINE\:PATTERN]' \
                '-v[show the rule that decides\: FILE\:LINE\:PATTERN]' \
                '*:PATH:_files' \
                && return 0
            ;;
        draft)
            _arguments -s -S : $globals \
                '--inherit[start as this version, of this or of another dataset]:VERSION|REF:_dsctl_ask version' \
                '--new[start empty]' \
                '1:VERSION|REF: ' \
                && return 0
            ;;
        versions)
            _arguments -s -S : $globals \
                '1:REF:_dsctl_ask reference' \
                && return 0
            ;;
        switch)
            _arguments -s -S : $globals \
                '--force[overwrite changes that no commit holds]' \
                '-f[overwrite changes that no commit holds]' \
                '1:VERSION:_dsctl_ask version' \
                && return 0
            ;;
        merge)
            _arguments -s -S : $globals \
                '--ours[where both sides changed a path, keep this draft'\''s side]' \
                '--theirs[where both sides changed a path, take the other side]' \
                '--abort[give up a merge that waits]' \
                '1:VERSION:_dsctl_ask version' \
                && return 0
            ;;
        drop)
            _arguments -s -S : $globals \
                '--force[also commits that nothing else holds, and a draft that is in use]' \
                '-f[also commits that nothing else holds, and a draft that is in use]' \
                '1:VERSION|REF:_dsctl_ask version' \
                && return 0
            ;;
        log)
            _arguments -s -S : $globals \
                '--max-count[at most N commits]:N: ' \
                '-n[at most N commits]:N: ' \
                '--oneline[one line per commit]' \
                '--graph[draw how commits follow each other]' \
                '*:REV:_dsctl_ask version' \
                && return 0
            ;;
        diff)
            _arguments -s -S : $globals \
                '--staged[compare what is staged with A, or with the last commit]' \
                '--cached[the same as --staged]' \
                '--stat[one line per path, and sums]' \
                '--name-status[kind and path only\: A, M, D, T, or R with both paths]' \
                '--rows[tables (.csv, .tsv, .jsonl) row by row, in any order]' \
                '*--key[with --rows\: the column that says which row is which; may be repeated]:COL: ' \
                '--exit-code[exit with 1 if anything differs]' \
                '1:A:_dsctl_ask version' \
                '2:B:_dsctl_ask version' \
                '*:PATH:_files' \
                && return 0
            ;;
        show)
            _arguments -s -S : $globals \
                '--patch[show changed text line by line]' \
                '-p[show changed text line by line]' \
                '--stat[one line per path, and sums (the default)]' \
                '--name-status[kind and path only]' \
                '1:REV:_dsctl_ask version' \
                && return 0
            ;;
        ls)
            _arguments -s -S : $globals \
                '--long[kind, size and content hash as well]' \
                '-l[kind, size and content hash as well]' \
                '--recursive[everything below]' \
                '-R[everything below]' \
                '--in[look at this version instead, without a checkout]:REF:_dsctl_ask reference' \
                '*:PATH:_files' \
                && return 0
            ;;
        cat)
            _arguments -s -S : $globals \
                '--in[look at this version instead, without a checkout]:REF:_dsctl_ask reference' \
                '*:PATH:_files' \
                && return 0
            ;;
        du)
            _arguments -s -S : $globals \
                '--depth[folders down to N levels; default\: 1]:N: ' \
                '-d[folders down to N levels; default\: 1]:N: ' \
                '--in[look at this version instead, without a checkout]:REF:_dsctl_ask reference' \
                '*:PATH:_files' \
                && return 0
            ;;
        preview)
            _arguments -s -S : $globals \
                '--lines[how many lines or rows; default\: 20]:N: ' \
                '-n[how many lines or rows; default\: 20]:N: ' \
                '--in[look at this version instead, without a checkout]:REF:_dsctl_ask reference' \
                '1:PATH:_files' \
                && return 0
            ;;
        resolve)
            _arguments -s -S : $globals \
                '1:REF:_dsctl_ask reference' \
                && return 0
            ;;
        lineage)
            _arguments -s -S : $globals \
                '--uses[so many uses, the newest; default\: 20]:N: ' \
                '-n[so many uses, the newest; default\: 20]:N: ' \
                '--format[for people, or one OpenLineage event a line]:FORMAT:(text openlineage)' \
                '1:REF:_dsctl_ask reference' \
                && return 0
            ;;
        publish)
            _arguments -s -S : $globals \
                '--message[what this version is, for its record]:TEXT: ' \
                '-m[what this version is, for its record]:TEXT: ' \
                '--to[publish in this registry instead of the dataset'\''s own]:REGISTRY:_dsctl_ask registry' \
                '--sign[sign with this Ed25519 key\: a private key file, or a .pub file for ssh-agent (default\: sign.key)]:KEY:_files' \
                '--plain[also a plain copy, locked as well, for programs that read plain objects only]' \
                '--no-sign[do not sign, though sign.key is set]' \
                '--dry-run[only say what would be sent and locked]' \
                '-n[only say what would be sent and locked]' \
                '1:VERSION|REF:_dsctl_ask version' \
                && return 0
            ;;
        verify)
            _arguments -s -S : $globals \
                '--locks[in the registry\: check the locks as well]' \
                '--allowed-signers[whose signatures count (default\: verify.allowed-signers)]:FILE:_files' \
                '--signers[how many of them must have signed (default\: verify.signers-required, or 1)]:N: ' \
                '1:REF:_dsctl_ask reference' \
                && return 0
            ;;
        deprecate)
            _arguments -s -S : $globals \
                '--reason[why, shown to whoever uses the version]:TEXT: ' \
                '--withdraw[take a deprecation back]' \
                '1:VERSION|REF:_dsctl_ask reference' \
                && return 0
            ;;
        card)
            children=(
                'show:Show what the card says'
                'edit:Edit the card of this checkout, from a template if there is none'
                'lint:Name what is wrong with the card; exit status 1 if something is'
                'export:Print the card in the form that another system reads'
            )
            if (( CURRENT == 2 )); then
                _describe -t commands 'command' children
                return
            fi
            shift words
            (( CURRENT-- ))
            case $words[1] in
            show)
                _arguments -s -S : $globals \
                    '1:REF:_dsctl_ask reference' \
                    && return 0
                ;;
            edit)
                _arguments -s -S : $globals \
                    && return 0
                ;;
            lint)
                _arguments -s -S : $globals \
                    '1:REF:_dsctl_ask reference' \
                    && return 0
                ;;
            export)
                _arguments -s -S : $globals \
                    '--to[for whom]:FORMAT:(hf llmos croissant openlineage)' \
                    '1:REF:_dsctl_ask reference' \
                    && return 0
                ;;
            esac
            ;;
        cite)
            _arguments -s -S : $globals \
                '--format[BibTeX, one line of text, or the file CITATION.cff; default\: bibtex]:FORMAT:(bibtex text cff)' \
                '1:REF:_dsctl_ask reference' \
                && return 0
            ;;
        push)
            _arguments -s -S : $globals \
                '--to[to this registry instead of the dataset'\''s own]:REGISTRY:_dsctl_ask registry' \
                '--dry-run[only say what would be sent, in files and bytes]' \
                '-n[only say what would be sent, in files and bytes]' \
                '*:VERSION:_dsctl_ask version' \
                && return 0
            ;;
        fetch)
            _arguments -s -S : $globals \
                '1:REGISTRY:_dsctl_ask registry' \
                && return 0
            ;;
        pull)
            _arguments -s -S : $globals \
                '--ours[where both sides changed a path, keep this draft'\''s side]' \
                '--theirs[where both sides changed a path, take the registry'\''s side]' \
                '--dry-run[fetch, and only say what would change]' \
                '-n[fetch, and only say what would change]' \
                && return 0
            ;;
        get)
            _arguments -s -S : $globals \
                '--output[where to; - prints one file; default\: a folder of the dataset'\''s name]:DIR:_files -/' \
                '-o[where to; - prints one file; default\: a folder of the dataset'\''s name]:DIR:_files -/' \
                '1:REF:_dsctl_ask reference' \
                '*:PATH: ' \
                && return 0
            ;;
        put)
            _arguments -s -S : $globals \
                '--to[what the source becomes; with a '\''/'\'' at the end the folder it goes into]:PATH: ' \
                '--message[the commit'\''s message]:TEXT: ' \
                '-m[the commit'\''s message]:TEXT: ' \
                '--dry-run[only say what would be put]' \
                '-n[only say what would be put]' \
                '1:REF:_dsctl_ask reference' \
                '*:SRC:_files' \
                && return 0
            ;;
        mount)
            _arguments -s -S : $globals \
                '--foreground[stay, and say on stderr what goes wrong; Ctrl-C unmounts]' \
                '--draft[allow a draft, as it is now]' \
                '1:REF:_dsctl_ask reference' \
                '2:DIR:_files -/' \
                && return 0
            ;;
        unmount)
            _arguments -s -S : $globals \
                '1:DIR:_files -/' \
                && return 0
            ;;
        registry)
            children=(
                'add:Give a registry that exists a name on this machine'
                'init:Make a new registry, and give it a name on this machine'
                'list:List the registries this machine knows'
                'show:Show the settings of a registry'
                'check:Probe everything dsctl relies on; exit status 1 if something is missing, 4 without credentials'
                'policy:Print the bucket policies that give users their roles in a namespace'
                'default:Show or choose the default registry'
                'remove:Forget a registry; its data stays'
                'renew:Extend the locks of all that is published; run again after an interruption'
                'search:Find datasets by a part of their name or description'
            )
            if (( CURRENT == 2 )); then
                _describe -t commands 'command' children
                return
            fi
            shift words
            (( CURRENT-- ))
            case $words[1] in
            add)
                _arguments -s -S : $globals \
                    '--control-bucket[S3\: bucket for what changes; default\: BUCKET-ctl]:NAME: ' \
                    '--endpoint[S3\: where the bucket of an s3\:// URL is]:URL: ' \
                    '--region[S3\: the region to sign for]:NAME: ' \
                    '--ca-bundle[S3\: certificates (PEM) of the only authorities to trust]:FILE: ' \
                    '--profile[S3\: profile in the shared credentials files]:NAME: ' \
                    '--credentials-dir[S3\: folder with the files accessKeyID and accessKeySecret]:DIR: ' \
                    '--limit-rate[S3\: bytes a second, up and down, as 20M]:SIZE: ' \
                    '--timeout[S3\: how long the server may be silent; default\: 60]:SECONDS: ' \
                    '1:NAME: ' \
                    '2:URL:_files -/' \
                    && return 0
                ;;
            init)
                _arguments -s -S : $globals \
                    '--retention[how what is published is locked; default\: compliance]:MODE:(compliance governance none)' \
                    '--pack-days[how long content is locked; default\: 365]:N: ' \
                    '--record-days[how long names are locked; default\: 3650]:N: ' \
                    '--control-bucket[S3\: bucket for what changes; default\: BUCKET-ctl]:NAME: ' \
                    '--endpoint[S3\: where the bucket of an s3\:// URL is]:URL: ' \
                    '--region[S3\: the region to sign for]:NAME: ' \
                    '--ca-bundle[S3\: certificates (PEM) of the only authorities to trust]:FILE: ' \
                    '--profile[S3\: profile in the shared credentials files]:NAME: ' \
                    '--credentials-dir[S3\: folder with the files accessKeyID and accessKeySecret]:DIR: ' \
                    '--limit-rate[S3\: bytes a second, up and down, as 20M]:SIZE: ' \
                    '--timeout[S3\: how long the server may be silent; default\: 60]:SECONDS: ' \
                    '1:NAME: ' \
                    '2:URL:_files -/' \
                    && return 0
                ;;
            list)
                _arguments -s -S : $globals \
                    && return 0
                ;;
            show)
                _arguments -s -S : $globals \
                    '1:NAME:_dsctl_ask registry' \
                    && return 0
                ;;
            check)
                _arguments -s -S : $globals \
                    '1:NAME:_dsctl_ask registry' \
                    && return 0
                ;;
            policy)
                _arguments -s -S : $globals \
                    '--namespace[which; default\: as for references]:NS: ' \
                    '*--reader[may read]:USER: ' \
                    '*--writer[may read, and push drafts]:USER: ' \
                    '*--publisher[may write, and publish]:USER: ' \
                    '*--collector[may read, and remove what nothing reaches]:USER: ' \
                    '--record-use[all of them may note that they used a version]' \
                    '--bucket[print one policy alone]:KIND:(data control)' \
                    '1:NAME:_dsctl_ask registry' \
                    && return 0
                ;;
            default)
                _arguments -s -S : $globals \
                    '1:NAME:_dsctl_ask registry' \
                    && return 0
                ;;
            remove)
                _arguments -s -S : $globals \
                    '1:NAME:_dsctl_ask registry' \
                    && return 0
                ;;
            renew)
                _arguments -s -S : $globals \
                    '--dry-run[only say what would be extended]' \
                    '-n[only say what would be extended]' \
                    '--namespace[in this namespace only]:NS: ' \
                    '1:NAME:_dsctl_ask registry' \
                    && return 0
                ;;
            search)
                _arguments -s -S : $globals \
                    '--registry[in this registry only]:NAME:_dsctl_ask registry' \
                    '*--namespace[in this namespace only; may be repeated]:NS: ' \
                    '1:WORD: ' \
                    && return 0
                ;;
            esac
            ;;
        fsck)
            _arguments -s -S : $globals \
                '--full[read every byte and check every hash]' \
                '--repair[rebuild the index and fetch what is damaged from the registry]' \
                && return 0
            ;;
        gc)
            _arguments -s -S : $globals \
                '--dry-run[only say what would be freed]' \
                '-n[only say what would be freed]' \
                '--drop-held[also local content that a registry verifiably has]' \
                '--registry[free space in this registry instead]:NAME:_dsctl_ask registry' \
                '--namespace[with --registry\: in this namespace only]:NS: ' \
                '--grace[with --registry\: spare what is younger, and wait so long before anything is removed; default\: 14d]:DURATION: ' \
                '--keep-days[keep commits that the reflog of the last N days mentions; default\: 30]:N: ' \
                && return 0
            ;;
        config)
            children=(
                'get:Print the value of a setting'
                'set:Change a setting of this checkout'
                'list:Print every setting, the weakest first'
            )
            if (( CURRENT == 2 )); then
                _describe -t commands 'command' children
                return
            fi
            shift words
            (( CURRENT-- ))
            case $words[1] in
            get)
                _arguments -s -S : $globals \
                    '--show-origin[also the file it comes from]' \
                    '1:KEY:_dsctl_ask config_key' \
                    && return 0
                ;;
            set)
                _arguments -s -S : $globals \
                    '--global[of this user instead (the default outside of a checkout)]' \
                    '--system[of this machine instead]' \
                    '--unset[remove the setting]' \
                    '1:KEY:_dsctl_ask config_key' \
                    '2:VALUE: ' \
                    && return 0
                ;;
            list)
                _arguments -s -S : $globals \
                    '--show-origin[also the file each comes from]' \
                    && return 0
                ;;
            esac
            ;;
        cache)
            children=(
                'info:Show where the cache is and how large'
                'prune:Remove what was not used for longest'
            )
            if (( CURRENT == 2 )); then
                _describe -t commands 'command' children
                return
            fi
            shift words
            (( CURRENT-- ))
            case $words[1] in
            info)
                _arguments -s -S : $globals \
                    && return 0
                ;;
            prune)
                _arguments -s -S : $globals \
                    '--max[leave at most SIZE ("10GiB"); default\: nothing]:SIZE: ' \
                    && return 0
                ;;
            esac
            ;;
        completion)
            _arguments -s -S : $globals \
                '1:SHELL:(bash zsh fish)' \
                && return 0
            ;;
        version)
            _arguments -s -S : $globals \
                && return 0
            ;;
        help)
            _arguments -s -S : $globals \
                '*:COMMAND|TOPIC:_dsctl_commands' \
                && return 0
            ;;
        rev-parse)
            _arguments -s -S : $globals \
                '--short[ten digits only]' \
                '--tree[the root of the tree instead of the commit]' \
                '--show-root[the folder of the checkout instead]' \
                '*:REV:_dsctl_ask version' \
                && return 0
            ;;
        cat-object)
            _arguments -s -S : $globals \
                '--type[look for this kind only]:KIND:(tree chunk recipe recipe-part)' \
                '-t[look for this kind only]:KIND:(tree chunk recipe recipe-part)' \
                '--pretty[trees and recipes as text]' \
                '-p[trees and recipes as text]' \
                '1:HASH|REV: ' \
                && return 0
            ;;
        hash-file)
            _arguments -s -S : $globals \
                '*:FILE:_files' \
                && return 0
            ;;
        ls-tree)
            _arguments -s -S : $globals \
                '--manifest[print the canonical manifest instead; its SHA-256 is the digest]' \
                '1:REV|REF:_dsctl_ask version' \
                && return 0
            ;;
        pack-info)
            _arguments -s -S : $globals \
                '1:PACK: ' \
                && return 0
            ;;
        for-each-ref)
            _arguments -s -S : $globals \
                '1:PREFIX: ' \
                && return 0
            ;;
        esac
        ;;
    esac
}

if [[ $funcstack[1] == _dsctl ]]; then
    _dsctl "$@"
else
    compdef _dsctl dsctl
fi
