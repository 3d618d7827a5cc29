// A vault's backup as a file: whether it is one, and its header. What it says in errors is not its own words.
#include "fuzz/fuzz.h"
#include "vault/format.h"

using namespace coterie;
using fuzz::check;

namespace {

Result<vault::Header> read_header(BytesView image) {
  COTERIE_TRY(const vault::Database database, vault::Database::open_image("backup.db", image));
  COTERIE_CHECK(vault::check_format(database));
  return vault::load_header(database);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = read_header({data, size});
  if (header) return 0;
  fuzz::check_secret_error(header.error());
  check(header.error().kind == ErrorKind::refused, "what is no vault is refused");
  return 0;
}
