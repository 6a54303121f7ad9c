// The bare loop that transfers are measured against: PUT or GET of whole objects over the same TLS with libcurl's
// easy interface, one thread a connection, hashing every byte and reading it from or writing it to one file.
//
//   raw_s3 put|get ENDPOINT CA_FILE BUCKET OBJECT_BYTES CONNECTIONS FILE
//
// Keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. `put` sends FILE in objects raw/<n>; `get` writes
// those back into FILE (whose size must be what was sent), which is emptied before: a download writes a new file, and
// new pages cost more than those that lie in the kernel's cache already. Prints seconds, bytes and requests.
#include "codec/hash.hpp"
#include "http/sigv4.hpp"
#include "os/file.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <curl/curl.h>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Job {
    bool put = false;
    ds::Endpoint endpoint;
    std::string ca;
    std::string bucket;
    std::uint64_t object_bytes = 0;
    std::uint64_t total = 0;
    int file = -1;
    ds::Credentials keys;
};

struct Upload {
    const char* at = nullptr;
    std::size_t left = 0;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* user) {
    auto& upload = *static_cast<Upload*>(user);
    const std::size_t n = std::min(size * count, upload.left);
    std::memcpy(to, upload.at, n);
    upload.at += n;
    upload.left -= n;
    return n;
}

std::size_t take(char* from, std::size_t size, std::size_t count, void* user) {
    static_cast<std::string*>(user)->append(from, size * count);
    return size * count;
}

/// One object by one kept connection.
void exchange(CURL* curl, const Job& job, std::uint64_t number, std::string& buffer) {
    const std::uint64_t offset = number * job.object_bytes;
    const std::uint64_t length = std::min(job.object_bytes, job.total - offset);
    ds::HttpRequest request;
    request.method = job.put ? "PUT" : "GET";
    request.endpoint = job.endpoint;
    request.path = fmt::format("/{}/raw/{}", job.bucket, number);
    ds::Sha256 payload = ds::sha256("");
    buffer.clear();
    if (job.put) {
        buffer.resize(length);
        if (ds::pread_full(job.file, buffer.data(), length, offset, "file") != length) {
            throw std::runtime_error("the file was cut");
        }
        payload = ds::sha256(buffer);
    } else {
        buffer.reserve(length);
    }
    curl_slist* headers = nullptr;
    const auto signed_headers =
        ds::sign_v4(request, payload, job.keys, {"us-east-1", "s3"}, std::time(nullptr));
    for (const auto& [name, value] : signed_headers) {
        headers = curl_slist_append(headers, (name + ": " + value).c_str());
    }
    headers = curl_slist_append(headers, "Expect:");
    Upload upload{buffer.data(), buffer.size()};
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, (job.endpoint.url() + request.path).c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_CAINFO, job.ca.c_str());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 1024L * 1024);
    std::string reply;
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, job.put ? &reply : &buffer);
    if (job.put) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(length));
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    }
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    if (code != CURLE_OK || status != 200) {
        throw std::runtime_error(fmt::format("{} {}: {}, status {}: {}", request.method, request.path,
                                             curl_easy_strerror(code), status, reply));
    }
    if (!job.put) {
        if (buffer.size() != length) {
            throw std::runtime_error("an object is shorter than it was");
        }
        (void)ds::sha256(buffer);
        ds::pwrite_full(job.file, buffer, offset, "file");
    }
}

void work(const Job& job, std::atomic<std::uint64_t>& next, std::uint64_t objects) {
    CURL* const curl = curl_easy_init();
    std::string buffer;
    for (std::uint64_t number = next++; number < objects; number = next++) {
        exchange(curl, job, number, buffer);
    }
    curl_easy_cleanup(curl);
}

int run(char** argv) {
    Job job;
    job.put = std::string(argv[1]) == "put";
    job.endpoint = ds::parse_http_url(argv[2]).endpoint;
    job.ca = argv[3];
    job.bucket = argv[4];
    job.object_bytes = std::stoull(argv[5]);
    const auto connections = static_cast<unsigned>(std::stoul(argv[6]));
    const std::string path = argv[7];
    job.keys.access_key_id = std::getenv("AWS_ACCESS_KEY_ID");
    job.keys.secret_access_key = ds::Secret(std::getenv("AWS_SECRET_ACCESS_KEY"));
    job.total = std::filesystem::file_size(path);
    const ds::Fd file = ds::open_file(path, job.put ? O_RDONLY : O_RDWR);
    job.file = file.get();
    if (!job.put) {
        ds::cut_to(file.get(), 0, path);
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);

    const std::uint64_t objects = (job.total + job.object_bytes - 1) / job.object_bytes;
    std::atomic<std::uint64_t> next{0};
    std::mutex mutex;
    std::exception_ptr error;
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < connections; ++i) {
        threads.emplace_back([&] {
            try {
                work(job, next, objects);
            } catch (...) {
                const std::lock_guard guard(mutex);
                error = std::current_exception();
                next = objects;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    if (error) {
        std::rethrow_exception(error);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    fmt::print("{:.3f} {} {}\n", seconds.count(), job.total, objects);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 8) {
        std::fputs("usage: raw_s3 put|get ENDPOINT CA_FILE BUCKET OBJECT_BYTES CONNECTIONS FILE\n", stderr);
        return 129;
    }
    try {
        return run(argv);
    } catch (const std::exception& e) {
        fmt::print(stderr, "raw_s3: {}\n", e.what());
        return 128;
    }
}
