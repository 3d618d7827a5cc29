// Holds tests/vectors/protocol.json to what the code makes; with COTERIE_WRITE_VECTORS=1 writes it anew instead.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "vectors/protocol_vectors.h"
#include "vectors/vector_file.h"

namespace coterie::vectors {

namespace {

constexpr const char* kWriteAnew =
    "\nAfter an intended change, write the file and then the blocks of docs/protocol.md anew and look at every "
    "difference:\n  COTERIE_WRITE_VECTORS=1 ctest --test-dir BUILD -R 'ProtocolVectors|test_shows_the_vectors'";

// The first line in which two texts differ, of both.
std::string first_difference(const std::string& file, const std::string& made) {
  std::istringstream left(file);
  std::istringstream right(made);
  std::string there;
  std::string here;
  for (std::size_t line = 1;; ++line) {
    const bool more_there = static_cast<bool>(std::getline(left, there));
    const bool more_here = static_cast<bool>(std::getline(right, here));
    if (!more_there) there = "(end)";
    if (!more_here) here = "(end)";
    if (there != here || !more_there || !more_here) {
      return "line " + std::to_string(line) + "\n  in the file: " + there.substr(0, 300) +
             "\n  the code's:  " + here.substr(0, 300);
    }
  }
}

TEST(ProtocolVectorsTest, AreWhatTheCodeMakes) {
  const std::string made = lay_out(make_protocol_vectors());
  if (std::getenv("COTERIE_WRITE_VECTORS") != nullptr) {
    std::ofstream(kVectorFile, std::ios::binary) << made;
    GTEST_SKIP() << kVectorFile << " was written anew";
  }
  const std::string file = read_vector_file();
  EXPECT_TRUE(file == made) << kVectorFile << " is not what the code makes: " << first_difference(file, made)
                            << kWriteAnew;
}

}  // namespace

}  // namespace coterie::vectors
