# bash completion of dsctl; made by: dsctl completion bash

# Sets options, values and operands for the command "$1" ("registry add").
__dsctl_command() {
    options='' values='' operands='nothing' children=''
    case "$1" in
    'init')
        options='--name --registry --description --draft' values='--name:nothing --registry:registry --description:nothing --draft:nothing '
        operands='folder' children='' ;;
    'clone')
        options='--include --exclude --no-checkout' values='--include:nothing --exclude:nothing '
        operands='reference folder' children='' ;;
    'import')
        options='--message -m --dry-run -n' values='--message:nothing -m:nothing '
        operands='path reference' children='' ;;
    'export')
        options='--delete --llmos --documents' values='--documents:nothing '
        operands='reference path' children='' ;;
    'add')
        options='--all -A --dry-run -n' values=''
        operands='path' children='' ;;
    'rm')
        options='--cached --recursive -r --force -f --dry-run -n --in --message -m' values='--in:reference --message:nothing -m:nothing '
        operands='path' children='' ;;
    'mv')
        options='--in --message -m' values='--in:reference --message:nothing -m:nothing '
        operands='path path' children='' ;;
    'mkdir')
        options='--in --message -m' values='--in:reference --message:nothing -m:nothing '
        operands='folder' children='' ;;
    'status')
        options='--short -s' values=''
        operands='path' children='' ;;
    'restore')
        options='--staged --worktree -W --from' values='--from:version '
        operands='path' children='' ;;
    'reset')
        options='--hard' values=''
        operands='version' children='' ;;
    'commit')
        options='--all -a --message -m --amend --allow-empty' values='--message:nothing -m:nothing '
        operands='nothing' children='' ;;
    'check-ignore')
        options='--verbose -v' values=''
        operands='path' children='' ;;
    'draft')
        options='--inherit --new' values='--inherit:version '
        operands='nothing' children='' ;;
    'versions')
        options='' values=''
        operands='reference' children='' ;;
    'switch')
        options='--force -f' values=''
        operands='version' children='' ;;
    'merge')
        options='--ours --theirs --abort' values=''
        operands='version' children='' ;;
    'drop')
        options='--force -f' values=''
        operands='version' children='' ;;
    'log')
        options='--max-count -n --oneline --graph' values='--max-count:nothing -n:nothing '
        operands='version path' children='' ;;
    'diff')
        options='--staged --cached --stat --name-status --rows --key --exit-code' values='--key:nothing '
        operands='version version path' children='' ;;
    'show')
        options='--patch -p --stat --name-status' values=''
        operands='version' children='' ;;
    'ls')
        options='--long -l --recursive -R --in' values='--in:reference '
        operands='path' children='' ;;
    'cat')
        options='--in' values='--in:reference '
        operands='path' children='' ;;
    'du')
        options='--depth -d --in' values='--depth:nothing -d:nothing --in:reference '
        operands='path' children='' ;;
    'preview')
        options='--lines -n --in' values='--lines:nothing -n:nothing --in:reference '
        operands='path' children='' ;;
    'resolve')
        options='' values=''
        operands='reference' children='' ;;
    'lineage')
        options='--uses -n --format' values='--uses:nothing -n:nothing --format:=text,openlineage '
        operands='reference' children='' ;;
    'publish')
        options='--message -m --to --sign --plain --no-sign --dry-run -n' values='--message:nothing -m:nothing --to:registry --sign:path '
        operands='version' children='' ;;
    'verify')
        options='--locks --allowed-signers --signers' values='--allowed-signers:path --signers:nothing '
        operands='reference' children='' ;;
    'deprecate')
        options='--reason --withdraw' values='--reason:nothing '
        operands='reference' children='' ;;
    'card')
        options='' values=''
        operands='nothing' children='show edit lint export' ;;
    'card show')
        options='' values=''
        operands='reference' children='' ;;
    'card edit')
        options='' values=''
        operands='nothing' children='' ;;
    'card lint')
        options='' values=''
        operands='reference' children='' ;;
    'card export')
        options='--to' values='--to:=hf,llmos,croissant,openlineage '
        operands='reference' children='' ;;
    'cite')
        options='--format' values='--format:=bibtex,text,cff '
        operands='reference' children='' ;;
    'push')
        options='--to --dry-run -n' values='--to:registry '
        operands='version' children='' ;;
    'fetch')
        options='' values=''
        operands='registry' children='' ;;
    'pull')
        options='--ours --theirs --dry-run -n' values=''
        operands='nothing' children='' ;;
    'get')
        options='--output -o' values='--output:folder -o:folder '
        operands='reference nothing' children='' ;;
    'put')
        options='--to --message -m --dry-run -n' values='--to:nothing --message:nothing -m:nothing '
        operands='reference path' children='' ;;
    'mount')
        options='--foreground --draft' values=''
        operands='reference folder' children='' ;;
    'unmount')
        options='' values=''
        operands='folder' children='' ;;
    'registry')
        options='' values=''
        operands='nothing' children='add init list show check policy default remove renew search' ;;
    'registry add')
        options='--control-bucket --endpoint --region --ca-bundle --profile --credentials-dir --limit-rate --timeout' values='--control-bucket:nothing --endpoint:nothing --region:nothing --ca-bundle:nothing --profile:nothing --credentials-dir:nothing --limit-rate:nothing --timeout:nothing '
        operands='nothing folder' children='' ;;
    'registry init')
        options='--retention --pack-days --record-days --control-bucket --endpoint --region --ca-bundle --profile --credentials-dir --limit-rate --timeout' values='--retention:=compliance,governance,none --pack-days:nothing --record-days:nothing --control-bucket:nothing --endpoint:nothing --region:nothing --ca-bundle:nothing --profile:nothing --credentials-dir:nothing --limit-rate:nothing --timeout:nothing '
        operands='nothing folder' children='' ;;
    'registry list')
        options='' values=''
        operands='nothing' children='' ;;
    'registry show')
        options='' values=''
        operands='registry' children='' ;;
    'registry check')
        options='' values=''
        operands='registry' children='' ;;
    'registry policy')
        options='--namespace --reader --writer --publisher --collector --record-use --bucket' values='--namespace:nothing --reader:nothing --writer:nothing --publisher:nothing --collector:nothing --bucket:=data,control '
        operands='registry' children='' ;;
    'registry default')
        options='' values=''
        operands='registry' children='' ;;
    'registry remove')
        options='' values=''
        operands='registry' children='' ;;
    'registry renew')
        options='--dry-run -n --namespace' values='--namespace:nothing '
        operands='registry' children='' ;;
    'registry search')
        options='--registry --namespace' values='--registry:registry --namespace:nothing '
        operands='nothing' children='' ;;
    'fsck')
        options='--full --repair' values=''
        operands='nothing' children='' ;;
    'gc')
        options='--dry-run -n --drop-held --registry --namespace --grace --keep-days' values='--registry:registry --namespace:nothing --grace:nothing --keep-days:nothing '
        operands='nothing' children='' ;;
    'config')
        options='' values=''
        operands='nothing' children='get set list' ;;
    'config get')
        options='--show-origin' values=''
        operands='config_key' children='' ;;
    'config set')
        options='--global --system --unset' values=''
        operands='config_key nothing' children='' ;;
    'config list')
        options='--show-origin' values=''
        operands='nothing' children='' ;;
    'cache')
        options='' values=''
        operands='nothing' children='info prune' ;;
    'cache info')
        options='' values=''
        operands='nothing' children='' ;;
    'cache prune')
        options='--max' values='--max:nothing '
        operands='nothing' children='' ;;
    'completion')
        options='' values=''
        operands='=bash,zsh,fish' children='' ;;
    'version')
        options='' values=''
        operands='nothing' children='' ;;
    'help')
        options='' values=''
        operands='command' children='' ;;
    'rev-parse')
        options='--short --tree --show-root' values=''
        operands='version' children='' ;;
    'cat-object')
        options='--type -t --pretty -p' values='--type:=tree,chunk,recipe,recipe-part -t:=tree,chunk,recipe,recipe-part '
        operands='nothing' children='' ;;
    'hash-file')
        options='' values=''
        operands='path' children='' ;;
    'ls-tree')
        options='--manifest' values=''
        operands='version' children='' ;;
    'pack-info')
        options='' values=''
        operands='nothing' children='' ;;
    'for-each-ref')
        options='' values=''
        operands='nothing' children='' ;;
    esac
}

# Offers words of a kind for "$cur".
__dsctl_offer() {
    case "$1" in
    =*) COMPREPLY=($(compgen -W "${1//[=,]/ }" -- "$cur")) ;;
    path) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
    folder) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")) ;;
    command) COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    nothing) ;;
    *) COMPREPLY=($(compgen -W "$(command dsctl __complete "$1" 2>/dev/null)" -- "$cur")) ;;
    esac
}

_dsctl() {
    local IFS=$' \t\n' cur="${COMP_WORDS[COMP_CWORD]}" command='' word kind='' count=0 i
    local options='' values='' operands='' children=''
    local commands='init clone import export add rm mv mkdir status restore reset commit check-ignore draft versions switch merge drop log diff show ls cat du preview resolve lineage publish verify deprecate card cite push fetch pull get put mount unmount registry fsck gc config cache completion version help rev-parse cat-object hash-file ls-tree pack-info for-each-ref'
    local global_options='--directory -C --json --null -z --quiet -q --jobs -j --progress --color --no-pager --yes -y --no-input --help -h --version'
    local global_values='--directory:folder -C:folder --jobs:nothing -j:nothing --progress:=auto,tty,plain,json,none --color:=auto,always,never '
    children="$commands"
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ -n $kind ]]; then
            kind=''
        elif [[ $word == -?* ]]; then
            case " $values$global_values" in
            *" $word:"*) kind=" $values$global_values"; kind="${kind#*" $word:"}"; kind="${kind%% *}" ;;
            esac
        elif [[ -n $children ]]; then
            command="${command:+$command }$word"
            __dsctl_command "$command"
        else
            count=$((count + 1))
        fi
    done
    if [[ -n $kind ]]; then
        __dsctl_offer "$kind"
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options $global_options" -- "$cur"))
    elif [[ -n $children ]]; then
        COMPREPLY=($(compgen -W "$children" -- "$cur"))
    else
        set -- $operands
        while ((count > 0 && $# > 1)); do shift; count=$((count - 1)); done
        __dsctl_offer "$1"
    fi
}
complete -F _dsctl dsctl
