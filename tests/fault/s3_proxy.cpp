// The proxy of proxy.hpp as a program, for tests of dsctl itself.
//
//   s3_proxy SERVER_PORT        prints its own port, then obeys the lines on its input and answers each with one line
//
//   none                        nothing is spoiled any more
//   first FAULT TENTH           the first copy of every request (method and target) meets the fault
//   at N FAULT TENTH            request N from now on meets the fault
//   seeded SEED PER_MILLE FAULT[,FAULT...]
//   hold N                      request N from now on, and all that come later, wait in front of the server
//   hold-put TEXT               the same from the first PUT on whose target has TEXT in it
//   wait                        "held" once such a request is there, or "not yet" after a moment
//   release drop|deliver        those requests: reset unseen, or carried out while their client is told nothing
//   count                       how many requests there were since the last line but "count"
#include "fault/proxy.hpp"

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>

using namespace ds::test;

namespace {

Fault fault_named(const std::string& name) {
    for (const Fault fault : all_faults()) {
        if (name_of(fault) == name) {
            return fault;
        }
    }
    throw std::runtime_error("there is no fault '" + name + "'");
}

/// Requests wait here, so that their client can be killed at a known place. Outlives the rules that use it.
class Gate {
  public:
    /// Held ones meet `released`, all others nothing.
    FaultProxy::Choice pass(std::uint64_t number, std::uint64_t first_held) {
        std::unique_lock lock(mutex_);
        if (number < first_held) {
            return {};
        }
        reached_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        return {released_, 0};
    }
    void close() {
        std::lock_guard lock(mutex_);
        open_ = reached_ = false;
    }
    void open(Fault released) {
        std::lock_guard lock(mutex_);
        released_ = released;
        open_ = true;
        changed_.notify_all();
    }
    /// Whether the request came within `patience`.
    bool wait_until_reached(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [this] { return reached_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    bool reached_ = false;
    Fault released_ = Fault::none;
};

FaultProxy::Rule nothing() {
    return [](const ProxiedRequest&) { return FaultProxy::Choice{}; };
}

FaultProxy::Rule first_copies(Fault fault, unsigned tenth) {
    auto seen = std::make_shared<std::set<std::string>>();
    return [=](const ProxiedRequest& request) {
        const bool first = seen->insert(request.method + ' ' + request.target).second;
        return FaultProxy::Choice{first ? fault : Fault::none, tenth};
    };
}

FaultProxy::Rule one_request(std::uint64_t number, Fault fault, unsigned tenth) {
    return [=](const ProxiedRequest& request) {
        return FaultProxy::Choice{request.number == number ? fault : Fault::none, tenth};
    };
}

FaultProxy::Rule read_rule(const std::string& word, std::istream& words, std::uint64_t start) {
    if (word == "first") {
        std::string fault;
        unsigned tenth = 0;
        words >> fault >> tenth;
        return first_copies(fault_named(fault), tenth);
    }
    if (word == "at") {
        std::uint64_t number = 0;
        std::string fault;
        unsigned tenth = 0;
        words >> number >> fault >> tenth;
        return one_request(start + number, fault_named(fault), tenth);
    }
    if (word == "seeded") {
        std::uint64_t seed = 0;
        unsigned per_mille = 0;
        words >> seed >> per_mille;
        std::vector<Fault> faults;
        for (std::string name; std::getline(words >> std::ws, name, ',');) {
            faults.push_back(fault_named(name));
        }
        return seeded_rule(seed, per_mille, std::move(faults));
    }
    if (word == "none") {
        return nothing();
    }
    throw std::runtime_error("there is no rule '" + word + "'");
}

void obey(std::uint16_t server_port) {
    Gate gate;
    FaultProxy proxy(server_port, nothing());
    std::cout << proxy.endpoint().port << std::endl;
    std::size_t start = 0;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == "count") {
            std::cout << proxy.exchanges().size() - start << std::endl;
        } else if (word == "wait") {
            std::cout << (gate.wait_until_reached(std::chrono::milliseconds(100)) ? "held" : "not yet")
                      << std::endl;
        } else if (word == "release") {
            std::string how;
            words >> how;
            gate.open(how == "deliver" ? Fault::reply_lost : Fault::drop_request);
            std::cout << "released" << std::endl;
        } else {
            start = proxy.exchanges().size();
            if (word == "hold-put") {
                std::string text;
                words >> text;
                gate.close();
                proxy.set_rule(
                    [&gate, text, first = ~std::uint64_t{0}](const ProxiedRequest& request) mutable {
                        if (request.method == "PUT" && request.target.find(text) != std::string::npos) {
                            first = std::min(first, request.number);
                        }
                        return gate.pass(request.number, first);
                    });
            } else if (word == "hold") {
                std::uint64_t number = 0;
                words >> number;
                gate.close();
                proxy.set_rule([&gate, first = start + number](const ProxiedRequest& request) {
                    return gate.pass(request.number, first);
                });
            } else {
                proxy.set_rule(read_rule(word, words, start));
            }
            std::cout << "ready" << std::endl;
        }
    }
    gate.open(Fault::drop_request);
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) {
            throw std::runtime_error("usage: s3_proxy SERVER_PORT");
        }
        obey(static_cast<std::uint16_t>(std::stoul(argv[1])));
    } catch (const std::exception& error) {
        std::cerr << "s3_proxy: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
