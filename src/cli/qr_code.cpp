#include "cli/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace coterie::cli {

namespace {

constexpr int kQuiet = 2;  // light modules around; ISO/IEC 18004 asks for 4, readers are content with 2

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool is_light(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return true;
  return (code.data[y * code.width + x] & 1) == 0;  // libqrencode: bit 0 is set for a dark module
}

}  // namespace

std::optional<std::vector<std::string>> render_qr_code(std::string_view text, int columns) {
  const std::unique_ptr<QRcode, FreeCode> code(QRcode_encodeData(static_cast<int>(text.size()),
                                                                 reinterpret_cast<const unsigned char*>(text.data()),
                                                                 /*version=*/0, QR_ECLEVEL_L));
  if (!code || code->width + 2 * kQuiet > columns) return std::nullopt;
  std::vector<std::string> lines;
  for (int y = -kQuiet; y < code->width + kQuiet; y += 2) {
    std::string line;
    for (int x = -kQuiet; x < code->width + kQuiet; ++x) {
      const bool upper = is_light(*code, x, y);
      const bool lower = y + 1 < code->width + kQuiet && is_light(*code, x, y + 1);
      line += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace coterie::cli
