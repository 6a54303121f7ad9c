#include "term/graph.hpp"

#include <algorithm>

namespace ds::cli {

namespace {

void trim(std::string& row) {
    row.erase(row.find_last_not_of(' ') + 1);
}

/// Lane `from` goes away into lane `to` on its left: "|_|/", and what stands right of it moves one lane left.
std::string collapse_row(std::size_t lanes, std::size_t to, std::size_t from) {
    std::string row(lanes * 2, ' ');
    for (std::size_t lane = 0; lane < from; ++lane) {
        row[lane * 2] = '|';
        if (lane > to) {
            row[lane * 2 - 1] = '_';
        }
    }
    row[from * 2 - 1] = '/';
    for (std::size_t lane = from + 1; lane < lanes; ++lane) {
        row[lane * 2 - 1] = '/';
    }
    trim(row);
    return row;
}

/// Lane `at` ends: what stands right of it moves one lane left.
std::string end_row(std::size_t lanes, std::size_t at) {
    std::string row(lanes * 2, ' ');
    for (std::size_t lane = 0; lane < at; ++lane) {
        row[lane * 2] = '|';
    }
    for (std::size_t lane = at + 1; lane < lanes; ++lane) {
        row[lane * 2 - 1] = '/';
    }
    trim(row);
    return row;
}

/// A lane opens right of `at`: what stood there moves one lane right.
std::string open_row(std::size_t lanes_before, std::size_t at) {
    std::string row(lanes_before * 2 + 2, ' ');
    for (std::size_t lane = 0; lane <= at; ++lane) {
        row[lane * 2] = '|';
    }
    for (std::size_t lane = at; lane < lanes_before; ++lane) {
        row[lane * 2 + 1] = '\\';
    }
    trim(row);
    return row;
}

} // namespace

std::string CommitGraph::bars() const {
    std::string row;
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        row += lane == 0 ? "|" : " |";
    }
    return row;
}

CommitGraph::Rows CommitGraph::add(std::string_view id, const std::vector<std::string>& parents) {
    auto at = static_cast<std::size_t>(std::find(lanes_.begin(), lanes_.end(), id) - lanes_.begin());
    if (at == lanes_.size()) {
        lanes_.emplace_back(id);
    }
    Rows rows;
    rows.commit = bars();
    rows.commit[at * 2] = '*';

    if (parents.empty()) {
        rows.padding = bars();
        rows.padding[at * 2] = ' ';
        trim(rows.padding);
        if (at + 1 < lanes_.size()) {
            rows.after.push_back(end_row(lanes_.size(), at));
        }
        lanes_.erase(lanes_.begin() + static_cast<std::ptrdiff_t>(at));
        return rows;
    }
    rows.padding = bars();
    lanes_[at] = parents.front();
    for (std::size_t i = 1; i < parents.size(); ++i) {
        rows.after.push_back(open_row(lanes_.size(), at + i - 1));
        lanes_.insert(lanes_.begin() + static_cast<std::ptrdiff_t>(at + i), parents[i]);
    }
    // Two lanes that wait for the same commit become one.
    for (std::size_t from = 1; from < lanes_.size();) {
        const auto to =
            static_cast<std::size_t>(std::find(lanes_.begin(), lanes_.end(), lanes_[from]) - lanes_.begin());
        if (to == from) {
            ++from;
            continue;
        }
        rows.after.push_back(collapse_row(lanes_.size(), to, from));
        lanes_.erase(lanes_.begin() + static_cast<std::ptrdiff_t>(from));
    }
    return rows;
}

} // namespace ds::cli
