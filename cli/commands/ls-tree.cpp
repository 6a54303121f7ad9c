// dsctl ls-tree: the flat listing of a version, and the manifest its digest is made of.
#include "base/path.hpp"
#include "cli.hpp"
#include "model/manifest.hpp"
#include "view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

VersionView view_of(Cli& cli, const std::string& word) {
    if (cli.classify(word) == WordKind::reference) {
        return VersionView::of_ref(cli.session(), cli.reference(word));
    }
    return VersionView::of_revision(cli.repository(), version_word(word));
}

int run_ls_tree(Cli& cli, const Arguments& args) {
    auto view = view_of(cli, args.operand(0).value_or("HEAD"));
    if (args.has("manifest")) {
        const auto manifest = make_manifest(view.nodes(), view.tree().root, cli.context().stop);
        if (cli.json()) {
            JsonDocument json(cli.out(), "ls-tree");
            json.member("digest", Json(digest_str(manifest.digest())));
            json.member("manifest", Json(manifest.text()));
            json.finish();
        } else {
            cli.out().write(manifest.text());
        }
        return 0;
    }
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "ls-tree");
        json->member("tree", Json(view.tree().root.hex()));
        json->begin_array("entries");
    }
    std::string line;
    for (TreeCursor cursor(view.nodes(), view.tree().root); cursor.valid(); cursor.next()) {
        cli.context().check_stop();
        const auto& entry = cursor.entry();
        if (json) {
            Json item = Json::object();
            item.set("mode", Json(mode_str(entry.kind))).set("sha256", Json(entry.hash.hex()));
            item.set("size", Json(entry.size));
            set_bytes(item, "path", cursor.path());
            json->item(item);
        } else if (cli.nul()) {
            line.clear();
            append_listing_line(line, cursor.path(), entry);
            cli.out().write(line);
        } else if (cli.quiet()) {
            cli.out().line(printable(cursor.path()));
        } else {
            cli.out().line(fmt::format("{} {} {} {}", mode_str(entry.kind), entry.hash.hex(), entry.size,
                                       printable(cursor.path())));
        }
    }
    if (json) {
        json->end_array();
        json->finish();
    }
    return 0;
}

} // namespace

CommandSpec command_ls_tree() {
    return CommandSpec("ls-tree", Group::plumbing, 4,
                       "Print the flat listing of a version: mode, sha256, size, path")
        .flag(0, "manifest", "print the canonical manifest instead; its SHA-256 is the digest")
        .operand("REV|REF", Count::optional, Complete::version)
        .json()
        .nul()
        .runs(run_ls_tree);
}

} // namespace ds::cli
