#include "view.hpp"

#include "base/path.hpp"

namespace ds::cli {

namespace {

VersionView open_view(Cli& cli, const std::optional<std::string>& in) {
    if (!in) {
        return VersionView::of_checkout(cli.repository());
    }
    if (cli.classify(*in) == WordKind::reference) {
        return VersionView::of_ref(cli.session(), cli.reference(*in), UseCache::yes);
    }
    return VersionView::of_revision(cli.repository(), version_word(*in));
}

} // namespace

LookAt::LookAt(Cli& cli, const Arguments& args)
    : cli_(cli), relative_(!args.has("in")), view_(open_view(cli, args.value("in"))) {}

std::string LookAt::path(const std::string& typed) const {
    return relative_ ? cli_.path(typed) : path_in_version(typed);
}

std::string LookAt::shown(std::string_view path) const {
    return relative_ ? cli_.shown(path) : path.empty() ? "." : printable(path);
}

void LookAt::print_path(std::string_view path) const {
    if (cli_.nul()) {
        cli_.out().write(path.empty() ? "." : path);
        cli_.out().write(std::string_view("\0", 1));
    } else {
        cli_.out().line(shown(path));
    }
}

} // namespace ds::cli
