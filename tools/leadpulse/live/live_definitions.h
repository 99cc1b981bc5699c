// The definitions that a live run wants, from a file or a topic.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "config/definitions.h"
#include "config/never_true.h"
#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/kafka/worker.h"

namespace leadpulse::tools {

// The changelog stores the definitions, during a rollout also the previous ones, and its records are bounded.
inline constexpr size_t kMaxLiveDefinitionsBytes = 3 << 20;

// Checks that definitions fit a live run with this setting: their size, and whether leads of one address may exchange
// facts. With `trusted`, the program does not know which partition another lead has.
Status CheckLiveDefinitions(const config::Definitions& definitions, config::InputPartitioning partitioning);

class LiveDefinitions : public kafka::DefinitionsFeed {
 public:
  // Creates it without definitions. `max_bytes`: a larger text is not used.
  explicit LiveDefinitions(config::InputPartitioning partitioning, size_t max_bytes = kMaxLiveDefinitionsBytes)
      : partitioning_(partitioning), max_bytes_(max_bytes) {}
  kafka::WantedDefinitions Wanted() const override;

  // Takes new definitions from the source. Logs a problem once, and keeps the current definitions. One thread calls it
  // repeatedly; it returns quickly.
  virtual void LookAgain() = 0;

 protected:
  // Loads a text. Null if it cannot be used; the log says why. `name` is for the log. `in_force`: as in
  // config::LoadDefinitions.
  std::shared_ptr<const config::Definitions> Load(
      const std::string& name, const std::string& text,
      const config::RulesInForce& in_force = config::RulesInForce::All()) const;
  // Sets the wanted definitions.
  void Want(kafka::WantedDefinitions definitions);

 private:
  const config::InputPartitioning partitioning_;
  const size_t max_bytes_;
  mutable std::mutex mutex_;
  kafka::WantedDefinitions wanted_;
};

}  // namespace leadpulse::tools
