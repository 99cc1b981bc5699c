// The definitions that a live run wants, wherever they come from.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/kafka/worker.h"

namespace leadpulse::tools {

// Definitions are part of the changelog, with those before them while they are being rolled out, and its records are
// bounded.
inline constexpr size_t kMaxLiveDefinitionsBytes = 3 << 20;

// Whether definitions fit a live run.
Status CheckLiveDefinitions(const config::Definitions& definitions);

class LiveDefinitions : public kafka::DefinitionsFeed {
 public:
  kafka::WantedDefinitions Wanted() const override;

  // Takes what is new at the source. What is wrong goes to the log, once, and the definitions that were wanted stay.
  // Called by one thread, again and again, and soon back.
  virtual void LookAgain() = 0;

 protected:
  // Null where the text cannot be used, and the log says why. `name` is for the log.
  static std::shared_ptr<const config::Definitions> Load(const std::string& name, const std::string& text);
  // From now on these are wanted.
  void Want(kafka::WantedDefinitions definitions);

 private:
  mutable std::mutex mutex_;
  kafka::WantedDefinitions wanted_;
};

}  // namespace leadpulse::tools
