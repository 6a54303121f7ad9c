// The kinds themselves, and the keys they are tried with.
#include "kinds.hpp"

#include "os/file.hpp"
#include "registry/buckets/folder.hpp"
#include "unit/support.hpp"

#include <algorithm>
#include <atomic>

namespace ds_test {

namespace {

class FolderWorld final : public BucketWorld {
  public:
    FolderWorld() { (void)ds::create_folder_buckets(root()); }
    ~FolderWorld() override { ds::unlock_folder_registry(root()); }
    ds::Buckets connect() override {
        return ds::open_folder_buckets(root(), [this] { return now(); });
    }
    std::int64_t now() override { return ds::unix_now() + jump_; }
    bool advance(std::int64_t seconds) override {
        jump_ += seconds;
        return true;
    }

  private:
    [[nodiscard]] std::string root() const { return dir_ / "registry"; }
    TempDir dir_;
    std::atomic<std::int64_t> jump_ = 0;
};

const std::string s3_prefix = "some/prefix/";

/// Two buckets of their own in the Ceph that the environment points to (tests/ceph/with).
class S3World final : public BucketWorld {
  public:
    S3World() { (void)ds::create_buckets(url_); }
    ds::Buckets connect() override { return ds::open_buckets(url_); }
    std::int64_t now() override { return ds::unix_now(); }
    bool advance(std::int64_t) override { return false; }

  private:
    std::string url_ =
        ds::env("CEPH_ENDPOINT").value() + "/conformance-" + ds::random_hex(6) + "/" + s3_prefix;
};

} // namespace

std::vector<BucketKind> kinds() {
    if (ds::env("CEPH_ENDPOINT")) {
        return {{"s3", [] { return std::make_unique<S3World>(); }, ds::max_key_bytes - s3_prefix.size()}};
    }
    return {{"folder", [] { return std::make_unique<FolderWorld>(); }, ds::max_key_bytes}};
}

std::vector<std::string> awkward_keys(std::size_t max) {
    const std::string s64(64, 'p');
    std::vector<std::string> keys = {
        "a",
        "a/b",
        "a/b/c",
        "a-b",
        "a.b",
        "a0",
        "A",
        "A/b",
        "aB",
        "ab",
        "a b",
        "a\tb",
        "a\nb",
        "a//b",
        "a/",
        "/a",
        "/",
        "//",
        ".",
        "..",
        "../a",
        "./a",
        "a/../b",
        "a/./b",
        ".hidden",
        "%",
        "%41",
        "a=",
        "a+",
        "a=/b",
        "a+/b",
        "%2F",
        "object",
        "object/object",
        "tmp",
        "\xc3\xa9",
        "e\xcc\x81",
        "\xf0\x9f\x98\x80/x",
        "\x7f",
        "\x01",
        "a.lock",
        "00000000000000000001-00000000",
        "CON",
        "nul.txt",
        "a:b",
        "a\\b",
        "a*?<>|\"",
        "~",
        "a~1",
        // around the length at which names are split
        std::string(63, 'p'),
        std::string(63, 'p') + "/x",
        s64,
        s64 + "/x",
        s64 + "-",
        s64 + "-/x",
        s64 + "0",
        s64 + "p/x",
        s64 + s64,
        s64 + s64 + "/",
        s64 + s64 + "/y",
        s64 + s64 + "q",
        std::string(200, 'q'),
        std::string(255, 'q'),
        std::string(max, 'r'),
        std::string(max - 1, 'r') + "/",
        std::string(512, 's') + "/" + std::string(max - 513, 's'),
        std::string(150, '/'),
        std::string(max, 'Z'),
    };
    std::string wide;
    while (wide.size() + 2 <= max) {
        wide += "\xc3\xa9";
    }
    keys.push_back(wide);
    std::sort(keys.begin(), keys.end());
    return keys;
}

} // namespace ds_test
