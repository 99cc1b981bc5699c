// Replacements of the C library's functions for faulty_disk.h. Each does what the real one does. If it changes
// something it holds the disk's lock, so that the journal has the calls in order.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>

#include "tests/crash/faulty_disk.h"

namespace leadpulse::crash {
namespace {

using Lock = std::lock_guard<Disk>;

// Returns the function that the program would have called without this library.
template <typename Function>
Function* Real(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) Disk::Stop("the C library has no", name);
  return reinterpret_cast<Function*>(found);
}

uint64_t LengthOf(int descriptor) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) Disk::Stop("cannot look at a descriptor", std::to_string(descriptor));
  return static_cast<uint64_t>(info.st_size);
}

std::string Gather(const iovec* parts, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return all;
}

template <typename Open>
int OpenBelow(int folder, const char* name, int flags, const Open& real_open) {
  Disk& disk = Disk::Get();
  Lock lock(disk);
  std::string path;
  if (!disk.Watches(folder, name, &path)) return real_open();
  if ((flags & O_TMPFILE) == O_TMPFILE) Disk::Stop("cannot follow a file without a name in", path);
  struct stat info {};
  bool creates = (flags & O_CREAT) != 0 && fstatat(folder, name, &info, 0) != 0;
  if (disk.Fails(creates ? "create" : "open", path)) return -1;
  int descriptor = real_open();
  if (descriptor >= 0) disk.Opened(descriptor, path, flags, creates);
  return descriptor;
}

int FlagsOf(const char* mode) {
  bool both = strchr(mode, '+') != nullptr;
  if (*mode == 'r') return both ? O_RDWR : O_RDONLY;
  return (both ? O_RDWR : O_WRONLY) | O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
}

// Writes through the stream's own buffer are not seen; the C++ library writes to the descriptor.
template <typename RealOpen>
FILE* OpenStream(const char* name, const char* mode, RealOpen* real_open) {
  FILE* stream = nullptr;
  OpenBelow(AT_FDCWD, name, FlagsOf(mode), [&] {
    stream = real_open(name, mode);
    return stream == nullptr ? -1 : fileno(stream);
  });
  return stream;
}

size_t Half(size_t size) { return std::max<size_t>(size / 2, std::min<size_t>(size, 1)); }

// Writes below the directory. `at` -1 means the file's position. `write_some` writes that many of the bytes.
template <typename WriteSome>
ssize_t WriteBelow(int descriptor, const char* bytes, size_t size, off_t at, const WriteSome& write_some) {
  Disk& disk = Disk::Get();
  Lock lock(disk);
  OpenFile* file = disk.Find(descriptor);
  if (file == nullptr) return write_some(size);
  int fate = disk.Fate("write", file->path);
  if (fate > 0) {
    errno = fate;
    return -1;
  }
  uint64_t offset = at >= 0 ? at : file->append ? LengthOf(descriptor) : lseek(descriptor, 0, SEEK_CUR);
  ssize_t written = write_some(fate == Disk::kShort ? Half(size) : size);
  if (written > 0) disk.Note(Entry::kWrite, file->inode, offset, {bytes, static_cast<size_t>(written)});
  return written;
}

template <typename ReadSome>
ssize_t ReadBelow(int descriptor, size_t size, const ReadSome& read_some) {
  Disk& disk = Disk::Get();
  int fate = 0;
  {
    Lock lock(disk);
    OpenFile* file = disk.Find(descriptor);
    if (file != nullptr) fate = disk.Fate("read", file->path);
  }
  if (fate > 0) {
    errno = fate;
    return -1;
  }
  return read_some(fate == Disk::kShort ? Half(size) : size);
}

template <typename Sync>
int SyncBelow(int descriptor, const Sync& sync) {
  Disk& disk = Disk::Get();
  static uint64_t syncs = 0;
  OpenFile file;
  uint64_t number = 0;
  {
    Lock lock(disk);
    OpenFile* found = disk.Find(descriptor);
    if (found == nullptr) return sync();
    if (disk.Fails("sync", found->path)) return -1;
    if (disk.IgnoresSync(found->path)) return 0;
    file = *found;
    number = ++syncs;
    disk.Note(Entry::kSyncBegin, file.inode, number, file.path);
  }
  int result = sync();
  Lock lock(disk);
  if (result == 0) disk.Note(Entry::kSyncEnd, file.inode, number, file.path);
  return result;
}

template <typename Resize>
int ResizeBelow(const char* kind, int descriptor, const Resize& resize) {
  Disk& disk = Disk::Get();
  Lock lock(disk);
  OpenFile* file = disk.Find(descriptor);
  if (file == nullptr) return resize();
  if (disk.Fails(kind, file->path)) return -1;
  uint64_t before = LengthOf(descriptor);
  int result = resize();
  uint64_t after = LengthOf(descriptor);
  if (result == 0 && after != before) disk.Note(Entry::kTruncate, file->inode, after);
  return result;
}

template <typename Change>
int ChangeName(const char* kind, Entry entry, int folder, const char* name, const Change& change) {
  Disk& disk = Disk::Get();
  Lock lock(disk);
  std::string path;
  if (!disk.Watches(folder, name, &path)) return change();
  if (disk.Fails(kind, path)) return -1;
  int result = change();
  if (result == 0) disk.Note(entry, 0, 0, path);
  return result;
}

template <typename Change>
int ChangeNames(const char* kind, Entry entry, const char* from, const char* to, const Change& change) {
  Disk& disk = Disk::Get();
  Lock lock(disk);
  std::string path, other;
  bool watches = disk.Watches(AT_FDCWD, from, &path);
  if (watches != disk.Watches(AT_FDCWD, to, &other)) Disk::Stop("cannot follow what leaves the directory:", from);
  if (!watches) return change();
  if (disk.Fails(kind, path)) return -1;
  int result = change();
  if (result == 0) disk.Note(entry, 0, 0, path, other);
  return result;
}

void MustNotBeWatched(int descriptor, const char* what) {
  Lock lock(Disk::Get());
  if (OpenFile* file = Disk::Get().Find(descriptor); file != nullptr) Disk::Stop(what, file->path);
}

}  // namespace
}  // namespace leadpulse::crash

using namespace leadpulse::crash;  // NOLINT(build/namespaces): the functions below have C's names

#define REAL(name) static auto* const real = Real<decltype(name)>(#name)
#define OPEN_MODE(flags)                                                                      \
  va_list arguments;                                                                          \
  va_start(arguments, flags);                                                                 \
  const mode_t mode = ((flags) & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0; \
  va_end(arguments)

extern "C" {

int open(const char* name, int flags, ...) {
  REAL(open);
  OPEN_MODE(flags);
  return OpenBelow(AT_FDCWD, name, flags, [&] { return real(name, flags, mode); });
}
int open64(const char* name, int flags, ...) {
  REAL(open64);
  OPEN_MODE(flags);
  return OpenBelow(AT_FDCWD, name, flags, [&] { return real(name, flags, mode); });
}
int openat(int folder, const char* name, int flags, ...) {
  REAL(openat);
  OPEN_MODE(flags);
  return OpenBelow(folder, name, flags, [&] { return real(folder, name, flags, mode); });
}
int openat64(int folder, const char* name, int flags, ...) {
  REAL(openat64);
  OPEN_MODE(flags);
  return OpenBelow(folder, name, flags, [&] { return real(folder, name, flags, mode); });
}
int creat(const char* name, mode_t mode) {
  REAL(creat);
  return OpenBelow(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, [&] { return real(name, mode); });
}
FILE* fopen(const char* name, const char* mode) {
  REAL(fopen);
  return OpenStream(name, mode, real);
}
FILE* fopen64(const char* name, const char* mode) {
  REAL(fopen64);
  return OpenStream(name, mode, real);
}
int close(int descriptor) {
  REAL(close);
  Lock lock(Disk::Get());
  Disk::Get().Closed(descriptor);
  return real(descriptor);
}
int fclose(FILE* stream) {
  REAL(fclose);
  Lock lock(Disk::Get());
  Disk::Get().Closed(fileno(stream));
  return real(stream);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  REAL(write);
  return WriteBelow(descriptor, static_cast<const char*>(bytes), size, -1,
                    [&](size_t some) { return real(descriptor, bytes, some); });
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  REAL(pwrite);
  return WriteBelow(descriptor, static_cast<const char*>(bytes), size, at,
                    [&](size_t some) { return real(descriptor, bytes, some, at); });
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  return pwrite(descriptor, bytes, size, at);
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
  REAL(writev);
  if (Lock lock(Disk::Get()); Disk::Get().Find(descriptor) == nullptr) return real(descriptor, parts, count);
  std::string all = Gather(parts, count);
  return write(descriptor, all.data(), all.size());
}
ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t at) {
  std::string all = Gather(parts, count);
  return pwrite(descriptor, all.data(), all.size(), at);
}
ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t at) {
  return pwritev(descriptor, parts, count, at);
}
ssize_t read(int descriptor, void* bytes, size_t size) {
  REAL(read);
  return ReadBelow(descriptor, size, [&](size_t some) { return real(descriptor, bytes, some); });
}
ssize_t pread(int descriptor, void* bytes, size_t size, off_t at) {
  REAL(pread);
  return ReadBelow(descriptor, size, [&](size_t some) { return real(descriptor, bytes, some, at); });
}
ssize_t pread64(int descriptor, void* bytes, size_t size, off64_t at) { return pread(descriptor, bytes, size, at); }

int fsync(int descriptor) {
  REAL(fsync);
  return SyncBelow(descriptor, [&] { return real(descriptor); });
}
int fdatasync(int descriptor) {
  REAL(fdatasync);
  return SyncBelow(descriptor, [&] { return real(descriptor); });
}
// sync_file_range makes nothing durable and needs no replacement. These two would make data durable without our notice:
int syncfs(int descriptor) noexcept {
  MustNotBeWatched(descriptor, "cannot follow syncfs on");
  REAL(syncfs);
  return real(descriptor);
}
void sync() noexcept { Disk::Stop("cannot follow", "sync()"); }

int ftruncate(int descriptor, off_t size) noexcept {
  REAL(ftruncate);
  return ResizeBelow("truncate", descriptor, [&] { return real(descriptor, size); });
}
int ftruncate64(int descriptor, off64_t size) noexcept { return ftruncate(descriptor, size); }
int truncate(const char* name, off_t size) noexcept {
  int descriptor = open(name, O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int result = ftruncate(descriptor, size);
  close(descriptor);
  return result;
}
int truncate64(const char* name, off64_t size) noexcept { return truncate(name, size); }
int fallocate(int descriptor, int mode, off_t from, off_t size) {
  REAL(fallocate);
  return ResizeBelow("allocate", descriptor, [&] { return real(descriptor, mode, from, size); });
}
int fallocate64(int descriptor, int mode, off64_t from, off64_t size) {
  return fallocate(descriptor, mode, from, size);
}
int posix_fallocate(int descriptor, off_t from, off_t size) {
  return fallocate(descriptor, 0, from, size) == 0 ? 0 : errno;
}
int posix_fallocate64(int descriptor, off64_t from, off64_t size) { return posix_fallocate(descriptor, from, size); }

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return ChangeNames("rename", Entry::kRename, from, to, [&] { return real(from, to); });
}
int link(const char* from, const char* to) noexcept {
  REAL(link);
  return ChangeNames("link", Entry::kLink, from, to, [&] { return real(from, to); });
}
int unlink(const char* name) noexcept {
  REAL(unlink);
  return ChangeName("unlink", Entry::kUnlink, AT_FDCWD, name, [&] { return real(name); });
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  REAL(unlinkat);
  return ChangeName("unlink", Entry::kUnlink, folder, name, [&] { return real(folder, name, flags); });
}
int rmdir(const char* name) noexcept {
  REAL(rmdir);
  return ChangeName("unlink", Entry::kUnlink, AT_FDCWD, name, [&] { return real(name); });
}
int remove(const char* name) noexcept {
  REAL(remove);
  return ChangeName("unlink", Entry::kUnlink, AT_FDCWD, name, [&] { return real(name); });
}
int mkdir(const char* name, mode_t mode) noexcept {
  REAL(mkdir);
  return ChangeName("mkdir", Entry::kMakeFolder, AT_FDCWD, name, [&] { return real(name, mode); });
}

int dup(int descriptor) noexcept {
  MustNotBeWatched(descriptor, "cannot follow a copied descriptor of");
  REAL(dup);
  return real(descriptor);
}
void* mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t at) noexcept {
  bool writes = (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && (flags & MAP_ANONYMOUS) == 0;
  if (writes) MustNotBeWatched(descriptor, "cannot follow a mapping that writes");
  REAL(mmap);
  return real(address, size, protection, flags, descriptor, at);
}
void* mmap64(void* address, size_t size, int protection, int flags, int descriptor, off64_t at) noexcept {
  return mmap(address, size, protection, flags, descriptor, at);
}
ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t size, unsigned flags) {
  MustNotBeWatched(to, "cannot follow copy_file_range to");
  REAL(copy_file_range);
  return real(from, from_at, to, to_at, size, flags);
}

}  // extern "C"
