// Known answers for SHA-256 (FIPS 180-4) and CRC-32C (RFC 3720).
#include "codec/hash.hpp"

#include <doctest/doctest.h>
#include <string>
#include <thread>
#include <vector>

using namespace ds;

TEST_CASE("SHA-256 known answers") {
    CHECK(sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(std::string(1'000'000, 'a')).hex() ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a stream hashes as the whole, and starts anew") {
    const std::string data(100'003, 'q');
    Sha256Stream stream;
    for (int round = 0; round < 2; ++round) {
        for (std::size_t at = 0; at < data.size(); at += 777) {
            stream.update(ByteView(data).substr(at, 777));
        }
        CHECK(stream.finish() == sha256(data));
    }
    Sha256Stream moved = std::move(stream);
    CHECK(moved.finish() == sha256(""));
}

TEST_CASE("threads hash independently") {
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([t, &wrong] {
            const std::string data(t + 1, 'x');
            const Sha256 expected = sha256(data);
            for (int i = 0; i < 2000; ++i) {
                wrong[t] += sha256(data) != expected;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("CRC-32C known answers, both implementations, in pieces") {
    CHECK(crc32c("123456789") == 0xe3069283);
    CHECK(crc32c("") == 0);
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
    CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
    std::string data;
    for (int i = 0; i < 300; ++i) {
        data += static_cast<char>(i * 7);
        CHECK(crc32c(data) == detail::crc32c_by_table(data, 0));
        const std::size_t half = data.size() / 3;
        CHECK(crc32c(ByteView(data).substr(half), crc32c(ByteView(data).substr(0, half))) == crc32c(data));
    }
}
