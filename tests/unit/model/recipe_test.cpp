// Recipes: round trip, growth into parts, refusals.
#include "model/recipe.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"

#include <doctest/doctest.h>
#include <unordered_map>

using namespace ds;

namespace {

Sha256 numbered_hash(std::uint64_t n) {
    Sha256 out;
    std::memcpy(out.bytes.data(), &n, sizeof n);
    return out;
}

/// Puts a right check sum behind changed bytes.
ByteString sealed(ByteString body) {
    const Sha256 check = sha256(body);
    body.append(check.view());
    return body;
}

bool refused(const ByteString& bytes) {
    try {
        (void)Recipe::parse(bytes, "recipe x");
        return false;
    } catch (const CorruptObject& error) {
        CHECK(error.message().starts_with("recipe x"));
        return true;
    }
}

} // namespace

TEST_CASE("a recipe of chunks stays one list up to its bound") {
    std::unordered_map<Sha256, ByteString> parts;
    RecipeBuilder builder([&](const Sha256& id, ByteView bytes) { parts[id] = ByteString(bytes); });
    for (const std::size_t chunks : {std::size_t{0}, std::size_t{1}, std::size_t{4096}}) {
        for (std::size_t i = 0; i < chunks; ++i) {
            builder.add(100 + i, numbered_hash(i));
        }
        CHECK(builder.chunk_count() == chunks);
        const Recipe recipe = builder.finish();
        CHECK(recipe.form == Recipe::Form::chunks);
        CHECK(recipe.items.size() == chunks);
        const Recipe back = Recipe::parse(recipe.serialise(), "recipe x");
        CHECK((back.items == recipe.items));
        CHECK(back.size == recipe.size);
    }
    CHECK(parts.empty());
}

TEST_CASE("a long recipe becomes parts") {
    std::unordered_map<Sha256, ByteString> parts;
    RecipeBuilder builder([&](const Sha256& id, ByteView bytes) { parts[id] = ByteString(bytes); });
    const std::size_t chunks = 3 * 4096 + 7;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < chunks; ++i) {
        builder.add(1 + i % 900, numbered_hash(i));
        size += 1 + i % 900;
    }
    const Recipe recipe = Recipe::parse(builder.finish().serialise(), "recipe x");
    CHECK(recipe.form == Recipe::Form::parts);
    CHECK(recipe.size == size);
    REQUIRE(recipe.items.size() == 4);
    std::size_t next = 0;
    for (const RecipeItem& item : recipe.items) {
        REQUIRE(parts.contains(item.hash));
        CHECK(sha256(parts[item.hash]) == item.hash);
        const Recipe part = Recipe::parse(parts[item.hash], "part");
        CHECK(part.form == Recipe::Form::chunks);
        CHECK(part.size == item.size);
        for (const RecipeItem& chunk : part.items) {
            REQUIRE(chunk.hash == numbered_hash(next));
            ++next;
        }
    }
    CHECK(next == chunks);
    CHECK_THROWS_AS(builder.add(0, {}), const Error&);
    CHECK_THROWS_AS(builder.add((1ull << 40) + 1, {}), const Error&);
}

TEST_CASE("a file of too many chunks is refused, not cut short") {
    RecipeBuilder builder([](const Sha256&, ByteView) {});
    for (std::size_t i = 0; i < 4096 * 4096; ++i) {
        builder.add(1, {});
    }
    builder.add(1, {});
    CHECK_THROWS_AS((void)builder.finish(), const Error&);
}

TEST_CASE("damaged recipes are refused") {
    using namespace std::string_literals;
    const ByteString hash(32, 'h');
    CHECK_FALSE(refused(sealed("\xd8\x01\x00\x05\x01\x05"s + hash)));
    CHECK_FALSE(refused(sealed("\xd8\x01\x00\x00\x00"s)));
    CHECK(refused(sealed("\xd7\x01\x00\x05\x01\x05"s + hash)));
    CHECK(refused(sealed("\xd8\x02\x00\x05\x01\x05"s + hash)));
    CHECK(refused(sealed("\xd8\x01\x02\x05\x01\x05"s + hash)));
    CHECK(refused(sealed("\xd8\x01\x00\x05\x01\x04"s + hash)));                  // sum
    CHECK(refused(sealed("\xd8\x01\x00\x05\x01\x06"s + hash)));                  // sum
    CHECK(refused(sealed("\xd8\x01\x00\x05\x02\x05"s + hash + "\x00"s + hash))); // empty item
    CHECK(refused(sealed("\xd8\x01\x00\x05\x81\x20\x05"s + hash)));              // 4097 items
    CHECK(refused(sealed("\xd8\x01\x00\x05\x02\x05"s + hash)));                  // fewer items than claimed
    CHECK(refused(sealed("\xd8\x01\x00\x05\x01\x05"s + hash) + "x"));
    CHECK(refused(sealed("\xd8\x01\x00\x81\x80\x80\x80\x80\x20\x00"s))); // above 1 TiB
    CHECK(refused("\xd8\x01\x00\x05\x01\x05"s + hash + ByteString(32, '\0')));
    CHECK(refused(""));
}
