// What came of a large file is kept when writing it is interrupted, and nothing of it is believed.
#include "codec/hash.hpp"
#include "os/file.hpp"
#include "unit/worktree/fixture.hpp"
#include "worktree/ignore_scope.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>

using namespace ds;

namespace {

constexpr std::size_t chunk = 64u << 10;
constexpr std::size_t chunks = 160; // 10 MiB

std::string noise(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out(chunk * chunks, '\0');
    for (char& c : out) {
        c = static_cast<char>(random());
    }
    return out;
}

/// One file in chunks, handed out until it breaks off.
class Source final : public ContentSource, public NodeSource {
  public:
    explicit Source(std::string content, EntryKind kind = EntryKind::file, std::string name = "d/big")
        : content_(std::move(content)), entry_{kind, content_.size(), sha256(content_)} {
        class Sink final : public NodeSink {
          public:
            explicit Sink(Source& source) : source_(source) {}
            void save_node(const Sha256& id, ByteView bytes) override {
                source_.nodes_[id] = std::make_shared<const ByteString>(bytes);
            }

          private:
            Source& source_;
        } sink(*this);
        TreeBuilder builder(sink);
        builder.add(name, entry_);
        tree = builder.finish();
    }
    void stream(std::string_view path, const Entry& entry,
                const std::function<void(ByteView)>& sink) override {
        stream_range(path, entry, 0, entry.size, sink);
    }
    /// Proves nothing before the end: from `spoiled_from` on the pieces are wrong.
    void stream_whole(std::string_view path, const Entry& entry,
                      const std::function<void(ByteView)>& sink) override {
        std::size_t number = 0;
        const std::string wrong(chunk, 'w');
        stream(path, entry, [&](ByteView piece) { sink(number++ < spoiled_from ? piece : ByteView(wrong)); });
        if (number > spoiled_from) {
            throw CorruptObject("not that file");
        }
    }
    void stream_range(std::string_view, const Entry&, std::uint64_t offset, std::uint64_t length,
                      const std::function<void(ByteView)>& sink) override {
        for (auto at = offset; at < offset + length; at += chunk) {
            if (left == 0) {
                throw Error(break_with, "cut off");
            }
            --left;
            ++given;
            sink(ByteView(content_).substr(at, chunk));
        }
    }
    std::uint64_t check_prefix(std::string_view, const Entry&, const ReadAt& have,
                               const std::function<void(ByteView)>& sink) override {
        std::string buffer(chunk, '\0');
        std::uint64_t at = 0;
        while (at < content_.size() && have(at, buffer.data(), chunk) == chunk &&
               (believe || buffer == content_.substr(at, chunk))) {
            sink(buffer);
            at += chunk;
        }
        return at;
    }
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override { return nodes_.at(id); }

    TreeInfo tree;
    std::size_t left = chunks;
    std::size_t given = 0;
    ErrorKind break_with = ErrorKind::retry;
    bool believe = false; ///< whatever is there
    std::size_t spoiled_from = chunks;

  private:
    std::string content_;
    Entry entry_;
    std::map<Sha256, std::shared_ptr<const ByteString>> nodes_;
};

struct Place {
    ds_test::TempDir dir;
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 2};

    void write(Source& source) {
        (void)write_tree(source, source.tree.root, source, dir.path(), {}, context);
    }
    [[nodiscard]] std::vector<std::string> kept() const {
        std::vector<std::string> out;
        for (const auto& item : std::filesystem::directory_iterator(dir / "d")) {
            if (item.path().filename().string().starts_with(kept_prefix)) {
                out.push_back(item.path());
            }
        }
        return out;
    }
    [[nodiscard]] std::string content() const { return try_read_file(dir / "d/big").value_or(""); }
    /// Breaks off after so many chunks more. @returns where they are kept
    std::string interrupted(Source& source, std::size_t more, std::size_t after) {
        source.left = more;
        CHECK_THROWS_AS(write(source), Error);
        CHECK_FALSE(std::filesystem::exists(dir / "d/big"));
        const auto files = kept();
        REQUIRE(files.size() == 1);
        CHECK(std::filesystem::file_size(files[0]) == after * chunk);
        source.left = chunks;
        source.given = 0;
        return files[0];
    }
};

} // namespace

TEST_CASE("of a large file that turns out wrong in the end the proven beginning is kept, and the rest asked "
          "for again") {
    Place place;
    const auto content = noise(4);
    Source source(content);
    source.spoiled_from = 100;
    source.left = 2 * chunks;
    place.write(source);
    CHECK(source.given == chunks + 60);
    CHECK(place.content() == content);
    CHECK(place.kept().empty());
}

TEST_CASE("a large file goes on where it was interrupted") {
    Place place;
    const auto content = noise(1);
    Source source(content, EntryKind::executable);
    const auto file = place.interrupted(source, 100, 100);
    SUBCASE("with all that came") {
        place.write(source);
        CHECK(source.given == 60);
    }
    SUBCASE("but not with what was spoiled meanwhile") {
        std::fstream(file, std::ios::in | std::ios::out).seekp(70 * chunk + 5).put('x');
        place.write(source);
        CHECK(source.given == 90);
    }
    SUBCASE("nor with more than there is") {
        std::ofstream(file, std::ios::app) << std::string(20u << 20, 'x');
        place.write(source);
        CHECK(source.given == 60);
    }
    SUBCASE("in several steps") {
        (void)place.interrupted(source, 30, 130);
        place.write(source);
        CHECK(source.given == 30);
    }
    CHECK(place.content() == content);
    CHECK(place.kept().empty());
    CHECK((std::filesystem::status(place.dir / "d/big").permissions() & std::filesystem::perms::owner_exec) !=
          std::filesystem::perms::none);
}

TEST_CASE("another state of the file goes on from what both share") {
    Place place;
    const auto first = noise(2);
    Source before(first);
    (void)place.interrupted(before, 100, 100);
    Source after(first.substr(0, 80 * chunk) + noise(3).substr(80 * chunk));
    place.write(after);
    CHECK(after.given == 80);
    CHECK(sha256(place.content()) == sha256(first.substr(0, 80 * chunk) + noise(3).substr(80 * chunk)));
    CHECK(place.kept().empty());
}

TEST_CASE("a whole that is not what its hash says is neither installed nor kept") {
    Place place;
    Source source(noise(4));
    const auto file = place.interrupted(source, 100, 100);
    std::fstream(file, std::ios::in | std::ios::out).seekp(5).put('x');
    source.believe = true;
    CHECK_THROWS_AS(place.write(source), CorruptObject);
    CHECK(place.kept().empty());
    CHECK_FALSE(std::filesystem::exists(place.dir / "d/big"));
    source.believe = false;
    source.left = chunks;
    place.write(source);
    CHECK(place.content() == noise(4));
}

TEST_CASE("nothing is kept of what failed for good") {
    Place place;
    Source source(noise(5));
    source.left = 50;
    source.break_with = ErrorKind::failure;
    CHECK_THROWS_AS(place.write(source), Error);
    CHECK(place.kept().empty());
}

TEST_CASE("what another process is writing, or what is something else, is left alone") {
    Place place;
    Source source(noise(6));
    const auto file = place.interrupted(source, 100, 100);
    std::optional<LockFile> lock;
    SUBCASE("locked") {
        lock = LockFile::acquire(file, LockFile::Mode::exclusive, 0);
        REQUIRE(lock);
    }
    SUBCASE("a link") {
        std::filesystem::remove(file);
        std::ofstream(place.dir / "elsewhere") << "mine";
        std::filesystem::create_symlink(place.dir / "elsewhere", file);
    }
    SUBCASE("a second name of a file") {
        std::filesystem::remove(file);
        std::ofstream(place.dir / "elsewhere") << "mine";
        std::filesystem::create_hard_link(place.dir / "elsewhere", file);
    }
    place.write(source);
    CHECK(source.given == chunks);
    CHECK(place.content() == noise(6));
    CHECK(place.kept().size() == 1);
    if (!lock) {
        CHECK(read_file(place.dir / "elsewhere", 100) == "mine");
    }
}

TEST_CASE("a file that is called like the beginning of another one is refused") {
    Place place;
    Source source(noise(7), EntryKind::file, "d/" + std::string(kept_prefix) + "0123456789ab");
    CHECK_THROWS_AS(place.write(source), Error);
    CHECK(always_ignored(std::string(kept_prefix) + "0123456789ab"));
}
