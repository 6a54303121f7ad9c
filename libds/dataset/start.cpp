#include "dataset/start.hpp"

#include "base/path.hpp"
#include "dataset/inspect.hpp"
#include "dataset/share.hpp"
#include "dataset/uses.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// What a folder's name becomes as a dataset name: lower case, and anything that is not allowed there a dash.
std::string suggested_name(std::string_view folder) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    std::string name;
    for (const char c : folder) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if (plain(lower)) {
            name += lower;
        } else if (!name.empty() && !plain(name.back())) {
            name.back() = '-';
        } else if (!name.empty()) {
            name += lower == '.' || lower == '_' ? lower : '-';
        }
    }
    while (!name.empty() && !is_component(name)) { // a separator at the end, or too long
        name.pop_back();
    }
    return name.empty() ? "dataset" : name;
}

/// The folder as the next command must name it: not at all where it is the current one.
std::string folder_operand(const std::string& dir) {
    return dir == absolute_path(".") ? "" : fmt::format(" '{}'", printable(dir));
}

DatasetName named_dataset(Session& session, const std::string& name) {
    return name.find('/') == std::string::npos ? DatasetName(session.default_namespace(), name)
                                               : DatasetName::parse(name);
}

/// Options are not passed over because a checkout is there: each that wants something else says how to change it.
void refuse_other_options(Session& session, const InitOptions& options, const Config& config,
                          const InitResult& there) {
    const auto refuse = [&](const std::string& what, const std::string& hint) {
        throw Error(ErrorKind::conflict,
                    fmt::format("'{}' is a checkout of {} already, {}", printable(options.dir),
                                there.name.str(), what),
                    hint);
    };
    const auto registry = config.get("dataset.registry").value_or("");
    const auto description = config.get("dataset.description").value_or("");
    if (options.name && named_dataset(session, *options.name) != there.name) {
        refuse("not of " + named_dataset(session, *options.name).str(), "dsctl init in another folder");
    }
    if (options.registry && *options.registry != registry) {
        refuse(fmt::format("of registry '{}'", printable(registry)),
               "dsctl config set dataset.registry " + printable(*options.registry));
    }
    if (options.description && *options.description != description) {
        refuse("with another description", "dsctl config set dataset.description TEXT");
    }
    if (options.draft && *options.draft != there.draft.str()) {
        refuse("on version " + there.draft.str(),
               fmt::format("dsctl draft {} --new", VersionName(*options.draft).str()));
    }
}

DatasetName dataset_name(Session& session, const InitOptions& options) {
    if (options.name) {
        return named_dataset(session, *options.name);
    }
    const std::string folder(base_name(std::string_view(options.dir).substr(1)));
    if (!is_component(folder)) {
        const auto name = suggested_name(folder);
        throw Error(ErrorKind::usage,
                    fmt::format("the folder's name '{}' cannot be a dataset name; it would be '{}'",
                                printable(folder), name),
                    fmt::format("dsctl init --name {}{}", name, folder_operand(options.dir)));
    }
    return DatasetName(session.default_namespace(), folder);
}

/// Everything but the format file, which makes it a repository.
void create_repository(const std::string& root, const DatasetName& name, const std::string& registry,
                       const std::string& description, const VersionName& draft) {
    const std::string dir = root + "/.dsctl";
    // An interrupted init left no format file, and no lock either: that comes with the first change.
    if (path_exists(dir + "/lock")) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("'{}' is a repository in use whose file 'format' is missing", printable(dir)),
                    write_format_hint(dir));
    }
    remove_tree(dir);
    make_dirs(dir, 0700);
    make_dirs(dir + "/info");
    write_file_atomic(dir + "/info/exclude",
                      "# Ignore rules that stay on this machine, one pattern a line.\n");
    History::create(dir + "/git", draft);
    ObjectStore::create(dir + "/store", StoreParams{});
    const auto store = ObjectStore::open(dir + "/store");
    make_dirs(dir + "/worktree");
    Worktree::create(dir + "/worktree", *store);
    auto paths = Config::default_paths(dir);
    auto config = Config::open(paths);
    config.set(Config::Level::repository, "dataset.name", name.str());
    config.set(Config::Level::repository, "dataset.registry", registry);
    if (!description.empty()) {
        config.set(Config::Level::repository, "dataset.description", description);
    }
    write_file_atomic(dir + "/format", format_line);
    sync_dir(root);
}

void check_registry_known(Session& session, const std::string& alias) {
    for (const auto& entry : session.registries()) {
        if (entry.alias == alias) {
            return;
        }
    }
    (void)session.registry(alias); // says what it suggests instead
}

} // namespace

InitResult init(Session& session, const InitOptions& options) {
    const std::string dir = options.dir + "/.dsctl";
    if (path_exists(dir + "/format")) {
        const auto config = Config::open(Config::default_paths(dir));
        const auto name = config.get("dataset.name");
        const auto current = History::open(dir + "/git")->current();
        InitResult there{options.dir, DatasetName::parse(name.value_or("")), current.name, true};
        refuse_other_options(session, options, config, there);
        return there;
    }
    const auto name = dataset_name(session, options);
    const VersionName draft(options.draft.value_or("v1"));
    const auto registry = options.registry.value_or(session.default_registry());
    check_registry_known(session, registry);
    make_dirs(options.dir);
    create_repository(options.dir, name, registry, options.description.value_or(""), draft);
    return {options.dir, name, draft, false};
}

namespace {

/// Makes the target folder a repository for the clone, or finds the one an interrupted clone left.
void prepare_target(const std::string& root, const ResolvedVersion& wanted, const CloneOptions& options) {
    const std::string marker = root + "/.dsctl/clone";
    const std::string text = fmt::format("{}/{}\n", wanted.registry, wanted.dataset.str());
    if (path_exists(root)) {
        if (const auto begun = try_read_file(marker, 4096); begun && *begun == text) {
            return;
        }
        // A .dsctl without format is what an interrupted clone left before it could write its marker.
        auto names = list_dir(root);
        std::erase_if(names, [&](const auto& name) {
            return name == ".dsctl" && !path_exists(root + "/.dsctl/format");
        });
        if (!names.empty()) {
            throw Error(ErrorKind::conflict, fmt::format("'{}' exists and is not empty", printable(root)),
                        fmt::format("dsctl clone {} OTHER-FOLDER", options.ref));
        }
    }
    make_dirs(root);
    const VersionName unborn(wanted.version);
    create_repository(root, wanted.dataset, wanted.registry, "", unborn);
    write_file_atomic(marker, text);
}

/// A clone of nothing would only look as if it had worked. What was made for it goes.
void refuse_useless_filter(Repository& repository, const ResolvedVersion& wanted, const CloneOptions& options,
                           bool root_is_new) {
    if (options.include.empty() || wanted.commit.empty()) {
        return;
    }
    const auto name = fmt::format("{}/{}:{}", wanted.registry, wanted.dataset.str(), wanted.version);
    try {
        require_matches(repository.store(), wanted.roots.tree.root, options.include, name,
                        "dsctl ls --in " + name);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::not_found) {
            remove_tree(root_is_new ? repository.root() : repository.dir());
        }
        throw;
    }
}

} // namespace

CloneResult clone(Session& outer, const CloneOptions& options) {
    const auto ref = DatasetRef::parse(options.ref);
    const auto wanted = resolve_ref(outer, ref);
    require_signers(outer, wanted);
    warn_if_deprecated(outer, wanted);
    const auto root = absolute_path(options.dir.value_or(wanted.dataset.name()));
    const bool root_is_new = !path_exists(root);
    prepare_target(root, wanted, options);

    Session session(outer.context(), root + "/.dsctl");
    Repository repository(session, root + "/.dsctl");
    {
        const auto lock = repository.lock();
        repository.worktree().set_filter({options.include, options.exclude});
    }
    fetch(repository, wanted.registry);
    refuse_useless_filter(repository, wanted, options, root_is_new);

    CloneResult result{root, wanted.dataset, wanted.version, VersionState::draft, 0, 0};
    {
        const auto lock = repository.lock();
        const VersionName version(wanted.version);
        auto& history = repository.history();
        if (wanted.published) {
            result.state = VersionState::published;
        } else if (!wanted.commit.empty() && !history.draft(version)) {
            history.set_draft(version, CommitId(wanted.commit), std::nullopt, session.author(),
                              "clone: from " + options.ref);
        }
        history.set_current(version, result.state);
        const auto tree = wanted.commit.empty() ? empty_tree() : wanted.roots.tree;
        if (options.checkout) {
            repository.ensure_content(tree.root);
            const auto content = repository.content(tree.root);
            const auto files = repository.worktree().checkout(repository.worktree().staged().root, tree.root,
                                                              *content, {}, repository.context());
            result.files = files.written;
            result.bytes = files.bytes;
        } else {
            repository.worktree().set_staged(tree.root);
        }
        remove_file(root + "/.dsctl/clone");
    }
    record_use(session, wanted, "clone");
    return result;
}

} // namespace ds
