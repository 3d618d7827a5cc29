#include "ceremony/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CertificateTest : public ::testing::Test {
 protected:
  Receipts receipts(std::initializer_list<std::size_t> signers) const {
    Receipts given;
    for (const std::size_t i : signers)
      given.emplace(signers_[i].key(), create_receipt(manifest_, signers_[i].identity));
    return given;
  }
  template <class Parsed>
  static void expect_refused(const Result<Parsed>& result, const char* why) {
    ASSERT_FALSE(result.ok()) << why;
    EXPECT_EQ(result.error().kind, ErrorKind::refused);
    EXPECT_THAT(result.error().message, HasSubstr(why));
  }
  crypto::Envelope full() const { return Certificate::create(manifest_, receipts({0, 1, 2}))->envelope(); }

  std::vector<test::TestSigner> signers_ = test::make_signers(3);
  account::SharedStateAccount account_ = test::make_account(1);
  SignedManifest manifest_ = test::make_manifest(signers_, account_, 2);
};

TEST_F(CertificateTest, IsReadBackByteForByte) {
  const auto made = Certificate::create(manifest_, receipts({1, 2}));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->receipts().size(), 3u);
  const auto parsed = Certificate::parse(made->serialize() + "\n");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->serialize(), made->serialize());
  EXPECT_EQ(parsed->manifest(), manifest_);
}

TEST_F(CertificateTest, NamesWhoIsMissing) {
  expect_refused(Certificate::create(manifest_, receipts({1})), "no receipt of carol");
  expect_refused(Certificate::create(manifest_, {}), "no receipt of bob and carol");
  crypto::Envelope without_bob = full();
  without_bob.signatures.erase(without_bob.signatures.begin() + 1);
  expect_refused(Certificate::from_envelope(without_bob), "no receipt of bob");
}

TEST_F(CertificateTest, NeedsTheCreatorsSignatureFirst) {
  crypto::Envelope without_alice = full();
  without_alice.signatures.erase(without_alice.signatures.begin());
  expect_refused(Certificate::from_envelope(without_alice), "not signed by its first signer, alice");
  crypto::Envelope none = full();
  none.signatures.clear();
  EXPECT_FALSE(Certificate::from_envelope(none).ok());
}

TEST_F(CertificateTest, RefusesDoubledMisplacedAndForeignReceipts) {
  crypto::Envelope doubled = full();
  doubled.signatures[2] = doubled.signatures[1];
  expect_refused(Certificate::from_envelope(doubled), "bob stands twice");
  crypto::Envelope misplaced = full();
  std::swap(misplaced.signatures[1], misplaced.signatures[2]);
  expect_refused(Certificate::from_envelope(misplaced), "bob stands twice or not in the order");
  crypto::Envelope extra = full();
  extra.sign(test::make_signer("mallory", 70).identity);
  expect_refused(Certificate::from_envelope(extra), "not a signer");
}

TEST_F(CertificateTest, NamesTheSignerWhoseReceiptIsOfAnotherManifest) {
  const SignedManifest other = test::make_manifest(signers_, test::make_account(2), 2);
  const Signature foreign = create_receipt(other, signers_[1].identity);
  expect_refused(verify_receipt(manifest_, signers_[1].key(), foreign), "receipt of bob");
  Receipts given = receipts({2});
  given.emplace(signers_[1].key(), foreign);
  expect_refused(Certificate::create(manifest_, given), "receipt of bob");
  crypto::Envelope envelope = full();
  envelope.signatures[1].sig = to_vector(foreign.view());
  expect_refused(Certificate::from_envelope(envelope), "receipt of bob");
}

TEST_F(CertificateTest, RefusesAReceiptOfSomebodyElse) {
  expect_refused(verify_receipt(manifest_, signers_[1].key(), create_receipt(manifest_, signers_[2].identity)),
                 "receipt of bob");
  const auto mallory = test::make_signer("mallory", 70);
  expect_refused(verify_receipt(manifest_, mallory.key(), create_receipt(manifest_, mallory.identity)), "not a signer");
}

TEST_F(CertificateTest, RefusesEveryAlteredByte) {
  const std::string text = full().serialize();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(Certificate::parse(altered).ok()) << i;
  }
}

TEST_F(CertificateTest, NamesTheSignerOfAReceiptWithAnyByteAltered) {
  const char* names[] = {"alice", "bob", "carol"};
  for (std::size_t signer = 0; signer < 3; ++signer) {
    for (std::size_t byte = 0; byte < Signature::kSize; ++byte) {
      crypto::Envelope altered = full();
      altered.signatures[signer].sig[byte] ^= 1;
      expect_refused(Certificate::from_envelope(altered), names[signer]);
    }
  }
}

TEST_F(CertificateTest, RefusesAReceiptOfAnotherLength) {
  for (const std::size_t size : {0U, 32U, 63U}) {
    crypto::Envelope altered = full();
    altered.signatures[1].sig.resize(size);
    expect_refused(Certificate::from_envelope(altered), "the receipt of bob is damaged");
  }
}

TEST_F(CertificateTest, MergesPartialOnes) {
  auto bobs = PartialCertificate::create(manifest_, receipts({1}));
  const auto carols = PartialCertificate::create(manifest_, receipts({2}));
  ASSERT_TRUE(bobs.ok());
  ASSERT_TRUE(carols.ok());
  EXPECT_THAT(bobs->missing(), ElementsAre("carol"));
  EXPECT_EQ(PartialCertificate::parse(bobs->serialize())->serialize(), bobs->serialize());
  expect_refused(Certificate::create(*bobs), "carol");
  ASSERT_TRUE(bobs->merge(*carols).ok());
  EXPECT_EQ(Certificate::create(*bobs)->envelope(), full());
}

TEST_F(CertificateTest, DoesNotMergeWhatIsOfAnotherManifest) {
  auto partial = PartialCertificate::create(manifest_, {});
  const auto other = PartialCertificate::create(test::make_manifest(signers_, test::make_account(2)), {});
  expect_refused(partial->merge(*other), "different multisigs");
}

}  // namespace
}  // namespace coterie::ceremony
