#include "vectors/vector_file.h"

#include <fstream>
#include <iterator>

namespace coterie::vectors {

namespace {

void write(std::string& out, const json::Value& value, const std::string& margin);

// An element of an object or array on a line of its own.
void begin_element(std::string& out, bool first, const std::string& margin) {
  out += first ? "\n" : ",\n";
  out += margin;
}

void write_object(std::string& out, const json::Object& object, const std::string& margin) {
  bool first = true;
  out += '{';
  for (const auto& field : object) {
    begin_element(out, first, margin + ' ');
    first = false;
    out += json::serialize(json::Value(field.key())) + ": ";
    write(out, field.value(), margin + ' ');
  }
  out += "\n" + margin + '}';
}

void write_array(std::string& out, const json::Array& array, const std::string& margin) {
  bool first = true;
  out += '[';
  for (const json::Value& item : array) {
    begin_element(out, first, margin + ' ');
    first = false;
    write(out, item, margin + ' ');
  }
  out += "\n" + margin + ']';
}

void write(std::string& out, const json::Value& value, const std::string& margin) {
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    write_object(out, *object, margin);
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    write_array(out, *array, margin);
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string read_vector_file() {
  std::ifstream file(kVectorFile, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string lay_out(const json::Value& document) {
  std::string out;
  write(out, document, "");
  return out + "\n";
}

}  // namespace coterie::vectors
