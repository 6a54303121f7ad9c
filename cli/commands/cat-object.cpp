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

void print_json(Cli& cli, const TreeNode& node) {
    JsonDocument json(cli.out(), "cat-object");
    json.member("type", Json("tree"));
    json.member("level", Json(std::uint64_t{node.level}));
    json.begin_array("items");
    for (const auto& leaf : node.leaves) {
        Json item = Json::object();
        item.set("mode", Json(mode_str(leaf.entry.kind))).set("sha256", Json(leaf.entry.hash.hex()));
        item.set("size", Json(leaf.entry.size));
        set_bytes(item, "path", leaf.path);
        json.item(item);
    }
    for (const auto& child : node.children) {
        Json item = Json::object();
        item.set("node", Json(child.child.hex())).set("entries", Json(child.entries));
        item.set("bytes", Json(child.bytes));
        set_bytes(item, "last_path", child.last_path);
        json.item(item);
    }
    json.end_array();
    json.finish();
}

void print_json(Cli& cli, const Recipe& recipe, std::string_view type) {
    JsonDocument json(cli.out(), "cat-object");
    json.member("type", Json(type));
    json.member("size", Json(recipe.size));
    json.begin_array("items");
    for (const auto& item : recipe.items) {
        const auto* const kind = recipe.form == Recipe::Form::chunks ? "chunk" : "part";
        json.item(Json::object().set(kind, Json(item.hash.hex())).set("size", Json(item.size)));
    }
    json.end_array();
    json.finish();
}

void print_json(Cli& cli, const Commit& commit) {
    JsonDocument json(cli.out(), "cat-object");
    json.member("type", Json("commit"));
    json.member("commit", Json(commit.id.hex()));
    json.member("tree", Json(commit.data.tree.root.hex()));
    json.member("entries", Json(commit.data.tree.entries));
    json.member("bytes", Json(commit.data.tree.bytes));
    json.begin_array("parents");
    for (const auto& parent : commit.data.parents) {
        json.item(Json(parent.hex()));
    }
    json.end_array();
    Json origin;
    if (const auto& from = commit.data.origin) {
        origin = Json::object();
        origin.set("ref", Json(from->ref));
        origin.set("digest", from->digest.is_zero() ? Json() : Json(digest_str(from->digest)));
    }
    json.member("origin", origin);
    json.bytes_member("author", commit.data.author.name);
    json.bytes_member("email", commit.data.author.email);
    json.member("time", Json(rfc3339(commit.data.author.time)));
    json.bytes_member("message", commit.data.message);
    json.finish();
}

/// As people or programs want it; what has no parts is printed as it is.
void print_object(Cli& cli, const Kind& found, const Sha256& id, const std::string& bytes, bool pretty) {
    const bool is_tree = found.kind == ObjectKind::tree;
    const bool is_recipe = found.kind == ObjectKind::recipe || found.kind == ObjectKind::recipe_part;
    if (cli.json() && is_tree) {
        print_json(cli, TreeNode::parse(bytes, id));
    } else if (cli.json() && is_recipe) {
        print_json(cli, Recipe::parse(bytes, "recipe " + id.short_hex()), found.word);
    } else if (cli.json()) {
        throw Error(ErrorKind::usage, "a chunk is bytes of a file and has no JSON form",
                    "dsctl cat-object " + id.hex());
    } else if (pretty && is_tree) {
        cli.out().write(pretty_tree(bytes, id));
    } else if (pretty && is_recipe) {
        cli.out().write(pretty_recipe(bytes, id));
    } else {
        cli.out().write(bytes);
    }
}

/// A commit, by anything that names one: 40 digits are its id, else a revision.
int print_commit(Cli& cli, const std::string& word) {
    auto& repository = cli.repository();
    const auto commit = repository.history().read_commit(repository.resolve(version_word(word)));
    if (cli.json()) {
        print_json(cli, commit);
        return 0;
    }
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
    for (const auto& kind : kinds) {
        if (wanted && *wanted != kind.word) {
            continue;
        }
        if (const auto bytes = cli.repository().store().read(kind.kind, *hash)) {
            print_object(cli, kind, *hash, *bytes, args.has("pretty"));
            return 0;
        }
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
        .json()
        .runs(run_cat_object);
}

} // namespace ds::cli
