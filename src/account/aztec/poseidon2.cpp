#include "account/aztec/poseidon2.h"

#include <algorithm>

#include "account/aztec/grain.h"

namespace coterie::account::aztec::poseidon2 {

namespace {

constexpr std::size_t kWidth = 4;
constexpr std::size_t kRate = 3;
constexpr std::size_t kFullRounds = 8;  // half of them before the partial ones, half after
constexpr std::size_t kPartialRounds = 56;
// Candidates for the inner matrix are refused while it or one of its powers 2 to 8 has a reducible characteristic
// polynomial: these are the first four.
constexpr std::size_t kRefusedDiagonals = 4;
// Text is cut so that every piece is below the modulus.
constexpr std::size_t kTextPiece = 31;

using MontgomeryState = std::array<Number, kWidth>;

// Everything below is in Montgomery form, so that a product costs no division.
class Permutation {
 public:
  static const Permutation& instance() {
    static const Permutation permutation;
    return permutation;
  }

  void run(MontgomeryState& state, BN_CTX* scratch) const {
    const Rounds rounds{*this, state, scratch, make_number(), make_number()};
    auto constant = constants_.begin();
    const auto full_round = [&] {
      for (const Number& s : state) rounds.add(s, *constant++);
      for (const Number& s : state) rounds.raise_to_fifth(s);
      rounds.mix();
    };
    rounds.mix();
    for (std::size_t round = 0; round < kFullRounds / 2; ++round) full_round();
    for (std::size_t round = 0; round < kPartialRounds; ++round) {
      rounds.add(state[0], *constant++);
      rounds.raise_to_fifth(state[0]);
      rounds.mix_inner();
    }
    for (std::size_t round = 0; round < kFullRounds / 2; ++round) full_round();
  }

  Number to_montgomery(const BIGNUM* number, BN_CTX* scratch) const {
    Number result = make_number();
    require(BN_to_montgomery(result.get(), number, Fr::montgomery(), scratch));
    return result;
  }
  Fr from_montgomery(const Number& number, BN_CTX* scratch) const {
    Number result = make_number();
    require(BN_from_montgomery(result.get(), number.get(), Fr::montgomery(), scratch));
    return Fr(std::move(result));
  }

 private:
  // The steps of one permutation on one state.
  struct Rounds {
    const Permutation& of;
    MontgomeryState& state;
    BN_CTX* scratch;
    Number sum;
    Number product;

    void add(const Number& to, const Number& number) const {
      require(BN_mod_add_quick(to.get(), to.get(), number.get(), Fr::modulus()));
    }
    void twice(const Number& number) const { add(number, number); }
    void multiply(const Number& result, const Number& a, const Number& b) const {
      require(BN_mod_mul_montgomery(result.get(), a.get(), b.get(), Fr::montgomery(), scratch));
    }

    void raise_to_fifth(const Number& number) const {
      multiply(product, number, number);
      multiply(product, product, product);
      multiply(number, product, number);
    }

    // The outer matrix [5 7 1 3; 4 6 1 1; 1 3 5 7; 1 1 4 6] by additions alone (the paper's appendix B).
    void mix() const {
      auto& [a, b, c, d] = state;
      require(BN_mod_add_quick(sum.get(), a.get(), b.get(), Fr::modulus()));
      require(BN_mod_add_quick(product.get(), c.get(), d.get(), Fr::modulus()));
      twice(b);
      add(b, product);  // 2b + c + d
      twice(d);
      add(d, sum);  // a + b + 2d
      twice(product);
      twice(product);
      add(product, d);  // the last row
      twice(sum);
      twice(sum);
      add(sum, b);  // the second row
      add(d, sum);  // the first row
      add(b, product);
      std::swap(a, d);
      std::swap(c, b);
      require(BN_copy(b.get(), sum.get()));
      require(BN_copy(d.get(), product.get()));
    }

    // The inner matrix: ones everywhere, and the drawn words on the diagonal.
    void mix_inner() const {
      require(BN_mod_add_quick(sum.get(), state[0].get(), state[1].get(), Fr::modulus()));
      add(sum, state[2]);
      add(sum, state[3]);
      for (std::size_t i = 0; i < kWidth; ++i) {
        multiply(state[i], state[i], of.diagonal_[i]);
        add(state[i], sum);
      }
    }
  };

  Permutation() {
    const Scratch scratch = make_scratch();
    Grain grain;
    for (Number& constant : constants_) {
      Number word = grain.next_word();
      while (BN_cmp(word.get(), Fr::modulus()) >= 0) word = grain.next_word();
      constant = to_montgomery(word.get(), scratch.get());
    }
    for (std::size_t word = 0; word < kRefusedDiagonals * kWidth; ++word) grain.next_word();
    for (Number& entry : diagonal_) {
      const Number word = grain.next_word();
      require(BN_sub_word(word.get(), 1));  // mix_inner adds every element to the sum, so itself once
      require(BN_nnmod(word.get(), word.get(), Fr::modulus(), scratch.get()));
      entry = to_montgomery(word.get(), scratch.get());
    }
  }

  std::array<Number, kFullRounds * kWidth + kPartialRounds> constants_;
  std::array<Number, kWidth> diagonal_;
};

}  // namespace

State permute(const State& state) {
  const Permutation& permutation = Permutation::instance();
  const Scratch scratch = make_scratch();
  MontgomeryState inner;
  for (std::size_t i = 0; i < kWidth; ++i) {
    inner[i] = permutation.to_montgomery(state[i].number(), scratch.get());
  }
  permutation.run(inner, scratch.get());
  const auto out = [&](std::size_t i) { return permutation.from_montgomery(inner[i], scratch.get()); };
  return {out(0), out(1), out(2), out(3)};
}

Fr hash(std::span<const Input> inputs) {
  const Permutation& permutation = Permutation::instance();
  const Scratch scratch = make_scratch();
  const Number count = make_number();
  require(BN_set_word(count.get(), inputs.size()));
  require(BN_lshift(count.get(), count.get(), 64));
  MontgomeryState state{make_number(), make_number(), make_number(),
                        permutation.to_montgomery(count.get(), scratch.get())};
  do {
    const std::size_t taken = std::min(inputs.size(), kRate);
    for (std::size_t i = 0; i < taken; ++i) {
      const Number input = permutation.to_montgomery(inputs[i].get().number(), scratch.get());
      require(BN_mod_add_quick(state[i].get(), state[i].get(), input.get(), Fr::modulus()));
    }
    permutation.run(state, scratch.get());
    inputs = inputs.subspan(taken);
  } while (!inputs.empty());
  return permutation.from_montgomery(state[0], scratch.get());
}

Fr hash_separated(std::uint32_t separator, std::initializer_list<Input> inputs) {
  const Fr first = Fr::from_integer(separator);
  std::vector<Input> all{first};
  all.insert(all.end(), inputs.begin(), inputs.end());
  return hash(all);
}

Fr hash_text(std::string_view text) {
  std::vector<Fr> pieces;
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), kTextPiece))) {
    Bytes piece = to_vector(as_bytes(text.substr(0, kTextPiece)));
    std::reverse(piece.begin(), piece.end());
    pieces.push_back(Fr::reduce(piece));
  }
  const std::vector<Input> inputs(pieces.begin(), pieces.end());
  return hash(inputs);
}

}  // namespace coterie::account::aztec::poseidon2
