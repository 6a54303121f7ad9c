// A page of its own per secret: it can be kept out of core files, and nothing else moves when it is wiped.
#include "http/secret.hpp"

#include <cstring>
#include <new>
#include <sys/mman.h>

namespace ds {

class Secret::Buffer {
  public:
    explicit Buffer(std::string_view text) : size_(text.size()) {
        void* page = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) {
            throw std::bad_alloc();
        }
        data_ = static_cast<char*>(page);
        madvise(data_, size_, MADV_DONTDUMP); // best effort: old kernels do not know it
        std::memcpy(data_, text.data(), size_);
    }
    ~Buffer() {
        explicit_bzero(data_, size_);
        munmap(data_, size_);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }

  private:
    char* data_ = nullptr;
    std::size_t size_;
};

Secret::Secret(std::string_view text) {
    if (!text.empty()) {
        buffer_ = std::make_shared<const Buffer>(text);
    }
}

std::string_view Secret::reveal() const noexcept {
    return buffer_ ? buffer_->view() : std::string_view();
}

} // namespace ds
