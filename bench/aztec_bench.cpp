// How long a signer waits for Aztec: an account's address, a signature, a check, and what they are made of.
//   ninja -C build/release aztec_bench && build/release/bench/aztec_bench
#include <benchmark/benchmark.h>

#include "account/aztec/derivation.h"
#include "account/aztec/fixed_base.h"
#include "account/aztec/poseidon2.h"
#include "account/aztec/schnorr.h"

namespace coterie::account::aztec {
namespace {

// From the account's secrets: four master keys, the signing key and the address.
void derive_an_address(benchmark::State& state) {
  SeededRandom random(1);
  const Profile& profile = profiles().front();
  const Fr secret_key = Fr::draw(random);
  const Fr salt = Fr::draw(random);
  const Fq private_key = Fq::draw(random);
  for (auto _ : state) {
    const auto keys = derive_master_public_keys(profile, secret_key);
    const auto signing_key = grumpkin::multiply_generator(private_key);
    benchmark::DoNotOptimize(derive_address(profile, *keys, *signing_key, salt));
  }
}
BENCHMARK(derive_an_address)->Unit(benchmark::kMicrosecond);

// A key that is at hand signs the message of a contract: about five nonces.
void sign_a_message(benchmark::State& state) {
  SystemRandom random;
  const auto key = schnorr::SigningKey::from_scalar(Fq::draw(random));
  const auto message = schnorr::message_of(Fr::draw(random));
  for (auto _ : state) benchmark::DoNotOptimize(key->sign(message, random));
}
BENCHMARK(sign_a_message)->Unit(benchmark::kMicrosecond);

void verify_a_signature(benchmark::State& state) {
  SystemRandom random;
  const auto key = schnorr::SigningKey::from_scalar(Fq::draw(random));
  const auto message = schnorr::message_of(Fr::draw(random));
  const schnorr::Signature signature = key->sign(message, random);
  for (auto _ : state) benchmark::DoNotOptimize(schnorr::verify(key->public_key(), message, signature.view()));
}
BENCHMARK(verify_a_signature)->Unit(benchmark::kMicrosecond);

void multiply_two_points_for_a_check(benchmark::State& state) {
  SeededRandom random(5);
  const Fq s = Fq::draw(random);
  const Fq e = Fq::draw(random);
  for (auto _ : state) benchmark::DoNotOptimize(grumpkin::multiply_public(s, pedersen::input_point(0), e));
}
BENCHMARK(multiply_two_points_for_a_check)->Unit(benchmark::kMicrosecond);

void hash_three_inputs_by_pedersen(benchmark::State& state) {
  SeededRandom random(6);
  const std::array<Fr, 3> inputs = {Fr::draw(random), Fr::draw(random), Fr::draw(random)};
  for (auto _ : state) benchmark::DoNotOptimize(pedersen::hash({inputs[0], inputs[1], inputs[2]}));
}
BENCHMARK(hash_three_inputs_by_pedersen)->Unit(benchmark::kMicrosecond);

void multiply_the_generator_by_its_table(benchmark::State& state) {
  SeededRandom random(2);
  const Fq scalar = Fq::draw(random);
  for (auto _ : state) benchmark::DoNotOptimize(grumpkin::multiply_generator(scalar));
}
BENCHMARK(multiply_the_generator_by_its_table)->Unit(benchmark::kMicrosecond);

void multiply_a_point_by_openssls_ladder(benchmark::State& state) {
  SeededRandom random(3);
  const Fq scalar = Fq::draw(random);
  for (auto _ : state) benchmark::DoNotOptimize(grumpkin::multiply(grumpkin::generator(), scalar));
}
BENCHMARK(multiply_a_point_by_openssls_ladder)->Unit(benchmark::kMicrosecond);

void make_a_table(benchmark::State& state) {
  for (auto _ : state) {
    const FixedBase table(grumpkin::generator());
    benchmark::DoNotOptimize(&table);
  }
}
BENCHMARK(make_a_table)->Unit(benchmark::kMicrosecond);

void permute_by_poseidon2(benchmark::State& state) {
  SeededRandom random(4);
  const poseidon2::State input{Fr::draw(random), Fr::draw(random), Fr::draw(random), Fr::draw(random)};
  for (auto _ : state) benchmark::DoNotOptimize(poseidon2::permute(input));
}
BENCHMARK(permute_by_poseidon2)->Unit(benchmark::kMicrosecond);

void draw_a_scalar(benchmark::State& state) {
  SystemRandom random;
  for (auto _ : state) benchmark::DoNotOptimize(Fq::draw(random));
}
BENCHMARK(draw_a_scalar)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace coterie::account::aztec
