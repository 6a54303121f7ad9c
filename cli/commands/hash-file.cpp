// dsctl hash-file: the name that content has in a dataset, which is what sha256sum prints.
#include "base/path.hpp"
#include "cli.hpp"
#include "codec/hash.hpp"
#include "os/fd.hpp"
#include "os/missing_path.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds::cli {

namespace {

constexpr std::size_t buffer_bytes = 1 << 20;

struct Hashed {
    Sha256 hash;
    std::uint64_t size = 0;
};

Hashed hash_of(Cli& cli, const std::string& path) {
    Fd opened;
    if (path != "-") {
        const auto stat = try_stat(path);
        if (!stat) {
            refuse_missing(path);
        }
        if (S_ISDIR(stat->st_mode)) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is a folder; only files have a hash of their own", printable(path)),
                        fmt::format("dsctl hash-file {}/FILE", printable(path)));
        }
        opened = open_read(path);
    }
    const int fd = path == "-" ? STDIN_FILENO : opened.get();
    std::string buffer(buffer_bytes, '\0');
    Sha256Stream stream;
    Hashed result;
    while (true) {
        cli.context().check_stop();
        const std::size_t n = read_full(fd, buffer.data(), buffer.size(), path);
        stream.update(ByteView(buffer).substr(0, n));
        result.size += n;
        if (n < buffer.size()) {
            break;
        }
    }
    result.hash = stream.finish();
    return result;
}

int run_hash_file(Cli& cli, const Arguments& args) {
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "hash-file");
        json->begin_array("files");
    }
    for (const auto& path : args.all()) {
        const auto hashed = hash_of(cli, path);
        if (json) {
            Json item = Json::object();
            set_bytes(item, "path", path);
            json->item(item.set("sha256", Json(hashed.hash.hex())).set("size", Json(hashed.size)));
        } else if (cli.quiet()) {
            cli.out().line(hashed.hash.hex());
        } else if (cli.nul()) {
            cli.out().write(hashed.hash.hex() + "  " + path + '\0');
        } else {
            cli.out().line(hashed.hash.hex() + "  " + printable(path));
        }
    }
    if (json) {
        json->end_array();
        json->finish();
    }
    return 0;
}

} // namespace

CommandSpec command_hash_file() {
    return CommandSpec("hash-file", Group::plumbing, 3,
                       "Print the SHA-256 of files, in or outside of a checkout")
        .operand("FILE", Count::some, Complete::path)
        .json()
        .nul()
        .runs(run_hash_file);
}

} // namespace ds::cli
