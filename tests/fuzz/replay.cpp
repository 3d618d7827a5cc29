// Runs a target over every file of its corpus and of its regressions: replay FOLDER TARGET, where FOLDER/corpus/TARGET
// must hold something, and FOLDER/regressions/TARGET is there for those that had findings.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<char> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FOLDER TARGET\n", argv[0]);
    return 2;
  }
  const fs::path folder = argv[1];
  std::size_t count = 0;
  for (const fs::path& part : {folder / "corpus" / argv[2], folder / "regressions" / argv[2]}) {
    const bool wanted = count == 0;
    if (!wanted && !fs::exists(part)) continue;
    const std::vector<fs::path> files = fs::is_directory(part) ? files_in(part) : std::vector<fs::path>();
    if (files.empty()) {
      std::fprintf(stderr, "there is no input in %s\n", part.c_str());
      return 1;
    }
    for (const fs::path& file : files) {
      std::fprintf(stderr, "%s\n", file.c_str());  // the last one is the one that ends the process
      const std::vector<char> bytes = read(file);
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    count += files.size();
  }
  std::printf("%zu inputs\n", count);
  return 0;
}
