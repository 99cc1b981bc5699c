// Reports that something in the folders of followed files has changed, so that a run sleeps until then.
#pragma once

#include <chrono>
#include <string>

#include "processor/base/file_descriptor.h"

namespace leadpulse::input {

// The changes of folders, as Linux reports them (inotify(7)). Owned and called by one thread at a time.
class FileEvents {
 public:
  FileEvents();

  // Watches the files of a folder.
  void Watch(const std::string& folder);
  // Whether every change is reported. Not on file systems of other machines, nor beyond the limits of this one: then
  // the files must be looked at.
  bool sees_all() const { return sees_all_; }

  enum class News { kNone, kBytes, kNames };
  // Waits until something changes, for a limited time. kNames: files may have come, gone or been renamed.
  News Wait(std::chrono::milliseconds longest);

 private:
  // Takes what was reported.
  News Take();

  const FileDescriptor events_;
  bool sees_all_ = true;
  std::chrono::steady_clock::time_point woken_at_;
};

}  // namespace leadpulse::input
