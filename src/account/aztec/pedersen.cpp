#include "account/aztec/pedersen.h"

#include <array>
#include <cassert>

#include "account/aztec/fixed_base.h"

namespace coterie::account::aztec::pedersen {

namespace {

Point point(const char* x, const char* y) {
  return {*Fr::parse(x), *Fr::parse(y)};
}

// Each of 64 KiB, made when first used.
template <std::size_t Index>
const FixedBase& table() {
  static const FixedBase table(input_point(Index));
  return table;
}
void add_input(std::size_t index, const Fr& input, PointSum& sum) {
  const FixedBase& multiples = index == 0 ? table<0>() : index == 1 ? table<1>() : table<2>();
  multiples.add_multiple(to_scalar(input), sum);
}

PointSum sum_of_length(std::size_t count) {
  PointSum sum;
  const PointSum length(length_point());
  for (std::size_t i = 0; i < count; ++i) sum.add(length.projective());
  return sum;
}

// Inputs that lead to the point at infinity would tell a logarithm of one of the four points.
Point finite(const PointSum& sum) {
  Result<Point> finite = sum.point();
  if (!finite) throw std::logic_error("a Pedersen hash came to the point at infinity");
  return std::move(*finite);
}

}  // namespace

const Point& input_point(std::size_t index) {
  static const std::array<Point, kMaxInputs> points = {
      point("0x083e7911d835097629f0067531fc15cafd79a89beecb39903f69572c636f4a5a",
            "0x1a7f5efaad7f315c25a918f30cc8d7333fccab7ad7c90f14de81bcc528f9935d"),
      point("0x054aa86a73cb8a34525e5bbed6e43ba1198e860f5f3950268f71df4591bde402",
            "0x209dcfbf2cfb57f9f6046f44d71ac6faf87254afc7407c04eb621a6287cac126"),
      point("0x1c44f2a5207c81c28a8321a5815ce8b1311024bbed131819bbdaf5a2ada84748",
            "0x03aaee36e6422a1d0191632ac6599ae9eba5ac2c17a8c920aa3caf8b89c5f8a8")};
  return points.at(index);
}

const Point& length_point() {
  static const Point length = point("0x2df8b940e5890e4e1377e05373fae69a1d754f6935e6a780b666947431f2cdcd",
                                    "0x2ecd88d15967bc53b885912e0d16866154acb6aac2d3f85e27ca7eefb2c19083");
  return length;
}

Fr hash(std::span<const Input> inputs) {
  assert(!inputs.empty() && inputs.size() <= kMaxInputs);
  PointSum sum = sum_of_length(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) add_input(i, inputs[i], sum);
  return finite(sum).x;
}

HashOfThree::HashOfThree(const Fr& second, const Fr& third)
    : of_the_others_([&] {
        PointSum sum = sum_of_length(3);
        add_input(1, second, sum);
        add_input(2, third, sum);
        return finite(sum);
      }()) {}

Fr HashOfThree::finish(const Fr& first) const {
  PointSum sum(of_the_others_);
  add_input(0, first, sum);
  return finite(sum).x;
}

}  // namespace coterie::account::aztec::pedersen
