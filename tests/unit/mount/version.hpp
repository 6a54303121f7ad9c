// A version in a registry for the tests of this module, and a plain model to hold it against.
#pragma once

#include "mount/content_reader.hpp"
#include "unit/release/wrapped.hpp"
#include "unit/transfer/fixture.hpp"

#include <memory>
#include <set>
#include <string>

namespace ds_test {

/// Pushed once; opened as often as wanted.
class Pushed {
  public:
    explicit Pushed(const Files& files, std::size_t piece = 4096) {
        Local local(dir_ / "store", piece);
        const auto registry = make_registry(dir_ / "registry");
        roots_ = push(*registry, local, local.commit(files));
    }
    [[nodiscard]] const ds::VersionRoots& roots() const { return roots_; }
    [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
    [[nodiscard]] std::unique_ptr<ds::Registry> connect(Probe& probe) const {
        auto buckets = ds::open_buckets(dir_ / "registry");
        return std::make_unique<ds::Registry>(
            "test", dir_ / "registry",
            ds::Buckets{std::make_unique<WrappedControl>(std::move(buckets.control), probe),
                        std::make_unique<WrappedData>(std::move(buckets.data), probe)});
    }

  private:
    TempDir dir_;
    ds::VersionRoots roots_;
};

/// One reader with nothing in memory yet.
struct Opened {
    explicit Opened(const Pushed& pushed, ds::BlockCache* cache = nullptr,
                    ds::ContentReader::Settings settings = {})
        : registry(pushed.connect(probe)), version(*registry, "ns", pushed.roots()) {
        version.nodes().reader().use_cache(cache);
        view = std::make_unique<ds::FolderView>(version.nodes(), 2);
        content = std::make_unique<ds::ContentReader>(*view, settings);
    }
    /// Step by step, as a kernel does.
    std::optional<ds::FolderNode> walk(const std::string& path) const {
        auto at = view->get(ds::root_inode);
        for (std::size_t begin = 0; at && begin <= path.size();) {
            const auto end = std::min(path.find('/', begin), path.size());
            at = view->lookup(at->inode, path.substr(begin, end - begin));
            begin = end + 1;
        }
        return at;
    }
    std::string read(ds::Inode inode, std::uint64_t offset, std::uint64_t length) const {
        std::string out;
        for (const auto& piece : content->read(content->open(inode), offset, length)) {
            out += piece.view;
        }
        return out;
    }
    std::vector<ds::FolderNode> list(ds::Inode folder, ds::Inode after = 0) const {
        std::vector<ds::FolderNode> out;
        (void)view->list(folder, after, [&](const ds::FolderNode& node, std::string_view) {
            out.push_back(node);
            return true;
        });
        return out;
    }

    Probe probe;
    std::unique_ptr<ds::Registry> registry;
    ds::RegistryVersion version;
    std::unique_ptr<ds::FolderView> view;
    std::unique_ptr<ds::ContentReader> content;
};

/// The folders of a list of paths, the slow and obvious way: folder -> names.
inline std::map<std::string, std::set<std::string>> folders_of(const Files& files) {
    std::map<std::string, std::set<std::string>> out;
    out[""];
    for (const auto& [path, file] : files) {
        if (file.kind == ds::EntryKind::empty_dir) {
            out[path];
        }
        std::string at = path;
        while (true) {
            const auto slash = at.rfind('/');
            const bool top = slash == std::string::npos;
            out[top ? "" : at.substr(0, slash)].insert(top ? at : at.substr(slash + 1));
            if (top) {
                break;
            }
            at.resize(slash);
        }
    }
    return out;
}

} // namespace ds_test
