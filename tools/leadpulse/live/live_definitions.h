// The definitions that a live run wants, wherever they come from.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/kafka/worker.h"

namespace leadpulse::tools {

// Definitions are part of the changelog, with those before them while they are being adopted, and its records are
// bounded.
inline constexpr size_t kMaxLiveDefinitionsBytes = 3 << 20;

// Whether definitions fit a live run.
Status CheckLiveDefinitions(const config::Definitions& definitions);

class LiveDefinitions : public kafka::DefinitionsFeed {
 public:
  std::shared_ptr<const config::Definitions> Wanted() const override;

  // Takes what is new at the source. What is wrong goes to the log, once, and the definitions that were wanted stay.
  // Called by one thread, again and again, and soon back.
  virtual void LookAgain() = 0;

 protected:
  // From now on these are wanted, where they are good; else the log says what is wrong. `name` is for the log.
  void Consider(const std::string& name, const std::string& text);
  void Want(std::shared_ptr<const config::Definitions> definitions);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const config::Definitions> wanted_;
};

}  // namespace leadpulse::tools
