#include "dataset/import.hpp"

#include "base/path.hpp"
#include "os/file.hpp"
#include "os/missing_path.hpp"
#include "os/walk.hpp"
#include "registry/plain_objects.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::size_t peeked_bytes = 512;

/// A stream of which the beginning was read already.
Intake::Read from_beginning(std::string beginning, Intake::Read rest) {
    return [beginning = std::move(beginning), rest = std::move(rest)](char* to, std::size_t n) mutable {
        if (beginning.empty()) {
            return rest(to, n);
        }
        const auto part = std::min(n, beginning.size());
        beginning.copy(to, part);
        beginning.erase(0, part);
        return part;
    };
}

void take_named(Intake& intake, const std::string& source, Context& context) {
    if (is_objects_url(source)) {
        take_objects(intake, source, context);
        return;
    }
    const auto stat = try_stat(source);
    if (!stat) {
        refuse_missing(source);
    }
    if (S_ISDIR(stat->st_mode)) {
        take_local(intake, source + "/.", "", context);
        return;
    }
    const Fd file = open_read(source);
    const auto what = fmt::format("'{}'", printable(source));
    take_archive(intake, stream_reader(file.get(), source, context), what, context);
    // A pipe has no state to compare.
    const auto after = try_stat(source);
    if (S_ISREG(stat->st_mode) && (!after || to_file_stat(*after) != to_file_stat(*stat))) {
        throw Error(ErrorKind::retry, fmt::format("{} changed while it was read; nothing was imported", what),
                    "run the command again when it is at rest");
    }
}

/// What is imported. Nothing is made for a source that is empty: that shows before.
class Source {
  public:
    Source(std::string name, Context& context) : name_(std::move(name)), context_(context) {
        if (name_ == "-") {
            beginning_.resize(peeked_bytes);
            beginning_.resize(standard_input()(beginning_.data(), beginning_.size()));
            refuse_empty(beginning_.empty(), "standard input");
        } else if (!is_objects_url(name_)) {
            const auto stat = try_stat(name_);
            refuse_empty(stat && S_ISREG(stat->st_mode) && stat->st_size == 0,
                         fmt::format("'{}'", printable(name_)));
        }
    }

    void take(Intake& intake) {
        if (name_ == "-") {
            take_archive(intake, from_beginning(std::move(beginning_), standard_input()), "standard input",
                         context_);
        } else {
            take_named(intake, name_, context_);
        }
    }

  private:
    [[nodiscard]] Intake::Read standard_input() const {
        return stream_reader(STDIN_FILENO, "standard input", context_);
    }
    static void refuse_empty(bool empty, const std::string& what) {
        if (empty) {
            throw Error(ErrorKind::failure, fmt::format("{} is empty: no tar archive", what),
                        "tar -c FILES | dsctl import - REF");
        }
    }

    std::string name_;
    Context& context_;
    std::string beginning_; ///< of standard input
};

bool can_be_read_again(const std::string& source) {
    if (is_objects_url(source)) {
        return true;
    }
    const auto stat = source == "-" ? std::nullopt : try_stat(source);
    return stat && (S_ISDIR(stat->st_mode) || S_ISREG(stat->st_mode));
}

} // namespace

ImportResult import(Session& session, const ImportOptions& options) {
    auto& context = session.context();
    ImportResult result;
    if (options.source != "-" && !is_objects_url(options.source) && !try_stat(options.source)) {
        refuse_missing(options.source);
    }
    if (!options.ref.version) {
        throw Error(ErrorKind::usage, fmt::format("say into which version of {}", options.ref.str()),
                    fmt::format("write {}:VERSION", options.ref.str()));
    }
    Source source(options.source, context);
    if (options.dry_run) {
        check_draft(session, options.ref, Missing::is_made);
        const ProgressScope progress(context.progress, "looking");
        Intake intake(nullptr);
        source.take(intake);
        result.taken = intake.taken();
        return result;
    }
    RemoteEdit edit;
    edit.ref = options.ref;
    edit.create = true;
    edit.message = options.message.empty()
                       ? "Import " + (options.source == "-" ? "a tar archive" : printable(options.source))
                       : options.message;
    edit.repeatable = can_be_read_again(options.source);
    edit.source = options.source == "-" || is_objects_url(options.source) ? options.source
                                                                          : absolute_path(options.source);
    edit.edit = [&](DraftEditor& editor) {
        const ProgressScope progress(context.progress, "importing");
        Intake intake(&editor);
        source.take(intake);
        result.taken = intake.taken();
    };
    result.commit = edit_draft(session, edit);
    return result;
}

} // namespace ds
