// A vault of its own for each test, and its Store.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "base/random.h"
#include "session/store.h"

namespace coterie::session {

class StoreFixture : public ::testing::Test {
 protected:
  StoreFixture() {
    // In memory where there is such a place: vaults wait for the disk at each commit.
    const bool in_memory = ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "coterie-store-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
    const vault::VaultOptions cheap{{crypto::kMinPassphraseMemory, 1}};
    vault_.emplace(*vault::Vault::create(home_ / "vault", passphrase(), cheap, random_));
    store_.emplace(*vault_);
  }
  ~StoreFixture() override {
    store_.reset();
    vault_.reset();
    std::filesystem::remove_all(home_);
  }

  static Passphrase passphrase() { return Passphrase(SecretBytes::copy_of("correct horse")); }
  vault::Vault open_again() { return *vault::Vault::open(home_ / "vault", passphrase()); }

  SystemRandom random_;
  std::filesystem::path home_;
  std::optional<vault::Vault> vault_;
  std::optional<Store> store_;
};

}  // namespace coterie::session
