// Where an input's bytes come from: a file or standard input, decompressed on the way.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// Owned and called by one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Puts at least 1 and at most `size` bytes at `buffer` and returns how many; 0 is the end. kRejected: the compressed
  // data are corrupt or end early; what was given out before stands, and every further call says the same. kRetriable:
  // a followed file has nothing more yet; call again when it has grown. kFatal: the operating system cannot read it.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;

  // False where Read would still have to wait after `timeout`. A signal may end the waiting early.
  virtual bool WaitReadable(std::chrono::milliseconds timeout);

  // Goes on `count` bytes ahead; less only at the end. Errors as of Read.
  virtual Result<uint64_t> Skip(uint64_t count);

  // How much of what is stored (compressed) has been read, for progress.
  virtual uint64_t stored_bytes_read() const = 0;
};

// A file or, for `-`, the open descriptor `standard_input`, which stays open. A missing or unreadable file, a directory
// and what is no regular file are rejected with a sentence that says so.
Result<std::unique_ptr<ByteSource>> OpenInput(const std::string& path, Compression compression, int standard_input);

// What `stored` holds, decompressed.
std::unique_ptr<ByteSource> Decompress(Compression compression, std::unique_ptr<ByteSource> stored);

// Its size as stored; nothing is known of standard input.
Result<uint64_t> StoredSize(const std::string& path);

// `bytes`, then what `rest` gives.
std::unique_ptr<ByteSource> MakePrefixedSource(std::string bytes, std::unique_ptr<ByteSource> rest);

// Several gzip members (zstd frames) after one another are one stream, as gzip and zstd read them. Zero bytes behind
// the last gzip member are padding. Over a followed file, the stream ends with a member (frame) that the file ends
// with; inside one, Read is kRetriable until the file has grown.
std::unique_ptr<ByteSource> MakeGzipSource(std::unique_ptr<ByteSource> compressed);
std::unique_ptr<ByteSource> MakeZstdSource(std::unique_ptr<ByteSource> compressed);

}  // namespace leadpulse::input
