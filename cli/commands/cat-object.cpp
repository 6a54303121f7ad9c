// dsctl cat-object: one object of the local store, or a commit, checked against its hash.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "model/manifest.hpp"
#include "model/recipe.hpp"
#include "model/tree_node.hpp"

#include <fmt/format.h>

#include <array>

namespace ds::cli {

namespace {

struct Kind {
    std::string_view word;
    ObjectKind kind;
};
constexpr std::array<Kind, 4> kinds = {{{"tree", ObjectKind::tree},
                                        {"chunk", ObjectKind::chunk},
                                        {"recipe", ObjectKind::recipe},
                                        {"recipe-part", ObjectKind::recipe_part}}};

std::string pretty_tree(const std::string& bytes, const Sha256& id) {
    const auto node = TreeNode::parse(bytes, id);
    std::string text;
    for (const auto& leaf : node.leaves) {
        text += fmt::format("{} {} {}\t{}\n", mode_str(leaf.entry.kind), leaf.entry.hash.hex(),
                            leaf.entry.size, printable(leaf.path));
    }
    for (const auto& child : node.children) {
        text += fmt::format("node {} {} entries {} bytes\t<= {}\n", child.child.hex(), child.entries,
                            child.bytes, printable(child.last_path));
    }
    return text;
}

std::string pretty_recipe(const std::string& bytes, const Sha256& id) {
    const auto recipe = Recipe::parse(bytes, "recipe " + id.short_hex());
    std::string text;
    for (const auto& item : recipe.items) {
        text += fmt::format("{} {} {}\n", recipe.form == Recipe::Form::chunks ? "chunk" : "part",
                            item.hash.hex(), item.size);
    }
    return text;
}

/// A commit, by anything that names one: 40 digits are its id, else a revision.
int print_commit(Cli& cli, const std::string& word) {
    auto& repository = cli.repository();
    const auto commit = repository.history().read_commit(repository.resolve(version_word(word)));
    std::string text = fmt::format("tree sha256:{}\nentries {}\nbytes {}\n", commit.data.tree.root.hex(),
                                   commit.data.tree.entries, commit.data.tree.bytes);
    for (const auto& parent : commit.data.parents) {
        text += "parent " + parent.hex() + "\n";
    }
    if (commit.data.origin) {
        text +=
            fmt::format("origin {} {}\n", printable(commit.data.origin->ref),
                        commit.data.origin->digest.is_zero() ? "-" : digest_str(commit.data.origin->digest));
    }
    text += fmt::format("author {} <{}> {}\n\n", printable(commit.data.author.name),
                        printable(commit.data.author.email), rfc3339(commit.data.author.time));
    cli.out().write(text + commit.data.message);
    return 0;
}

int run_cat_object(Cli& cli, const Arguments& args) {
    const auto word = *args.operand(0);
    const auto wanted = args.value("type");
    const auto hash = Sha256::from_hex(word.starts_with("sha256:") ? word.substr(7) : word);
    if (!hash) {
        if (wanted) {
            throw Error(ErrorKind::usage, fmt::format("'{}' is no SHA-256", printable(word)));
        }
        return print_commit(cli, word);
    }
    for (const auto& [name, kind] : kinds) {
        if (wanted && *wanted != name) {
            continue;
        }
        const auto bytes = cli.repository().store().read(kind, *hash);
        if (!bytes) {
            continue;
        }
        const bool pretty = args.has("pretty");
        if (pretty && kind == ObjectKind::tree) {
            cli.out().write(pretty_tree(*bytes, *hash));
        } else if (pretty && (kind == ObjectKind::recipe || kind == ObjectKind::recipe_part)) {
            cli.out().write(pretty_recipe(*bytes, *hash));
        } else {
            cli.out().write(*bytes);
        }
        return 0;
    }
    throw Error(ErrorKind::not_found,
                fmt::format("there is no {} {} here", wanted.value_or("object"), hash->hex()),
                "dsctl ls-tree HEAD lists files with their hashes");
}

} // namespace

CommandSpec command_cat_object() {
    return CommandSpec("cat-object", Group::plumbing, 2, "Print an object of the local store, or a commit")
        .choice('t', "type", "KIND", {"tree", "chunk", "recipe", "recipe-part"}, "look for this kind only")
        .flag('p', "pretty", "trees and recipes as text")
        .operand("HASH|REV", Count::one)
        .runs(run_cat_object);
}

} // namespace ds::cli
