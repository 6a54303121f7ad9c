#include "fiber.hpp"

#include <cstdint>
#include <cstring>
#include <cxxabi.h>
#include <utility>
#include <vector>

namespace sim {

namespace {

constexpr std::size_t stack_bytes = 512 * 1024;

/// Stacks are used again: fresh pages cost more than a whole run.
thread_local std::vector<std::unique_ptr<char[]>> spare_stacks;

std::unique_ptr<char[]> take_stack() {
    if (spare_stacks.empty()) {
        return std::unique_ptr<char[]>(new char[stack_bytes]);
    }
    auto stack = std::move(spare_stacks.back());
    spare_stacks.pop_back();
    return stack;
}

} // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(take_stack()) {
    ::getcontext(&self_);
    self_.uc_stack.ss_sp = stack_.get();
    self_.uc_stack.ss_size = stack_bytes;
    self_.uc_link = &owner_;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&self_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
                  static_cast<unsigned>(self));
}

Fiber::~Fiber() {
    spare_stacks.push_back(std::move(stack_));
}

void Fiber::enter(unsigned high, unsigned low) {
    auto* self = reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low);
    self->body_();
    self->ended_ = true;
    self->pause();
}

void Fiber::switch_to(ucontext_t& from, ucontext_t& to) {
    Exceptions now;
    auto* current = static_cast<void*>(abi::__cxa_get_globals());
    std::memcpy(&now, current, sizeof now);
    std::memcpy(current, &exceptions_, sizeof now);
    exceptions_ = now;
    ::swapcontext(&from, &to);
}

void Fiber::resume() {
    switch_to(owner_, self_);
}

void Fiber::pause() {
    switch_to(self_, owner_);
}

} // namespace sim
