// Sums of points of Grumpkin by formulas without a special case: the same steps for equal points, opposite ones and the
// point at infinity, so nothing branches on a secret (Renes, Costello and Batina, eprint.iacr.org/2015/1060, algorithms
// 7 and 8; they hold as the order of Grumpkin is odd).
#pragma once

#include <vector>

#include "account/aztec/grumpkin.h"

namespace coterie::account::aztec {

// Coordinates in Montgomery form.
struct AffinePoint {
  Number x;
  Number y;
};
struct ProjectivePoint {  // stands for (x / z, y / z); z is 0 at infinity
  Number x;
  Number y;
  Number z;
  ProjectivePoint clone() const;
};

class PointSum {
 public:
  PointSum();                             // the point at infinity
  explicit PointSum(const Point& point);  // on the curve: not checked here

  void add(const AffinePoint& point);
  void add(const ProjectivePoint& point);  // may be this sum's own `projective()`

  const ProjectivePoint& projective() const { return sum_; }
  // Kind refused for the point at infinity.
  Result<Point> point() const;

 private:
  void add_products();

  ProjectivePoint sum_;
  // Products of the coordinates of the two points, then whatever the formulas need: wiped with this object.
  Number xx_, yy_, zz_, xy_, yz_, xz_, spare_, negative_;
  Scratch scratch_;
};

// The same point, from here and to there, by one inversion for all: none of them at infinity.
std::vector<AffinePoint> to_affine(const std::vector<ProjectivePoint>& points);

}  // namespace coterie::account::aztec
