// Elements of Aztec's fields as they stand in JSON: "0x" and 64 lower-case hexadecimal digits.
#pragma once

#include <string_view>
#include <utility>

#include "base/json.h"

namespace coterie::account {

// Zero after an error, which the reader remembers.
template <class Element>
Element read_element(json::ObjectReader& reader, std::string_view key) {
  auto element = Element::parse(reader.string_view(key, Element::kTextSize));
  if (element) return std::move(*element);
  reader.fail(key, element.error().message);
  return Element::from_integer(0);
}

// As a view into wiped memory: a std::string on the way would keep the secret.
inline void add_secret(json::Object& object, boost::json::string_view key, const SecretBytes& text) {
  object.emplace(key, boost::json::string_view(text.text().data(), text.size()));
}

}  // namespace coterie::account
