// Grumpkin: the curve y^2 = x^3 - 17 over Fr, of prime order |Fq|. Aztec's keys and addresses are points of it.
#pragma once

#include "account/aztec/field.h"

namespace coterie::account::aztec {

// A finite point; results of the functions below are on the curve.
struct Point {
  Fr x;
  Fr y;
  Point clone() const { return {x.clone(), y.clone()}; }
  bool operator==(const Point&) const = default;
};

namespace grumpkin {

const Point& generator();

// scalar * G from a table (fixed_base.h), by steps that do not depend on the scalar. Kind refused for the scalar 0: the
// point at infinity is no key.
Result<Point> multiply_generator(const Fq& scalar);

// scalar * point by OpenSSL's Montgomery ladder, whose steps do not depend on the scalar either. Kind refused for the
// scalar 0 and for a point that is not on the curve.
Result<Point> multiply(const Point& point, const Fq& scalar);

// of_generator * G + of_point * point in one go: for public scalars, as its time depends on them. Kind refused as
// above.
Result<Point> multiply_public(const Fq& of_generator, const Point& point, const Fq& of_point);

// Kind refused when a point is not on the curve, or the sum is the point at infinity.
Result<Point> add(const Point& a, const Point& b);

// (0, 0), which some programs write for the point at infinity, is not.
bool is_on_curve(const Point& point);
// Whether a point of the curve has this x: true of about half of all numbers. For public numbers: its time depends on
// x.
bool is_x_of_a_point(const Fr& x);

}  // namespace grumpkin

// Of kind refused: for results that would be the point at infinity.
Error infinity_error();

}  // namespace coterie::account::aztec
