#include "worktree/row_records.hpp"

#include "os/file.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace ds {

namespace {

ByteView bytes_of(const std::vector<RowRecord>& records) {
    return {reinterpret_cast<const char*>(records.data()), records.size() * sizeof(RowRecord)};
}

/// A file without a name: gone when it is closed, however that comes.
Fd nameless_file(const std::string& dir) {
    std::string path = dir + "/dsctl-rows-XXXXXX";
    Fd fd(::mkostemp(path.data(), O_CLOEXEC));
    if (!fd) {
        throw_errno("cannot create", path);
    }
    ::unlink(path.c_str());
    return fd;
}

} // namespace

void RowRecords::add(const RowRecord& record) {
    if (!parts_.empty()) {
        put(record);
        return;
    }
    records_.push_back(record);
    if (records_.size() >= in_memory) {
        spill();
    }
}

void RowRecords::spill() {
    file_ = nameless_file(scratch_dir_);
    parts_.resize(parts);
    for (const RowRecord& record : records_) {
        put(record);
    }
    std::vector<RowRecord>().swap(records_);
}

void RowRecords::put(const RowRecord& record) {
    Part& part = parts_[(std::size_t{record.key[0]} << 8 | record.key[1]) % parts];
    part.open.push_back(record);
    if (part.open.size() == block) {
        pwrite_full(file_.get(), bytes_of(part.open), end_, scratch_dir_);
        part.blocks.push_back(end_);
        end_ += part.open.size() * sizeof(RowRecord);
        part.open.clear();
    }
}

void RowRecords::for_each_group(const std::function<void(std::vector<RowRecord>&)>& use) {
    if (parts_.empty()) {
        use(records_);
        return;
    }
    for (Part& part : parts_) {
        std::vector<RowRecord> all = std::move(part.open);
        for (const std::uint64_t offset : part.blocks) {
            const std::size_t have = all.size();
            all.resize(have + block);
            const std::size_t want = block * sizeof(RowRecord);
            if (pread_full(file_.get(), reinterpret_cast<char*>(all.data() + have), want, offset,
                           scratch_dir_) != want) {
                throw Error(ErrorKind::failure,
                            fmt::format("a temporary file in '{}' lost its end", scratch_dir_));
            }
        }
        use(all);
    }
}

} // namespace ds
