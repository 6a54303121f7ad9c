// An actor of the simulation: ordinary blocking code that gives up the processor at every request. All actors of a
// run share one thread, so that a seed decides everything.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ucontext.h>

namespace sim {

/// Runs a function on a stack of its own, in turns with its owner. Not thread-safe: one owner, one thread.
class Fiber {
  public:
    /// @param body must not throw
    explicit Fiber(std::function<void()> body);
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Lets the body go on until it calls pause() or ends.
    void resume();
    /// To be called by the body: back to the owner.
    void pause();
    [[nodiscard]] bool ended() const noexcept { return ended_; }

  private:
    static void enter(unsigned high, unsigned low);
    void switch_to(ucontext_t& from, ucontext_t& to);

    std::function<void()> body_;
    std::unique_ptr<char[]> stack_;
    ucontext_t owner_{}, self_{};
    /// What the C++ runtime knows of exceptions being handled, kept apart for each stack.
    struct Exceptions {
        void* caught = nullptr;
        unsigned uncaught = 0;
    } exceptions_;
    bool ended_ = false;
};

} // namespace sim
