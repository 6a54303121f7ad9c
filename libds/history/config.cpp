// The merged configuration: read through libgit2, changed in a copy that then replaces the file.
#include "history/config.hpp"

#include "base/number.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "history/git2.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fmt/format.h>
#include <functional>
#include <set>

namespace ds {

namespace {

constexpr std::uint64_t max_config_bytes = 1u << 20;
constexpr unsigned lock_wait_ms = 10'000;

struct Value {
    Config::Level level;
    std::string key;
    std::optional<std::string> text; ///< nothing: a key without '='
};

[[noreturn]] void bad_key(const std::string& key) {
    throw Error(ErrorKind::usage, fmt::format("'{}' is no configuration key", printable(key)),
                "write it as section.name or section.subsection.name");
}

/// Section and name are letters, digits and '-', any case; a subsection is any text. As git compares them.
std::string normalised(const std::string& key) {
    const auto first = key.find('.');
    const auto last = key.rfind('.');
    if (first == std::string::npos) {
        bad_key(key);
    }
    std::string out = key;
    const auto lower_word = [&](std::size_t from, std::size_t to) {
        if (from >= to) {
            bad_key(key);
        }
        for (std::size_t i = from; i < to; ++i) {
            const char c = out[i];
            const bool upper = c >= 'A' && c <= 'Z';
            if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
                bad_key(key);
            }
            out[i] = upper ? static_cast<char>(c - 'A' + 'a') : c;
        }
    };
    lower_word(0, first);
    lower_word(last + 1, out.size());
    if (out[last + 1] >= '0' && out[last + 1] <= '9') { // as git has it: a name begins with a letter
        bad_key(key);
    }
    for (const char c : out.substr(first, last - first)) {
        if (static_cast<unsigned char>(c) < ' ' || c == '"' || c == '\\') {
            bad_key(key);
        }
    }
    return out;
}

std::size_t line_of(std::string_view content, std::size_t position) {
    const auto before = content.substr(0, position);
    return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

/// @param content of `path`; @param real what the user calls it
[[noreturn]] void malformed(const std::string& path, const std::string& real, std::string_view content,
                            int code) {
    const auto* last = git_error_last();
    std::string reason = last == nullptr || last->message == nullptr ? "unknown reason" : last->message;
    if (code == GIT_ENOTFOUND || (last != nullptr && last->klass == GIT_ERROR_OS)) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot read '{}': {}", printable(real), printable(reason)));
    }
    for (auto at = reason.find(path); path != real && at != std::string::npos;
         at = reason.find(path, at + real.size())) {
        reason.replace(at, path.size(), real);
    }
    // libgit2 names the line, but not for a bad escape: there it quotes what follows.
    constexpr std::string_view escape = "invalid escape at ";
    std::string where;
    if (reason.starts_with(escape)) {
        if (const auto at = content.find(std::string("\\").append(reason, escape.size()));
            at != std::string_view::npos) {
            where = fmt::format(" (in {}:{})", real, line_of(content, at));
        }
    } else if (reason.find(real) == std::string::npos) {
        where = fmt::format(" (in {})", real);
    }
    throw Error(ErrorKind::failure,
                fmt::format("cannot read the configuration: {}", printable(reason + where)),
                fmt::format("correct '{}' in an editor", printable(real)));
}

git::ConfigHandle open_file_config(const std::string& path, const std::string& real,
                                   std::string_view content) {
    if (const auto nul = content.find('\0'); nul != std::string_view::npos) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot read the configuration: a NUL byte (in {}:{})", printable(real),
                                line_of(content, nul)),
                    fmt::format("correct '{}' in an editor", printable(real)));
    }
    git_config* raw = nullptr;
    if (const int code = git_config_open_ondisk(&raw, path.c_str()); code < 0) {
        malformed(path, real, content, code);
    }
    return git::ConfigHandle(raw);
}

void load(const std::string& path, Config::Level level, std::vector<Value>& out) {
    const auto content = path.empty() ? std::nullopt : try_read_file(path, max_config_bytes);
    if (!content) {
        return;
    }
    const auto config = open_file_config(path, path, *content);
    git_config_iterator* raw = nullptr;
    git::check(git_config_iterator_new(&raw, config.get()), "cannot read the configuration");
    const git::ConfigIteratorHandle iterator(raw);
    git_config_entry* entry = nullptr;
    while (git_config_next(&entry, raw) == 0) {
        const std::string key = entry->name;
        if (const auto dot = key.find('.'); dot == std::string::npos || dot == 0) {
            // libgit2 lets this pass; it would be a value that nobody finds.
            const auto name = key.substr(dot == 0 ? 1 : 0);
            const auto at =
                std::search(content->begin(), content->end(), name.begin(), name.end(),
                            [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
            throw Error(
                ErrorKind::failure,
                fmt::format("cannot read the configuration: '{}' stands before any section (in {}:{})",
                            printable(name), printable(path),
                            line_of(*content, static_cast<std::size_t>(at - content->begin()))),
                fmt::format("correct '{}' in an editor", printable(path)));
        }
        out.push_back(
            {level, key, entry->value == nullptr ? std::nullopt : std::optional<std::string>(entry->value)});
    }
}

/// Removes a file when the scope ends.
struct TemporaryFile {
    std::string path;
    ~TemporaryFile() {
        for (const auto& name : {path, path + ".lock"}) {
            std::remove(name.c_str());
        }
    }
};

std::optional<std::string> value_in(git_config* config, const std::string& key) {
    git_buf buffer{nullptr, 0, 0};
    if (git_config_get_string_buf(&buffer, config, key.c_str()) < 0) {
        return std::nullopt;
    }
    std::string value(buffer.ptr, buffer.size);
    git_buf_dispose(&buffer);
    return value;
}

} // namespace

struct Config::Impl {
    Paths paths;
    std::vector<Value> values; ///< lowest priority first

    explicit Impl(Paths files) : paths(std::move(files)) { reload(); }
    void reload() {
        git::start_library();
        std::vector<Value> fresh;
        load(paths.system, Level::system, fresh);
        load(paths.user, Level::user, fresh);
        load(paths.repository, Level::repository, fresh);
        values = std::move(fresh);
    }
    [[nodiscard]] const std::string& path_of(Level level) const {
        return level == Level::system ? paths.system : level == Level::user ? paths.user : paths.repository;
    }
    [[nodiscard]] const Value* find(const std::string& key) const {
        const auto wanted = normalised(key);
        const auto it =
            std::find_if(values.rbegin(), values.rend(), [&](const Value& v) { return v.key == wanted; });
        return it == values.rend() ? nullptr : &*it;
    }
    [[noreturn]] void bad_value(const Value& value, std::string_view wanted) const {
        throw Error(ErrorKind::usage,
                    fmt::format("{} is '{}' in '{}', which is no {}", value.key,
                                printable(value.text.value_or("")), printable(path_of(value.level)), wanted),
                    fmt::format("dsctl config set {} VALUE", value.key));
    }
    /// Runs `edit` on a copy and replaces the file by it.
    void change(Level level, const std::function<void(git_config*, const std::string&)>& edit);
};

void Config::Impl::change(Level level, const std::function<void(git_config*, const std::string&)>& edit) {
    auto path = path_of(level);
    if (path.empty()) {
        throw Error(ErrorKind::usage,
                    level == Level::repository
                        ? "there is no repository here whose configuration could change"
                        : "there is no home folder for the configuration",
                    level == Level::repository ? "dsctl init" : "set HOME or XDG_CONFIG_HOME");
    }
    if (path_exists(path)) {
        path = real_path(path); // a link stays a link
    }
    const auto slash = path.rfind('/');
    const auto dir = slash == std::string::npos ? std::string(".") : path.substr(0, slash);
    make_dirs(dir, 0700);
    const auto lock = LockFile::acquire(path + "-lock", LockFile::Mode::exclusive, lock_wait_ms);
    if (!lock) {
        throw Error(ErrorKind::locked, fmt::format("another dsctl is changing '{}'", printable(path)),
                    "run the same command again");
    }
    const auto st = try_stat(path);
    const auto before = try_read_file(path, max_config_bytes).value_or("");
    const TemporaryFile copy{dir + "/.dsctl-tmp-" + random_hex(12)};
    write_file_atomic(copy.path, before, Durability::volatile_);
    {
        const auto config = open_file_config(copy.path, path, before);
        edit(config.get(), path);
    }
    const auto size = try_stat(copy.path);
    if (size && static_cast<std::uint64_t>(size->st_size) > max_config_bytes) {
        throw Error(ErrorKind::failure, fmt::format("'{}' would become larger than 1 MiB", printable(path)));
    }
    const auto after = read_file(copy.path, max_config_bytes);
    if (after != before || !st) {
        write_file_atomic(path, after, Durability::synced, st ? st->st_mode & 0777 : 0600);
    }
    reload();
}

Config::Config(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;

Config::Paths Config::default_paths(const std::string& repository_dir) {
    Paths paths;
    paths.system = "/etc/dsctl/config";
    if (const auto xdg = env("XDG_CONFIG_HOME");
        xdg && xdg->starts_with('/')) { // relative ones are to be ignored
        paths.user = *xdg + "/dsctl/config";
    } else if (const auto home = env("HOME")) {
        paths.user = *home + "/.config/dsctl/config";
    }
    if (!repository_dir.empty()) {
        paths.repository = repository_dir + "/config";
    }
    return paths;
}

Config Config::open(const Paths& paths) {
    return Config(std::make_unique<Impl>(paths));
}

std::optional<std::string> Config::get(const std::string& key) const {
    const auto* value = impl_->find(key);
    return value == nullptr ? std::nullopt : std::optional(value->text.value_or(""));
}

std::optional<bool> Config::get_bool(const std::string& key) const {
    const auto* value = impl_->find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    int flag = 1;
    if (value->text && git_config_parse_bool(&flag, value->text->c_str()) < 0) {
        impl_->bad_value(*value, "boolean");
    }
    return flag != 0;
}

std::optional<std::uint64_t> Config::get_bytes(const std::string& key) const {
    const auto* value = impl_->find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto bytes = parse_bytes(value->text.value_or(""));
    if (!bytes) {
        impl_->bad_value(*value, "size");
    }
    return bytes;
}

std::optional<unsigned> Config::get_seconds(const std::string& key) const {
    constexpr unsigned day = 86400;
    const auto* value = impl_->find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto seconds = parse_number(value->text.value_or(""));
    if (!seconds || *seconds > day) {
        impl_->bad_value(*value, "number of seconds");
    }
    return static_cast<unsigned>(*seconds);
}

std::vector<ConfigValue> Config::list() const {
    std::vector<ConfigValue> out;
    out.reserve(impl_->values.size());
    for (const auto& value : impl_->values) {
        out.push_back({value.key, value.text.value_or(""), impl_->path_of(value.level)});
    }
    return out;
}

void Config::set(Level level, const std::string& key, const std::string& value) {
    const auto name = normalised(key);
    if (value.find('\0') != std::string::npos) {
        throw Error(ErrorKind::usage, fmt::format("the value of {} has a NUL byte", printable(key)));
    }
    impl_->change(level, [&](git_config* config, const std::string& path) {
        const auto action = fmt::format("cannot set {} in '{}'", printable(key), printable(path));
        git::check(git_config_set_string(config, name.c_str(), value.c_str()), action);
        if (value_in(config, name) != value) {
            throw Error(ErrorKind::failure, fmt::format("{}: git's syntax cannot hold this value", action));
        }
    });
}

bool Config::unset(Level level, const std::string& key) {
    const auto name = normalised(key);
    if (const auto& path = impl_->path_of(level); !path.empty() && !path_exists(path)) {
        return false;
    }
    bool was_set = true;
    impl_->change(level, [&](git_config* config, const std::string& path) {
        const int code = git_config_delete_multivar(config, name.c_str(), ".*");
        if (code == GIT_ENOTFOUND) {
            was_set = false;
        } else {
            git::check(code, fmt::format("cannot unset {} in '{}'", printable(key), printable(path)));
        }
    });
    return was_set;
}

std::vector<std::string> Config::subsections(const std::string& section) const {
    const auto prefix = section + ".";
    std::set<std::string> out;
    for (const auto& value : impl_->values) {
        const auto last = value.key.rfind('.');
        if (value.key.starts_with(prefix) && last >= prefix.size()) {
            out.insert(value.key.substr(prefix.size(), last - prefix.size()));
        }
    }
    return {out.begin(), out.end()};
}

} // namespace ds
