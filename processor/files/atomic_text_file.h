// A small text file that is replaced atomically, such as a position.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::files {

// The words for messages. `what` also names the crash points around a save (`before_<what>`, `after_<what>`).
struct AtomicTextFileWords {
  std::string what;    // `position`
  std::string user;    // the kind of process that uses it: `delivery`
  std::string option;  // the option with its path: `--position`
};

// A text file that is replaced atomically. Owned and called by one thread. A lock on `<path>.lock` keeps out a second
// process; the lock file is not removed.
class AtomicTextFile {
 public:
  // Opens the file. Retriable if another process uses it. Rejected if it cannot be read, or is larger than `max_bytes`.
  static Result<std::unique_ptr<AtomicTextFile>> Open(const std::string& path, size_t max_bytes,
                                                      AtomicTextFileWords words);

  const std::string& path() const { return path_; }
  // Whether the file existed, and its text when it was opened.
  bool found() const { return found_; }
  const std::string& text() const { return text_; }
  // Replaces the text durably; the file keeps its mode. At every moment the file has the old or the new text; after a
  // failure the old one.
  Status Save(std::string_view text);

 private:
  AtomicTextFile(std::string path, AtomicTextFileWords words, FileDescriptor lock)
      : path_(std::move(path)), words_(std::move(words)), lock_(std::move(lock)) {}
  Status Read(size_t max_bytes);

  const std::string path_;
  const AtomicTextFileWords words_;
  const FileDescriptor lock_;
  bool found_ = false;
  mode_t mode_ = 0;  // if found
  std::string text_;
};

}  // namespace leadpulse::files
