// Reads the committed changes of a run on files from its output, for webhooks. Nothing is missing there, whatever
// happens to the run and the front.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/delivery/committed_changes.h"
#include "processor/serve/access/webhook_store.h"

namespace leadpulse::serve {

// Owned and called by one thread.
class ChangesFile {
 public:
  explicit ChangesFile(std::string path) : path_(std::move(path)) {}

  struct Batch {
    std::map<std::string, std::vector<access::WebhookChange>> changes;  // by tenant, in their order
    size_t read = 0;                                                    // the number of all of them
    delivery::Position end;                                             // after them
    bool has_more = false;
  };
  // Reads the changes after the last batch, or after `from` in the first one; nullopt: after what is committed now.
  // Returns nullopt if nothing is committed yet, or `stop` is true. Rejected: the file is another one, or was changed.
  // The call after an error begins again.
  Result<std::optional<Batch>> Read(const std::optional<delivery::Position>& from, const std::atomic<bool>& stop);

 private:
  Result<std::optional<Batch>> ReadNext(const std::optional<delivery::Position>& from, const std::atomic<bool>& stop);

  const std::string path_;
  std::unique_ptr<delivery::CommittedChanges> file_;  // null: not begun
};

}  // namespace leadpulse::serve
