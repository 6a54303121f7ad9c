// What the tests of the work tree share: seeded randomness, a silent context, a checkout with its store.
#pragma once

#include "unit/support.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "store/object_store.hpp"
#include "worktree/worktree.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace ds_test {

class Random {
  public:
    explicit Random(unsigned seed) : engine_(seed) {}
    unsigned operator()() { return static_cast<unsigned>(engine_()); }

  private:
    std::mt19937 engine_;
};

class KeptLog final : public ds::Log {
  public:
    void warn(std::string_view message) override {
        const std::lock_guard lock(mutex_);
        warnings.emplace_back(message);
    }
    void info(std::string_view) override {}
    void trace(std::string_view) override {}
    std::vector<std::string> warnings;

  private:
    std::mutex mutex_;
};

/// A dataset's folder with store and state, as the dataset module would set it up.
class Checkout {
  public:
    Checkout() {
        ds::StoreParams params;
        std::filesystem::create_directories(dir / ".dsctl/info");
        ds::ObjectStore::create(dir / ".dsctl/store", params);
        store = ds::ObjectStore::open(dir / ".dsctl/store");
        ds::Worktree::create(dir / ".dsctl/worktree", *store);
        tree = std::make_unique<ds::Worktree>(dir.path(), dir / ".dsctl/worktree", *store);
    }
    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories(std::filesystem::path(dir / path).parent_path());
        std::ofstream(dir / path, std::ios::binary) << text;
    }
    [[nodiscard]] std::string read(const std::string& path) const {
        std::ifstream in(dir / path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    [[nodiscard]] bool exists(const std::string& path) const {
        return std::filesystem::exists(std::filesystem::symlink_status(dir / path));
    }
    void erase(const std::string& path) const { std::filesystem::remove_all(dir / path); }

    ds::AddResult add(std::vector<std::string> paths = {std::string()}) {
        ds::AddOptions options;
        options.paths = std::move(paths);
        options.all = true;
        return tree->add(options, context);
    }
    /// "M path", "D path", "? path" lines.
    [[nodiscard]] std::vector<std::string>
    status(ds::StatusOptions::Untracked untracked = ds::StatusOptions::Untracked::normal,
           std::vector<std::string> paths = {std::string()}) {
        std::vector<std::string> changes;
        std::vector<std::string> others;
        ds::StatusOptions options;
        options.untracked = untracked;
        options.paths = std::move(paths);
        ds::StatusVisitor visitor;
        visitor.unstaged = [&](const ds::Change& change) {
            changes.push_back(std::string(1, static_cast<char>(change.kind)) + " " + change.path);
        };
        visitor.untracked = [&](const std::string& path) { others.push_back("? " + path); };
        visitor.warning = [&](const std::string& path, const std::string&) { others.push_back("! " + path); };
        tree->status(options, context, visitor);
        changes.insert(changes.end(), others.begin(), others.end());
        return changes;
    }
    /// The staged entries as "mode path", with content where `with_content`.
    [[nodiscard]] std::vector<std::string> staged() const { return listing(tree->staged().root); }
    [[nodiscard]] std::vector<std::string> listing(const ds::Sha256& root) const {
        std::vector<std::string> out;
        for (ds::TreeCursor cursor(*store, root); cursor.valid(); cursor.next()) {
            out.push_back(std::string(ds::mode_str(cursor.entry().kind)) + " " + cursor.path());
        }
        return out;
    }
    ds::CheckoutResult checkout(const ds::Sha256& to, bool force = false) {
        ds::CheckoutOptions options;
        options.force = force;
        return tree->checkout(tree->staged().root, to, *store, options, context);
    }
    /// Path → kind and content of everything on disk.
    [[nodiscard]] std::map<std::string, std::string> disk() const {
        namespace fs = std::filesystem;
        std::map<std::string, std::string> out;
        for (auto it = fs::recursive_directory_iterator(dir.path()); it != fs::recursive_directory_iterator();
             ++it) {
            const std::string path = it->path().string().substr(dir.path().size() + 1);
            if (path == ".dsctl") {
                it.disable_recursion_pending();
            } else if (it->is_symlink()) {
                out[path] = "link " + fs::read_symlink(it->path()).string();
            } else if (it->is_directory()) {
                if (fs::is_empty(it->path())) {
                    out[path] = "folder";
                }
            } else {
                const bool x = (it->status().permissions() & fs::perms::owner_exec) != fs::perms::none;
                out[path] = (x ? "exec " : "file ") + read(path);
            }
        }
        return out;
    }
    /// The same of a tree.
    [[nodiscard]] std::map<std::string, std::string> shown(const ds::Sha256& root) const {
        std::map<std::string, std::string> out;
        for (ds::TreeCursor cursor(*store, root); cursor.valid(); cursor.next()) {
            const ds::Entry& entry = cursor.entry();
            std::string text = entry.kind == ds::EntryKind::symlink      ? "link "
                               : entry.kind == ds::EntryKind::executable ? "exec "
                               : entry.kind == ds::EntryKind::empty_dir  ? "folder"
                                                                         : "file ";
            if (entry.kind != ds::EntryKind::empty_dir) {
                store->stream(cursor.path(), entry, [&](ds::ByteView bytes) { text.append(bytes); });
            }
            out[cursor.path()] = text;
        }
        return out;
    }

    TempDir dir;
    KeptLog log;
    ds::NoProgress progress;
    ds::Context context{log, progress, {}, 2};
    std::unique_ptr<ds::ObjectStore> store;
    std::unique_ptr<ds::Worktree> tree;
};

} // namespace ds_test
