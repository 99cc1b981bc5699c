// Sources of an input's bytes: a file or standard input, decompressed if needed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// Whether a symbolic link may stand for an input. A person who names one wants it; one in a folder may be anybody's.
enum class Links { kFollow, kRefuse };

// Returns the flags for open(2) of an input. Never waits for the other end of a pipe.
int OpenFlags(Links links);

// A stream of bytes. Owned and called by one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Writes at least 1 and at most `size` bytes to `buffer` and returns their number; 0 at the end. kRejected: the
  // compressed data are corrupt or end early; earlier bytes are good, and every further call returns the same error.
  // kRetriable: a followed file has no more bytes yet; call again when it has grown. kFatal: it cannot be read.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;

  // Waits until Read would not block. Returns false if it would still block after `timeout`. A signal may end the wait
  // early.
  virtual bool WaitReadable(std::chrono::milliseconds timeout);

  // Skips `count` bytes, fewer only at the end; returns how many. Errors as for Read.
  virtual Result<uint64_t> Skip(uint64_t count);

  // Returns the stored (compressed) bytes read so far, for progress.
  virtual uint64_t stored_bytes_read() const = 0;
};

// Opens a file or, for `-`, the descriptor `standard_input`, which stays open. Rejected with a sentence if the file is
// missing, unreadable, a directory, or not a regular file; with kRefuse, also if it is a symbolic link.
Result<std::unique_ptr<ByteSource>> OpenInput(const std::string& path, Compression compression, int standard_input,
                                              Links links = Links::kFollow);

// Makes a source of the decompressed bytes of `stored`. Several gzip members (zstd frames) in a row are one stream, as
// gzip and zstd read them. Zero bytes after the last gzip member are padding. Over a followed file, the stream ends
// with a member (frame) that the file ends with; inside one, Read is kRetriable until the file has grown.
std::unique_ptr<ByteSource> Decompress(Compression compression, std::unique_ptr<ByteSource> stored);

// Returns the fatal error for `errno`.
Status CannotReadInput(const std::string& path);

// Returns the size as stored. Not for standard input. Rejected as for OpenInput.
Result<uint64_t> StoredSize(const std::string& path, Links links = Links::kFollow);

// Makes a source of `bytes`, then of the bytes of `rest`.
std::unique_ptr<ByteSource> MakePrefixedSource(std::string bytes, std::unique_ptr<ByteSource> rest);

}  // namespace leadpulse::input
