// The samples of a namespace, as a push asks them: small ones are read whole, of large ones the parts that questions
// need. Hints throughout: what is damaged, gone or beyond the budget is passed over. Internal to this module.
#pragma once

#include "registry/samples.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Requests that looking may cost. What turns out to have been worth it is given back.
class RequestBudget {
  public:
    explicit RequestBudget(std::uint64_t requests) : left_(requests) {}
    /// @returns false when there are not so many left
    bool take(std::uint64_t requests) noexcept {
        const bool enough = left_ >= requests;
        left_ -= enough ? requests : 0;
        return enough;
    }
    void give_back(std::uint64_t requests) noexcept { left_ += requests; }
    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

  private:
    std::uint64_t left_;
};

/// One thread. Nothing is asked of the registry before the first question.
class SampleIndex {
  public:
    /// @param trace told of what is passed over
    SampleIndex(Registry& registry, std::string ns, RequestBudget& budget,
                std::function<void(std::string_view, const std::exception&)> trace);
    ~SampleIndex();

    /// Bytes of content that are looked for: the more before the first question, the larger samples are read whole.
    void expect(std::uint64_t bytes) noexcept { expected_ = bytes; }

    /// The packs that may hold this chunk as far as samples tell that were read whole, added to `out`; they live as long as
    /// this. @throws Error
    void find(const Sha256& chunk, std::vector<const SampledPack*>& out);
    /// The same by samples of which parts are read: a question may cost requests. @throws Error
    void find_in_parts(const Sha256& chunk, std::vector<const SampledPack*>& out);
    /// The pack that was sent next to this one, which find() gave, before or behind it; null where that is not known.
    enum class Side { before, behind };
    [[nodiscard]] const SampledPack* neighbour(const SampledPack* pack, Side side) const noexcept;
    /// Moves the rows of samples of one size into `sample`, and notes there that it replaces them, if there are so many
    /// that it pays.
    void merge_into(Sample& sample) const;

  private:
    class Part;
    struct Held {
        StoredSample stored;
        std::vector<Sha256> replaces;
    };
    void open();
    void hold(const StoredSample& stored, Sample sample);

    Registry& registry_;
    std::string ns_;
    std::uint64_t expected_ = 0;
    RequestBudget& budget_;
    std::function<void(std::string_view, const std::exception&)> trace_;
    bool opened_ = false;
    std::vector<Held> held_; ///< samples read whole
    std::vector<SampledPack> packs_;
    std::vector<std::uint32_t> pack_from_; ///< index of held_, per pack
    std::vector<SampleEntry> entries_;     ///< of all held ones, sorted
    std::vector<std::unique_ptr<Part>> parts_;
    std::uint64_t misses_ = 0; ///< questions in a row that no large sample could answer
};

} // namespace ds
