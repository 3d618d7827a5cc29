// A file that is there whole, on disk, or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coterie::vault {

// Of mode 0600, and without a name until `place`: whatever ends the process before, nothing is left. Where the file
// system knows no files without a name it has a temporary one beside its place, which only a crash leaves behind.
class NewFile {
 public:
  // Kind environment. Makes no directory.
  static Result<NewFile> create(const std::filesystem::path& place);

  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  // Everything that it is to hold, once; on disk when it returns. Kind environment.
  Result<void> write(BytesView content);
  // From the disk where the system can be told to, not from memory.
  Result<Bytes> read() const;
  // Gives it its name. Kind usage when anything has that name.
  Result<void> place();

 private:
  NewFile(std::filesystem::path place, std::filesystem::path temporary, int descriptor)
      : place_(std::move(place)), temporary_(std::move(temporary)), descriptor_(descriptor) {}
  Error failure(const char* action, int number) const;

  std::filesystem::path place_;
  std::filesystem::path temporary_;  // empty: it has no name
  int descriptor_;                   // -1: moved from
};

}  // namespace coterie::vault
