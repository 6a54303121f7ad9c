#include "registry/buckets/s3_listing.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "http/xml.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <set>
#include <vector>

namespace ds::s3 {

namespace {

/// Somebody who may write can add versions without end; a reader shall not need memory without end.
constexpr std::size_t max_versions_of_key = 200'000;

HttpResponse ask(Client& client, const std::string& bucket,
                 std::vector<std::pair<std::string, std::string>> query, const std::string& prefix) {
    auto request = client.request("GET", bucket);
    request.query = std::move(query);
    request.query.emplace_back("prefix", prefix);
    request.query.emplace_back("encoding-type", "url");
    request.query.emplace_back("max-keys", "1000");
    request.repeat = Repeat::safe;
    request.max_body = max_xml_bytes;
    request.check = [&](const HttpResponse& page) {
        const XmlDocument whole(page.body,
                                fmt::format("list of bucket '{}'", bucket)); // or was it cut short?
    };
    auto response = client.send(std::move(request));
    if (!response.ok()) {
        client.refuse(response, bucket,
                      fmt::format("cannot list '{}' in bucket '{}'", printable(prefix), bucket));
    }
    return response;
}

/// "2026-11-25T19:00:00.123Z" in seconds; 0 for what is no time: it only says when something was probably put.
std::int64_t time_of(const std::string& text) {
    constexpr std::size_t whole_seconds = 19;
    return parse_rfc3339(text.substr(0, whole_seconds) + "Z").value_or(0);
}

/// One page as a document, with the checks that both kinds of listing share.
class Page {
  public:
    Page(const HttpResponse& response, std::string_view root, const std::string& bucket, std::string prefix)
        : prefix_(std::move(prefix)), document_(response.body, fmt::format("list of bucket '{}'", bucket)),
          encoded_(document_.root(root).text_of("EncodingType") == "url") {}

    [[nodiscard]] XmlElement root() const { return document_.root(); }
    [[nodiscard]] std::string key_of(const XmlElement& element) const {
        const auto text = element.required("Key");
        auto key = encoded_ ? percent_decode(text) : std::optional(text);
        if (!key || !key->starts_with(prefix_) || key->empty() || key->size() > max_key_bytes) {
            fail(fmt::format("names '{}', which was not asked for", printable(text.substr(0, 100))));
        }
        return std::move(*key);
    }
    /// Whether there is more behind this page; a page that brings nothing must be the last.
    [[nodiscard]] bool more(bool empty) const {
        const auto truncated = root().required("IsTruncated");
        if (truncated != "true" && truncated != "false") {
            fail("does not say whether it is whole");
        }
        if (truncated == "true" && empty) {
            fail("does not advance");
        }
        return truncated == "true";
    }
    [[noreturn]] void fail(const std::string& why) const {
        throw CorruptObject(fmt::format("{} {}", document_.what(), why), "dsctl registry check");
    }

  private:
    std::string prefix_;
    XmlDocument document_;
    bool encoded_;
};

} // namespace

void list_keys(Client& client, const std::string& bucket, const std::string& prefix,
               const std::function<bool(const std::string&)>& visit, const std::string& after) {
    list_objects(
        client, bucket, prefix, [&](const std::string& key, std::uint64_t) { return visit(key); }, after);
}

void list_objects(Client& client, const std::string& bucket, const std::string& prefix,
                  const std::function<bool(const std::string&, std::uint64_t)>& visit,
                  const std::string& after) {
    const auto& own = client.place().prefix;
    std::string last = after.empty() ? after : own + after;
    for (bool more = true; more;) {
        std::vector<std::pair<std::string, std::string>> query = {{"list-type", "2"}};
        if (!last.empty()) {
            query.emplace_back("start-after", last);
        }
        const Page page(ask(client, bucket, std::move(query), own + prefix), "ListBucketResult", bucket,
                        own + prefix);
        const auto items = page.root().children("Contents");
        for (const auto& item : items) {
            auto key = page.key_of(item);
            if (key <= last) {
                page.fail("is not in order");
            }
            last = std::move(key);
            if (last.size() > own.size() && !visit(last.substr(own.size()), item.number("Size"))) {
                return;
            }
        }
        more = page.more(items.empty());
    }
}

void list_versions(Client& client, const std::string& prefix,
                   const std::function<bool(const DataBucket::Version&)>& visit) {
    const auto& bucket = client.place().data_bucket;
    const auto& own = client.place().prefix;
    std::string key;                           // whose versions are being collected
    std::string last_id;                       // of it
    std::vector<DataBucket::Version> versions; // of it, newest first
    std::set<std::string> ids;                 // of it, with those of delete markers
    const auto flush = [&] {
        for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
            if (!visit(*it)) {
                return false;
            }
        }
        versions.clear();
        ids.clear();
        return true;
    };
    for (bool more = true; more;) {
        std::vector<std::pair<std::string, std::string>> query = {{"versions", ""}};
        if (!key.empty()) {
            query.emplace_back("key-marker", key);
            query.emplace_back("version-id-marker", last_id);
        }
        const Page page(ask(client, bucket, std::move(query), own + prefix), "ListVersionsResult", bucket,
                        own + prefix);
        std::size_t seen = 0;
        for (const auto& item : page.root().children()) {
            const bool marker = item.name() == "DeleteMarker";
            if (!marker && item.name() != "Version") {
                continue;
            }
            ++seen;
            auto next = page.key_of(item);
            if (next != key) {
                if (next < key) {
                    page.fail("is not in order");
                }
                if (!flush()) {
                    return;
                }
                key = std::move(next);
            }
            last_id = item.required("VersionId");
            if (!ids.insert(last_id).second) {
                page.fail(fmt::format("names a version of '{}' twice", printable(key)));
            }
            if (ids.size() > max_versions_of_key) {
                page.fail(fmt::format("has over {} versions of '{}'", max_versions_of_key, printable(key)));
            }
            if (!marker && key.size() > own.size()) {
                versions.push_back({key.substr(own.size()), last_id, item.number("Size"),
                                    time_of(item.text_of("LastModified"))});
            }
        }
        more = page.more(seen == 0);
    }
    (void)flush();
}

} // namespace ds::s3
