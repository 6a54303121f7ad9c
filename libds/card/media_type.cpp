// Media types by the ending of a name: the registered ones, and what is in wide use for data.
#include "card/exports.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <array>

namespace ds {

std::string media_type(std::string_view path) {
    struct Known {
        std::string_view ending, type;
    };
    static constexpr std::array<Known, 55> types = {{{"7z", "application/x-7z-compressed"},
                                                     {"arrow", "application/vnd.apache.arrow.file"},
                                                     {"avi", "video/x-msvideo"},
                                                     {"avro", "application/vnd.apache.avro"},
                                                     {"bmp", "image/bmp"},
                                                     {"bz2", "application/x-bzip2"},
                                                     {"css", "text/css"},
                                                     {"csv", "text/csv"},
                                                     {"flac", "audio/flac"},
                                                     {"geojson", "application/geo+json"},
                                                     {"gif", "image/gif"},
                                                     {"gz", "application/gzip"},
                                                     {"h5", "application/x-hdf5"},
                                                     {"hdf5", "application/x-hdf5"},
                                                     {"htm", "text/html"},
                                                     {"html", "text/html"},
                                                     {"ipynb", "application/x-ipynb+json"},
                                                     {"jpeg", "image/jpeg"},
                                                     {"jpg", "image/jpeg"},
                                                     {"js", "text/javascript"},
                                                     {"json", "application/json"},
                                                     {"jsonl", "application/jsonlines"},
                                                     {"jsonld", "application/ld+json"},
                                                     {"log", "text/plain"},
                                                     {"md", "text/markdown"},
                                                     {"mkv", "video/x-matroska"},
                                                     {"mp3", "audio/mpeg"},
                                                     {"mp4", "video/mp4"},
                                                     {"ndjson", "application/x-ndjson"},
                                                     {"npy", "application/x-npy"},
                                                     {"npz", "application/x-npz"},
                                                     {"ogg", "audio/ogg"},
                                                     {"parquet", "application/vnd.apache.parquet"},
                                                     {"pdf", "application/pdf"},
                                                     {"pkl", "application/octet-stream"},
                                                     {"png", "image/png"},
                                                     {"py", "text/x-python"},
                                                     {"rst", "text/x-rst"},
                                                     {"safetensors", "application/x-safetensors"},
                                                     {"sh", "application/x-sh"},
                                                     {"sql", "application/sql"},
                                                     {"svg", "image/svg+xml"},
                                                     {"tar", "application/x-tar"},
                                                     {"tif", "image/tiff"},
                                                     {"tiff", "image/tiff"},
                                                     {"tsv", "text/tab-separated-values"},
                                                     {"txt", "text/plain"},
                                                     {"wav", "audio/wav"},
                                                     {"webm", "video/webm"},
                                                     {"webp", "image/webp"},
                                                     {"xml", "application/xml"},
                                                     {"yaml", "application/yaml"},
                                                     {"yml", "application/yaml"},
                                                     {"zip", "application/zip"},
                                                     {"zst", "application/zstd"}}};
    const auto name = base_name(path);
    const auto dot = name.rfind('.');
    if (dot != std::string_view::npos && name.size() - dot <= 12) {
        std::string ending(name.substr(dot + 1));
        std::transform(ending.begin(), ending.end(), ending.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        for (const auto& known : types) {
            if (known.ending == ending) {
                return std::string(known.type);
            }
        }
    }
    return "application/octet-stream";
}

} // namespace ds
