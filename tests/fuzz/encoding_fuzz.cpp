// Hexadecimal, base64 of both alphabets, digits read out by voice, times: each text that is taken is the only one.
#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

namespace {

void check_base64(std::string_view text, Base64 alphabet) {
  const auto bytes = parse_base64(text, alphabet);
  fuzz::check_refusal(bytes);
  if (bytes) check(serialize_base64(*bytes, alphabet) == text, "base64 is canonical");
}

void check_time(std::string_view text) {
  const auto time = parse_iso_text(text);
  fuzz::check_refusal(time);
  if (!time) return;
  const std::string written = iso_text(*time);
  check(written.substr(0, 20) == text.substr(0, 20), "a time is written as it was read, up to its milliseconds");
  const auto again = parse_iso_text(written);
  check(again && *again == *time, "parse(serialize(x)) is x");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(data, size);
  const std::string_view text = as_text(bytes);
  for (const Base64 alphabet : {Base64::url, Base64::standard}) {
    check_base64(text, alphabet);
    const auto back = parse_base64(serialize_base64(bytes, alphabet), alphabet);
    check(back && *back == to_vector(bytes), "all bytes have a text in base64");
  }
  const auto secret = parse_secret_base64(text);
  const auto plain = parse_base64(text, Base64::url);
  check(secret.ok() == plain.ok(), "secret and public bytes have the same texts");
  if (secret) check(serialize_secret_base64(secret->view()).text() == text, "base64 of secrets is canonical");
  if (!secret) fuzz::check_secret_error(secret.error());

  const auto hex = parse_hex(text);
  fuzz::check_refusal(hex);
  if (hex) check(parse_hex(serialize_hex(*hex)).value() == *hex, "parse(serialize(x)) is x");

  const auto key = SignKey::parse(text);
  fuzz::check_refusal(key);
  if (key) check(key->text() == text, "a key has one text");

  const auto digits = crypto::parse_digits(text);
  fuzz::check_refusal(digits);
  if (digits) check(digits->size() == 30, "digits are thirty");
  check_time(text);
  return 0;
}
