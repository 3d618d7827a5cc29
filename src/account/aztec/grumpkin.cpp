#include "account/aztec/grumpkin.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#include "account/aztec/fixed_base.h"

namespace coterie::account::aztec {

Error infinity_error() {
  return refused_error("the result is Grumpkin's point at infinity, which is no key");
}

namespace grumpkin {

namespace {

struct GroupDeleter {
  void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
};
struct CurvePointDeleter {
  void operator()(EC_POINT* point) const { EC_POINT_clear_free(point); }
};
using CurvePoint = std::unique_ptr<EC_POINT, CurvePointDeleter>;

constexpr std::uint64_t kMinusB = 17;
// G = (1, sqrt(-16)).
constexpr std::string_view kGeneratorY = "0x0000000000000002cf135e7506a45d632d270d45f1181294833fc48d823f272c";

class Curve {
 public:
  static const EC_GROUP* group() {
    static const Curve curve;
    return curve.group_.get();
  }

 private:
  Curve() {
    const Scratch scratch = make_scratch();
    const Number a = make_number();
    const Number b = make_number();
    require(BN_copy(b.get(), Fr::modulus()));
    require(BN_sub_word(b.get(), kMinusB));
    group_.reset(require(EC_GROUP_new_curve_GFp(Fr::modulus(), a.get(), b.get(), scratch.get())));
    const CurvePoint g(require(EC_POINT_new(group_.get())));
    const auto& [x, y] = generator();
    require(EC_POINT_set_affine_coordinates(group_.get(), g.get(), x.number(), y.number(), scratch.get()));
    // OpenSSL takes its constant-time ladder only when it knows order and cofactor.
    require(EC_GROUP_set_generator(group_.get(), g.get(), Fq::modulus(), BN_value_one()));
  }
  std::unique_ptr<EC_GROUP, GroupDeleter> group_;
};

CurvePoint make_curve_point() {
  return CurvePoint(require(EC_POINT_new(Curve::group())));
}

Result<CurvePoint> to_curve(const Point& point, BN_CTX* scratch) {
  CurvePoint result = make_curve_point();
  // A refused point leaves nothing behind in OpenSSL's error queue, where TLS would find it.
  ERR_set_mark();
  const bool on_curve =
      EC_POINT_set_affine_coordinates(Curve::group(), result.get(), point.x.number(), point.y.number(), scratch) == 1;
  ERR_pop_to_mark();
  if (!on_curve) return refused_error("a point is not on Grumpkin");
  return result;
}

Result<Point> from_curve(const CurvePoint& point, BN_CTX* scratch) {
  if (EC_POINT_is_at_infinity(Curve::group(), point.get()) == 1) {
    return infinity_error();
  }
  Number x = make_number();
  Number y = make_number();
  require(EC_POINT_get_affine_coordinates(Curve::group(), point.get(), x.get(), y.get(), scratch));
  return Point{Fr(std::move(x)), Fr(std::move(y))};
}

}  // namespace

const Point& generator() {
  static const Point generator{Fr::from_integer(1), *Fr::parse(kGeneratorY)};
  return generator;
}

Result<Point> multiply_generator(const Fq& scalar) {
  static const FixedBase table(generator());
  PointSum product;
  table.add_multiple(scalar, product);
  return product.point();
}

Result<Point> multiply(const Point& point, const Fq& scalar) {
  const Scratch scratch = make_scratch();
  COTERIE_TRY(const CurvePoint factor, to_curve(point, scratch.get()));
  const CurvePoint product = make_curve_point();
  // One scalar in one call: with two, OpenSSL takes a faster way whose time depends on them.
  require(EC_POINT_mul(Curve::group(), product.get(), nullptr, factor.get(), scalar.number(), scratch.get()));
  return from_curve(product, scratch.get());
}

Result<Point> multiply_public(const Fq& of_generator, const Point& point, const Fq& of_point) {
  const Scratch scratch = make_scratch();
  COTERIE_TRY(const CurvePoint factor, to_curve(point, scratch.get()));
  const CurvePoint sum = make_curve_point();
  require(
      EC_POINT_mul(Curve::group(), sum.get(), of_generator.number(), factor.get(), of_point.number(), scratch.get()));
  return from_curve(sum, scratch.get());
}

Result<Point> add(const Point& a, const Point& b) {
  const Scratch scratch = make_scratch();
  COTERIE_TRY(const CurvePoint first, to_curve(a, scratch.get()));
  COTERIE_TRY(const CurvePoint second, to_curve(b, scratch.get()));
  const CurvePoint sum = make_curve_point();
  require(EC_POINT_add(Curve::group(), sum.get(), first.get(), second.get(), scratch.get()));
  return from_curve(sum, scratch.get());
}

bool is_on_curve(const Point& point) {
  const Scratch scratch = make_scratch();
  return to_curve(point, scratch.get()).ok();
}

bool is_x_of_a_point(const Fr& x) {
  const Fr square = x * x * x - Fr::from_integer(kMinusB);  // y^2, if there is one
  const Scratch scratch = make_scratch();
  const int symbol = BN_kronecker(square.number(), Fr::modulus(), scratch.get());
  if (symbol < -1) throw std::bad_alloc();
  // Never 0: a point with y = 0 would be its own negative, and the order is odd.
  return symbol == 1;
}

}  // namespace grumpkin
}  // namespace coterie::account::aztec
