#include "dataset/put.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/inspect.hpp"
#include "os/file.hpp"
#include "os/missing_path.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::string_view stdin_word = "-";

bool means_content(const std::string& source) {
    return source == "." || source == ".." || source.ends_with("/.") || source.ends_with("/..");
}

/// A source and where it goes.
struct Placed {
    std::string source;
    std::string to;
    bool may_go_into = false; ///< if that is a folder of the draft and this is a file
};

std::vector<Placed> place_sources(const PutOptions& options) {
    std::vector<Placed> out;
    const bool into = options.to && (options.sources.size() > 1 || options.to->ends_with('/'));
    const auto to = options.to ? normalise_path("", *options.to) : std::string();
    for (const auto& source : options.sources) {
        if (source == stdin_word) {
            if (to.empty() || into) {
                throw Error(ErrorKind::usage, "standard input needs a name",
                            "dsctl put " + options.ref.str() + " - --to PATH");
            }
            out.push_back({source, to, true});
            continue;
        }
        const auto base =
            means_content(source) ? std::string() : std::string(base_name(absolute_path(source)));
        if (options.to && !into) {
            out.push_back({source, to, !base.empty()});
        } else {
            out.push_back({source, base.empty() ? to : to.empty() ? base : to + "/" + base, false});
        }
    }
    if (std::count(options.sources.begin(), options.sources.end(), stdin_word) > 1) {
        throw Error(ErrorKind::usage, "standard input can be put once only");
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (out[i].to == out[j].to && !out[i].to.empty()) {
                throw Error(ErrorKind::usage,
                            fmt::format("'{}' and '{}' would both become '{}'", printable(out[j].source),
                                        printable(out[i].source), printable(out[i].to)),
                            "put them one by one, each with --to PATH");
            }
        }
    }
    return out;
}

bool is_folder_here(const std::string& source) {
    const auto stat = means_content(source) || source.ends_with('/') ? try_stat(source) : try_lstat(source);
    return stat && S_ISDIR(stat->st_mode);
}

void take_all(Intake& intake, const std::vector<Placed>& sources,
              const std::function<bool(const std::string&)>& is_folder, Context& context) {
    for (const auto& placed : sources) {
        auto to = placed.to;
        if (placed.source == stdin_word) {
            if (intake.reads_content()) {
                take_stream(intake, STDIN_FILENO, to, context);
            } else {
                intake.file(to, EntryKind::file, 0, {});
            }
            continue;
        }
        if (placed.may_go_into && !is_folder_here(placed.source) && (to.empty() || is_folder(to))) {
            to += (to.empty() ? "" : "/") + std::string(base_name(absolute_path(placed.source)));
        }
        take_local(intake, placed.source, to, context);
    }
}

std::string default_message(const PutOptions& options) {
    if (options.sources.size() > 1) {
        return fmt::format("Put {}", plural(options.sources.size(), "source"));
    }
    const auto& source = options.sources.front();
    return "Put " +
           printable(source == stdin_word ? options.to.value_or("") : base_name(absolute_path(source)));
}

} // namespace

PutResult put(Session& session, const PutOptions& options) {
    const auto sources = place_sources(options);
    for (const auto& placed : sources) { // before anything is asked of the registry
        if (placed.source != stdin_word) {
            require_there(placed.source);
        }
    }
    PutResult result;
    auto& context = session.context();
    if (options.dry_run) {
        check_draft(session, options.ref, Missing::is_an_error);
        auto view = VersionView::of_ref(session, options.ref);
        Intake intake(nullptr);
        take_all(
            intake, sources,
            [&](const std::string& path) { return tree_has_below(view.nodes(), view.tree().root, path); },
            context);
        result.taken = intake.taken();
        return result;
    }
    RemoteEdit edit;
    edit.ref = options.ref;
    edit.message = options.message.empty() ? default_message(options) : options.message;
    edit.repeatable = std::none_of(sources.begin(), sources.end(),
                                   [](const Placed& placed) { return placed.source == stdin_word; });
    for (const auto& placed : sources) {
        edit.source += fmt::format("{}\n{}\n",
                                   placed.source == stdin_word ? placed.source : absolute_path(placed.source),
                                   placed.to);
    }
    edit.edit = [&](DraftEditor& editor) {
        const ProgressScope progress(context.progress, "putting");
        Intake intake(&editor);
        take_all(
            intake, sources,
            [&](const std::string& path) {
                const auto there = tree_find(editor.nodes(), editor.base().root, path);
                return there ? there->kind == EntryKind::empty_dir
                             : tree_has_below(editor.nodes(), editor.base().root, path);
            },
            context);
        result.taken = intake.taken();
    };
    result.commit = edit_draft(session, edit);
    return result;
}

} // namespace ds
