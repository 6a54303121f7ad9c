// Text that must reach no output: keys, tokens.
#pragma once

#include <memory>
#include <string_view>

namespace ds {

/// A secret. It cannot be printed or compared by accident, copies share one buffer, and that buffer is kept
/// out of core files and wiped when the last copy goes. Value type.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text);

    [[nodiscard]] bool empty() const noexcept { return buffer_ == nullptr; }
    /// The text itself, to be signed with or sent; lives as long as any copy. Never format it.
    [[nodiscard]] std::string_view reveal() const noexcept;

  private:
    class Buffer;
    std::shared_ptr<const Buffer> buffer_;
};

} // namespace ds
