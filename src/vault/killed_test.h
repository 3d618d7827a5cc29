// For the tests of this module: work that is killed at a chosen moment, and the files that are there afterwards.
#pragma once

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "vault/fixture_test.h"

namespace coterie::vault {

enum class Ending { killed, done, not_possible };

// Runs `work` in a child process and kills it (SIGKILL) where it enters its n-th system call that changes what is on
// disk, counted from 1; `done` when it makes fewer. Not possible where this system lets nobody trace a child.
inline Ending kill_at_change(int n, const std::function<void()>& work) {
  static const std::set<long> kChanges = {
      SYS_write,  SYS_pwrite64, SYS_writev,  SYS_fsync,     SYS_fdatasync, SYS_ftruncate, SYS_fallocate,
      SYS_linkat, SYS_unlinkat, SYS_mkdirat, SYS_renameat2, SYS_fchmod,    SYS_fchmodat,
#ifdef SYS_unlink
      SYS_unlink, SYS_rename,   SYS_mkdir,   SYS_rmdir,     SYS_chmod,     SYS_link,
#endif
  };
  const pid_t pid = fork();
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(99);
    raise(SIGSTOP);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status)) return Ending::not_possible;
  ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  int count = 0;
  long signal = 0;
  for (;;) {
    ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) return Ending::done;
    signal = 0;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
      signal = WSTOPSIG(status);
      continue;
    }
    __ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return Ending::not_possible;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !kChanges.contains(static_cast<long>(info.entry.nr))) continue;
    if (++count < n) continue;
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return Ending::killed;
  }
}

inline std::set<std::string> files_in(const std::filesystem::path& directory) {
  std::set<std::string> names;
  if (!std::filesystem::exists(directory)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
  return names;
}

}  // namespace coterie::vault
