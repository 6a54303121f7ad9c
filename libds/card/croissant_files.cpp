// FileObjects and FileSets. A listing of 10^6 files must neither need their number in memory nor give a document that nobody
// can load, so files are counted in groups first: those of one folder at the top and one ending.
#include "card/croissant.hpp"

#include "base/path.hpp"
#include "card/exports.hpp"
#include "card/percent.hpp"
#include "codec/text.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>
#include <vector>

namespace ds {

namespace {

constexpr const char* container_id = "version";
/// More are put together: by ending alone, then all in one.
constexpr std::size_t max_groups = 2000;

/// What the files of a FileSet have in common.
struct Group {
    std::string folder; ///< at the top; empty: files that lie there
    std::string ending; ///< with its dot; empty: names without one
    auto operator<=>(const Group&) const = default;
};

enum class Grouping { folder_and_ending, ending, all };

Group group_of(std::string_view path, Grouping how) {
    if (how == Grouping::all) {
        return {};
    }
    const auto name = base_name(path);
    const auto dot = name.rfind('.');
    Group group;
    group.ending = dot == std::string_view::npos ? "" : std::string(name.substr(dot));
    const auto slash = path.find('/');
    if (how == Grouping::folder_and_ending && slash != std::string_view::npos) {
        group.folder = path.substr(0, slash);
    }
    return group;
}

/// Glob patterns take these letters for more than themselves.
std::string glob_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += std::string_view("*?[").find(c) != std::string_view::npos ? fmt::format("[{}]", c)
                                                                         : std::string(1, c);
    }
    return out;
}

std::string url_text(const std::string& path) {
    return is_utf8(path) ? path : percent_encoded(path, "/");
}

/// One pattern for the folder itself and one for what lies below: readers differ in whether "**/" may stand for nothing.
Json patterns(const std::string& folder, const std::string& last, bool below) {
    auto list = Json::array();
    list.push(Json(folder + last));
    if (below) {
        list.push(Json(folder + "**/" + last));
    }
    return list;
}

Json reference() {
    return Json::object().set("@id", Json(container_id));
}

Json file_object(const FileFacts& file) {
    auto json = Json::object();
    json.set("@type", Json("cr:FileObject"));
    json.set("@id", Json("file/" + percent_encoded(file.path, "/")));
    json.set("name", Json(url_text(std::string(base_name(file.path)))));
    json.set("contentUrl", Json(url_text(file.path))).set("containedIn", reference());
    json.set("contentSize", Json(fmt::format("{} B", file.size)));
    json.set("encodingFormat", Json(media_type(file.path)));
    return json.set("sha256", Json(file.hash.hex()));
}

Json file_set(const Group& group, std::uint64_t count, Grouping how) {
    const auto folder = group.folder.empty() ? "" : glob_text(url_text(group.folder)) + "/";
    const bool below = how != Grouping::folder_and_ending || !group.folder.empty();
    const bool everything = how == Grouping::all;
    auto id = "files/" + percent_encoded(group.folder) + "/" +
              (everything             ? "all"
               : group.ending.empty() ? "without-ending"
                                      : percent_encoded(group.ending));
    auto json = Json::object();
    json.set("@type", Json("cr:FileSet")).set("@id", Json(std::move(id)));
    json.set("name", Json(everything ? "all files"
                          : group.folder.empty()
                              ? fmt::format("*{}", url_text(group.ending))
                              : fmt::format("{}/*{}", url_text(group.folder), url_text(group.ending))));
    json.set("description",
             Json(fmt::format("{} files; the manifest of the version has the SHA-256 of each", count)));
    json.set("containedIn", reference());
    json.set("encodingFormat",
             Json(everything ? "application/octet-stream" : media_type("x" + group.ending)));
    json.set("includes", patterns(folder, "*" + glob_text(url_text(group.ending)), below));
    if (!everything && group.ending.empty()) {
        json.set("excludes", patterns(folder, "*.*", below));
    }
    return json;
}

/// The version itself: what its digest is the SHA-256 of.
Json container(const VersionFacts& facts) {
    auto json = Json::object();
    json.set("@type", Json("cr:FileObject")).set("@id", Json(container_id));
    json.set("name", Json(facts.dataset.str() + ":" + facts.version));
    json.set("description",
             Json("The canonical manifest of the version; dsctl get brings the files it lists"));
    json.set("contentUrl", Json(version_uri(facts)));
    json.set("encodingFormat", Json("text/plain"));
    if (facts.digest) {
        json.set("sha256", Json(facts.digest->hex()));
    }
    return json;
}

} // namespace

Json croissant_files(const VersionFacts& facts, const EachFile& files, std::size_t file_objects) {
    std::map<Group, std::uint64_t> groups;
    std::uint64_t total = 0;
    auto how = Grouping::folder_and_ending;
    for (const auto next : {Grouping::folder_and_ending, Grouping::ending, Grouping::all}) {
        how = next;
        groups.clear();
        total = 0;
        bool many = false;
        files([&](const FileFacts& file) {
            ++total;
            if (many) {
                return;
            }
            ++groups[group_of(file.path, how)];
            many = groups.size() > max_groups;
        });
        if (!many || total <= file_objects) {
            break;
        }
    }
    // Small groups are listed file by file as far as they go; the rest are sets.
    std::set<Group> sets;
    if (total > file_objects) {
        std::vector<std::pair<std::uint64_t, Group>> by_size;
        by_size.reserve(groups.size());
        for (const auto& [group, count] : groups) {
            by_size.emplace_back(count, group);
        }
        std::sort(by_size.begin(), by_size.end());
        std::uint64_t listed = 0;
        for (const auto& [count, group] : by_size) {
            listed += count;
            if (listed > file_objects) {
                sets.insert(group);
            }
        }
    }
    auto list = Json::array();
    list.push(container(facts));
    for (const auto& group : sets) {
        list.push(file_set(group, groups.at(group), how));
    }
    if (sets.size() == groups.size() && !sets.empty()) {
        return list;
    }
    files([&](const FileFacts& file) {
        if (sets.empty() || !sets.contains(group_of(file.path, how))) {
            list.push(file_object(file));
        }
    });
    return list;
}

} // namespace ds
