#include "account/aztec/point_sum.h"

namespace coterie::account::aztec {

namespace {

Number to_montgomery(const Fr& element, BN_CTX* scratch) {
  Number number = make_number();
  require(BN_to_montgomery(number.get(), element.number(), Fr::montgomery(), scratch));
  return number;
}
Number copy(const Number& number) {
  Number same = make_number();
  require(BN_copy(same.get(), number.get()));
  return same;
}

void multiply(const Number& result, const Number& a, const Number& b, const Scratch& scratch) {
  require(BN_mod_mul_montgomery(result.get(), a.get(), b.get(), Fr::montgomery(), scratch.get()));
}
void add_to(const Number& sum, const Number& number) {
  require(BN_mod_add_quick(sum.get(), sum.get(), number.get(), Fr::modulus()));
}
void set_sum(const Number& sum, const Number& a, const Number& b) {
  require(BN_mod_add_quick(sum.get(), a.get(), b.get(), Fr::modulus()));
}

const Number& one() {
  static const Number one = to_montgomery(Fr::from_integer(1), make_scratch().get());
  return one;
}
// Three times the curve's constant term -17.
const Number& three_b() {
  static const Number three_b = to_montgomery(-Fr::from_integer(51), make_scratch().get());
  return three_b;
}

// 1 / number, neither in Montgomery form, by Fermat: the exponent is public, so its time does not depend on number.
Number invert(const Number& number, const Scratch& scratch) {
  static const Number exponent = [] {
    Number less_two = make_number();
    require(BN_copy(less_two.get(), Fr::modulus()));
    require(BN_sub_word(less_two.get(), 2));
    return less_two;
  }();
  Number inverse = make_number();
  require(BN_mod_exp_mont_consttime(inverse.get(), number.get(), exponent.get(), Fr::modulus(), scratch.get(),
                                    Fr::montgomery()));
  return inverse;
}
// 1 / number, both in Montgomery form.
Number invert_montgomery(const Number& number, const Scratch& scratch) {
  Number plain = make_number();
  require(BN_from_montgomery(plain.get(), number.get(), Fr::montgomery(), scratch.get()));
  Number inverse = invert(plain, scratch);
  require(BN_to_montgomery(inverse.get(), inverse.get(), Fr::montgomery(), scratch.get()));
  return inverse;
}

}  // namespace

ProjectivePoint ProjectivePoint::clone() const {
  return {copy(x), copy(y), copy(z)};
}

PointSum::PointSum()
    : sum_{make_number(), copy(one()), make_number()},
      xx_(make_number()),
      yy_(make_number()),
      zz_(make_number()),
      xy_(make_number()),
      yz_(make_number()),
      xz_(make_number()),
      spare_(make_number()),
      negative_(make_number()),
      scratch_(make_scratch()) {}

PointSum::PointSum(const Point& point) : PointSum() {
  sum_ = {to_montgomery(point.x, scratch_.get()), to_montgomery(point.y, scratch_.get()), copy(one())};
}

void PointSum::add(const AffinePoint& point) {
  const auto& [x, y, z] = sum_;
  multiply(xx_, x, point.x, scratch_);
  multiply(yy_, y, point.y, scratch_);
  require(BN_copy(zz_.get(), z.get()));
  set_sum(xy_, x, y);
  set_sum(spare_, point.x, point.y);
  multiply(xy_, xy_, spare_, scratch_);  // less xx and yy, which add_products takes away
  multiply(yz_, point.y, z, scratch_);
  add_to(yz_, y);
  multiply(xz_, point.x, z, scratch_);
  add_to(xz_, x);
  add_products();
}

void PointSum::add(const ProjectivePoint& point) {
  const auto& [x, y, z] = sum_;
  // a * other.b + b * other.a
  const auto cross = [this](const Number& result, const Number& a, const Number& other_b, const Number& b,
                            const Number& other_a) {
    multiply(result, a, other_b, scratch_);
    multiply(spare_, b, other_a, scratch_);
    add_to(result, spare_);
  };
  multiply(xx_, x, point.x, scratch_);
  multiply(yy_, y, point.y, scratch_);
  multiply(zz_, z, point.z, scratch_);
  cross(yz_, y, point.z, z, point.y);
  cross(xz_, x, point.z, z, point.x);
  cross(xy_, x, point.y, y, point.x);
  add_to(xy_, xx_);
  add_to(xy_, yy_);
  add_products();
}

// From the products to the sum: the part that both algorithms share, from their step "t0 = 3 xx" on.
void PointSum::add_products() {
  const auto& [x, y, z] = sum_;
  // BN_mod_sub_quick would branch on which number is the greater.
  const auto subtract = [this](const Number& from, const Number& number) {
    require(BN_usub(negative_.get(), Fr::modulus(), number.get()));
    add_to(from, negative_);
  };
  subtract(xy_, xx_);
  subtract(xy_, yy_);

  set_sum(spare_, xx_, xx_);
  add_to(xx_, spare_);
  multiply(zz_, three_b(), zz_, scratch_);
  multiply(xz_, three_b(), xz_, scratch_);
  set_sum(z, yy_, zz_);
  subtract(yy_, zz_);

  multiply(x, xy_, yy_, scratch_);
  multiply(spare_, yz_, xz_, scratch_);
  subtract(x, spare_);
  multiply(y, yy_, z, scratch_);
  multiply(spare_, xz_, xx_, scratch_);
  add_to(y, spare_);
  multiply(z, z, yz_, scratch_);
  multiply(spare_, xx_, xy_, scratch_);
  add_to(z, spare_);
}

Result<Point> PointSum::point() const {
  if (BN_is_zero(sum_.z.get()) == 1) return infinity_error();
  Number z = make_number();
  require(BN_from_montgomery(z.get(), sum_.z.get(), Fr::montgomery(), scratch_.get()));
  const Number inverse = invert(z, scratch_);
  // One factor in Montgomery form, the other not: the product is not.
  Number x = make_number();
  Number y = make_number();
  multiply(x, sum_.x, inverse, scratch_);
  multiply(y, sum_.y, inverse, scratch_);
  return Point{Fr(std::move(x)), Fr(std::move(y))};
}

std::vector<AffinePoint> to_affine(const std::vector<ProjectivePoint>& points) {
  const Scratch scratch = make_scratch();
  // Of the first i points' z, so that one inversion gives all: 1 / z_i = (1 / (z_0 … z_i)) * (z_0 … z_(i-1)).
  std::vector<Number> products;
  products.push_back(copy(one()));
  for (const ProjectivePoint& point : points) {
    products.push_back(make_number());
    multiply(products.back(), products[products.size() - 2], point.z, scratch);
  }
  const Number inverse_of_product = invert_montgomery(products.back(), scratch);
  const Number inverse = make_number();
  std::vector<AffinePoint> affine(points.size());
  for (std::size_t i = points.size(); i-- > 0;) {
    multiply(inverse, inverse_of_product, products[i], scratch);
    multiply(inverse_of_product, inverse_of_product, points[i].z, scratch);
    affine[i] = {make_number(), make_number()};
    multiply(affine[i].x, points[i].x, inverse, scratch);
    multiply(affine[i].y, points[i].y, inverse, scratch);
  }
  return affine;
}

}  // namespace coterie::account::aztec
