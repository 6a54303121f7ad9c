#include "dataset/visible.hpp"

#include "base/units.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

std::vector<std::string> sorted_once(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

[[noreturn]] void refuse_all(const Registry& registry, const Error& cause) {
    throw Error(ErrorKind::auth,
                fmt::format("registry '{}' does not show its namespaces to you: {}", registry.alias(),
                            cause.message()),
                "name one that you may list: --namespace NS");
}

} // namespace

VisibleDatasets visible_datasets(Registry& registry, const std::vector<std::string>& namespaces,
                                 const std::vector<std::string>& known) {
    VisibleDatasets result;
    const auto add = [&](const std::string& ns) {
        auto found = registry.datasets(ns);
        result.only->push_back(ns);
        result.datasets.insert(result.datasets.end(), std::make_move_iterator(found.begin()),
                               std::make_move_iterator(found.end()));
    };
    if (!namespaces.empty()) {
        result.only.emplace();
        for (const auto& ns : sorted_once(namespaces)) {
            add(ns);
        }
        return result;
    }
    try {
        result.datasets = registry.datasets();
        return result;
    } catch (const Error& whole) {
        if (whole.kind() != ErrorKind::auth) {
            throw;
        }
        result.only.emplace();
        for (const auto& ns : sorted_once(known)) {
            try {
                add(ns);
            } catch (const Error& part) {
                if (part.kind() != ErrorKind::auth) {
                    throw;
                }
            }
        }
        if (result.only->empty()) {
            refuse_all(registry, whole);
        }
        return result;
    }
}

std::string closest_dataset(Registry& registry, const DatasetName& wanted) {
    std::vector<std::string> names;
    try {
        for (const auto& other : visible_datasets(registry, {}, {wanted.ns()}).datasets) {
            names.push_back(other.str());
        }
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::auth) {
            throw;
        }
    }
    return closest(wanted.str(), names);
}

std::vector<std::string> namespaces_of(Registry& registry) {
    std::vector<std::string> names;
    try {
        for (const auto& dataset : registry.datasets()) {
            names.push_back(dataset.ns());
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::auth) {
            refuse_all(registry, error);
        }
        throw;
    }
    return sorted_once(std::move(names));
}

} // namespace ds
