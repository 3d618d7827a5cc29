# A small disk of the test's own: a tmpfs in the mount namespace of this process, gone with it.
import ctypes
import os
import subprocess
import unittest

CLONE_NEWNS = 0x00020000


def require_own_mounts():
    """Gives this process mounts that nobody else sees, or skips the test, saying why."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root to mount a disk")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise unittest.SkipTest(f"this system gives no mount namespace: {os.strerror(ctypes.get_errno())}")
    try:
        mount("--make-rprivate", "/")
        mount("-t", "tmpfs", "probe", "/mnt")
        subprocess.run(["umount", "/mnt"], check=True, capture_output=True)
    except subprocess.CalledProcessError as refusal:
        raise unittest.SkipTest(f"this system mounts nothing here: {refusal.stderr.decode().strip()}") from None


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True, capture_output=True)


class SmallDisk:
    """A tmpfs of few pages at `directory`. Files on it take whole pages; directories and empty files none."""

    def __init__(self, case, directory, pages=1024):
        require_own_mounts()
        self.directory = directory
        directory.mkdir()
        mount("-t", "tmpfs", "-o", f"size={pages * os.sysconf('SC_PAGE_SIZE')},mode=0700", "small", directory)
        case.addCleanup(subprocess.run, ["umount", "--lazy", str(directory)], check=True)
        self.filler = directory / "filler"

    @property
    def free_pages(self):
        return os.statvfs(self.directory).f_bavail

    def leave(self, pages):
        """Fills the disk but for so many pages."""
        page = os.sysconf("SC_PAGE_SIZE")
        self.filler.write_bytes(b"")
        os.truncate(self.filler, 0)
        with open(self.filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, (self.free_pages - pages) * page)
        if self.free_pages != pages:
            raise AssertionError(f"{self.free_pages} pages are free, not {pages}")

    def free(self):
        self.filler.unlink(missing_ok=True)

    def read_only(self):
        mount("-o", "remount,ro", self.directory)

    def writable(self):
        mount("-o", "remount,rw", self.directory)
