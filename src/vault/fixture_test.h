// For the tests of this module: a home that is removed afterwards, cheap vaults, and child processes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "vault/vault.h"

// GCC's, and null unless this is built for coverage.
extern "C" void __gcov_dump() __attribute__((weak));  // NOLINT(bugprone-reserved-identifier)

namespace coterie::vault {

inline Passphrase passphrase(std::string_view text = "correct horse") {
  return Passphrase(SecretBytes::copy_of(text));
}

class VaultTestBase : public testing::Test {
 protected:
  void SetUp() override {
    // In memory where there is such a place: vaults wait for the disk at each commit.
    const bool in_memory = access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "coterie-vault-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    base_ = std::filesystem::canonical(name);
    home_ = base_ / "home";
  }
  void TearDown() override { std::filesystem::remove_all(base_); }

  Vault create() {
    auto vault = Vault::create(home_, passphrase(), {{crypto::kMinPassphraseMemory, 1}}, random_);
    EXPECT_TRUE(vault) << vault.error().message;
    return std::move(*vault);
  }
  Vault open() {
    auto vault = Vault::open(home_, passphrase());
    EXPECT_TRUE(vault) << vault.error().message;
    return std::move(*vault);
  }
  std::filesystem::path file() const { return home_ / "vault.db"; }

  std::filesystem::path base_;
  std::filesystem::path home_;
  SystemRandom random_;
};

inline void store(Vault& vault, std::string_view label, std::string_view text) {
  auto transaction = vault.begin();
  ASSERT_TRUE(transaction) << transaction.error().message;
  const auto stored = transaction->store(label, as_bytes(text), Overwrite::allowed);
  ASSERT_TRUE(stored) << stored.error().message;
  const auto committed = transaction->commit();
  ASSERT_TRUE(committed) << committed.error().message;
}

// The record's text, "(none)", or the error's message.
inline std::string load(Vault& vault, std::string_view label) {
  auto transaction = vault.begin();
  if (!transaction) return transaction.error().message;
  const auto record = transaction->load(label);
  if (!record) return record.error().message;
  return record->has_value() ? std::string((*record)->text()) : "(none)";
}

// Only while no vault is open on it: closing a file drops SQLite's locks.
inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

// Two ends of a pipe: what one process tells another.
class Signal {
 public:
  Signal() { EXPECT_EQ(pipe(ends_), 0); }
  ~Signal() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  int reading_end() const { return ends_[0]; }
  void give() const { EXPECT_EQ(write(ends_[1], "x", 1), 1); }
  void await() const {
    char byte = 0;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  }

 private:
  int ends_[2] = {-1, -1};
};

// For child processes. A write beyond `size` fails as on a full disk, with EFBIG for ENOSPC.
inline void limit_files(rlim_t size) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = std::min(size, limit.rlim_max);
  setrlimit(RLIMIT_FSIZE, &limit);
}
inline void fill_disk_at(rlim_t size) {
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  limit_files(size);
}

// What a process reached counts, though it ends by _exit; but for one that gave up the right to write the counts.
inline void count_coverage() {
  if (__gcov_dump == nullptr || seteuid(getuid()) != 0) return;
  limit_files(RLIM_INFINITY);
  __gcov_dump();
}

// Runs `work` in a child process, which ends with its result, without destructors: as a killed one would.
class Child {
 public:
  explicit Child(const std::function<int()>& work) : pid_(fork()) {
    if (pid_ != 0) return;
    const int result = work();
    count_coverage();
    _exit(result);
  }
  ~Child() {
    if (!waited_) wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t pid() const { return pid_; }
  int wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    waited_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_;
  bool waited_ = false;
};

}  // namespace coterie::vault
