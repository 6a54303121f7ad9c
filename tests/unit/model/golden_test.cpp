// Fixed values: a change here is a change of a persistent format, and of every digest ever published.
#include "model/manifest.hpp"
#include "model/tree.hpp"
#include "tree_reference.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

using namespace ds;
using namespace ds_test;

TEST_CASE("golden: the empty tree") {
    CHECK(empty_tree().root.hex() == "1b96d08fae05329b55a68eddf7a31228c12e2f909754b0c328a58087648933e0");
}

TEST_CASE("golden: a tiny tree, its manifest and its digest") {
    MemoryNodes nodes;
    const TreeInfo info = built_tree({{"data/a.csv", {EntryKind::file, 6, sha256("a,b\n1\n")}},
                                      {"data/empty", {EntryKind::empty_dir, 0, {}}},
                                      {"data/latest", {EntryKind::symlink, 5, sha256("a.csv")}},
                                      {"run.sh", {EntryKind::executable, 8, sha256("echo hi\n")}}},
                                     nodes);
    const Manifest manifest = make_manifest(nodes, info.root);
    CHECK(manifest.text() ==
          "dsctl-manifest 1\n"
          "tree sha256:b7da2de9b12e7e64b2d2117138b8d2146fe3d7028d9ea42f5d1c9e383baff81f\n"
          "files 2\n"
          "symlinks 1\n"
          "folders 1\n"
          "bytes 19\n"
          "listing sha256:46ca1fa6c66c53f08514eb69c38be42c2bf36894fd6f5f384d1c3678f7f19e54\n");
    CHECK(manifest.digest().hex() == "d73407f1cd5d1d12b7d4ce431f03f2fb93a97baeb0afefeb87fa95448058fd0f");
}

TEST_CASE("golden: a tree of several levels") {
    MemoryNodes nodes;
    TreeBuilder builder(nodes);
    for (int i = 0; i < 20'000; ++i) {
        builder.add(fmt::format("set/{:03}/{:05}.bin", i / 100, i),
                    {EntryKind::file, static_cast<std::uint64_t>(i), sha256(fmt::format("{}", i))});
    }
    CHECK(builder.finish().root.hex() == "c456a43eff74333715a2a036a5855abbc31ac582776725cbc4b5b25470a204c3");
    CHECK(nodes.size() == 74);
}
