// Taking in streams of unknown length and bytes at hand.
#include "base/error.hpp"
#include "store/content.hpp"
#include "store/ingest.hpp"
#include "store/large_file.hpp"

#include "task/queue.hpp"

#include <algorithm>
#include <thread>

namespace ds {

Entry ingest_bytes(ByteView bytes, EntryKind kind, StoreWriter& writer, const StoreParams& params) {
    if (kind == EntryKind::empty_dir) {
        return {kind, 0, {}};
    }
    const Chunker chunker(params.chunks);
    return {kind, bytes.size(), store_content(writer, params, chunker, bytes)};
}

Entry ingest_stream(const std::function<std::size_t(char*, std::size_t)>& read, EntryKind kind,
                    StoreWriter& writer, const StoreParams& params, Context& context) {
    // What fits into one buffer needs no threads: most members of an archive do. The buffer grows with the
    // stream, so that small ones cost little.
    ByteString head;
    bool at_end = false;
    while (!at_end && head.size() < large_file_bytes) {
        const std::size_t have = head.size();
        const std::size_t step = std::min(std::max<std::size_t>(have, 64 * 1024), large_file_bytes - have);
        head.resize(have + step);
        const std::size_t n = read(head.data() + have, step);
        head.resize(have + n);
        at_end = n == 0;
        context.check_stop();
    }
    if (at_end) {
        context.progress.advance(0, head.size());
        return ingest_bytes(head, kind, writer, params);
    }
    const unsigned jobs = std::max(1u, context.jobs);
    BoundedQueue<std::function<void()>> tasks(std::size_t{1} << 40);
    std::vector<std::thread> workers;
    LargeFilePipeline pipeline(writer, params, jobs,
                               [&](std::function<void()> task) { tasks.push(std::move(task), 1); });
    for (unsigned i = 0; i < jobs; ++i) {
        workers.emplace_back([&] {
            while (const auto task = tasks.pop()) {
                (*task)();
            }
        });
    }
    const auto end_workers = [&] {
        tasks.close();
        for (std::thread& t : workers) {
            t.join();
        }
    };
    LargeFilePipeline::Result stored;
    std::uint64_t total = head.size();
    try {
        stored = pipeline.run(head,
                              [&](char* to, std::size_t n) {
                                  context.check_stop();
                                  const std::size_t got = read(to, n);
                                  total += got;
                                  if (total > max_file_size) {
                                      throw Error(ErrorKind::failure,
                                                  "cannot take in a stream of more than 1 TiB");
                                  }
                                  context.progress.advance(0, got);
                                  return got;
                              },
                              {});
    } catch (...) {
        end_workers();
        throw;
    }
    end_workers();
    return {kind, stored.size, stored.hash};
}

} // namespace ds
