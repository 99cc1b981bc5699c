// A small text that outlives its process: how far something went, in a file of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::files {

// How messages call it, and the crash points around its saving (`before_<what>`, `after_<what>`).
struct AtomicTextFileWords {
  std::string what;    // `position`
  std::string user;    // of another process that has it: `delivery`
  std::string option;  // by which its path is given: `--position`
};

// Owned and called by one thread. Two processes with one file are kept apart by a lock on `<path>.lock`, which stays
// behind.
class AtomicTextFile {
 public:
  // Rejected: another process has it, it cannot be read, or it holds more than `max_bytes`.
  static Result<std::unique_ptr<AtomicTextFile>> Open(const std::string& path, size_t max_bytes,
                                                      AtomicTextFileWords words);
  ~AtomicTextFile();
  AtomicTextFile(const AtomicTextFile&) = delete;
  AtomicTextFile& operator=(const AtomicTextFile&) = delete;

  const std::string& path() const { return path_; }
  // Whether there was a file, and what it held when it was opened.
  bool found() const { return found_; }
  const std::string& text() const { return text_; }
  // Durable after it, and at every moment there is the old or the new one. After a failure it is the old one.
  Status Save(std::string_view text);

 private:
  AtomicTextFile(std::string path, AtomicTextFileWords words, int lock)
      : path_(std::move(path)), words_(std::move(words)), lock_(lock) {}
  Status Read(size_t max_bytes);
  Status CannotBe(const std::string& path, const char* done) const;

  const std::string path_;
  const AtomicTextFileWords words_;
  const int lock_;
  bool found_ = false;
  std::string text_;
};

}  // namespace leadpulse::files
