// The definitions file of a run, as the front reads and replaces it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

struct DefinitionsFileOptions {
  // The file that the run watches. Empty if the front does not know one.
  std::string path;
  // A sentence that says, without a path, why and what to do.
  std::string hint;
  // Checks whether a run can use loaded definitions; may be null. Must outlive the file.
  std::function<Status(const config::Definitions&)> check;
};

// The content of the file.
struct DefinitionsContent {
  std::string text;
  std::string version;                                     // config::VersionOfText
  std::shared_ptr<const config::Definitions> definitions;  // null: the text has errors
};

// The file of definitions. Thread-safe. Every change is a rename, so that readers see the old text or the new one, also
// after a kill. Changes come one after the other, also those of other fronts: `<path>.lock` is locked meanwhile. An
// editor does not lock it.
class DefinitionsFile {
 public:
  // The new text, or the answer to a request that changes nothing.
  using Change = std::function<std::variant<std::string, http::Response>(const DefinitionsContent& now)>;

  explicit DefinitionsFile(DefinitionsFileOptions source) : source_(std::move(source)) {}

  bool is_known() const { return !source_.path.empty(); }
  const std::string& hint() const { return source_.hint; }
  Status Check(const config::Definitions& definitions) const;

  // Reads the file. Rejected if it cannot be read.
  Result<DefinitionsContent> Read() const;
  // Calls `change` while the file is locked, and stores the text that it gives. Returns the file's content then, or the
  // answer of `change`. Retriable if another process is changing the file. Other errors: it cannot be read or written.
  Result<std::variant<DefinitionsContent, http::Response>> Edit(const Change& change);

 private:
  const DefinitionsFileOptions source_;
  std::mutex mutex_;  // changes come one after the other
};

}  // namespace leadpulse::serve
