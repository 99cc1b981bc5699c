// The definitions that leads are evaluated under, and the change from one version of them to the next.
//
// A rollout has three steps, each durable before the next begins: Begin stores both texts and the instant at which the
// new one takes effect; the runner evaluates the leads again in bounded steps (stored_definitions.h); End forgets the
// old text. After a kill in between, the next start finds stored().previous_text and continues. Files have one Rollout
// for a run, Kafka one for each partition. Owned and called by one thread.
#pragma once

#include <memory>
#include <optional>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/stored_definitions.h"

namespace leadpulse::pipeline {

class Rollout {
 public:
  // Loads stored definitions. `known`: definitions that are loaded already, so that their texts are not loaded again;
  // may be null. Fatal if this program does not accept a stored text.
  static Result<Rollout> Load(engine::StoredDefinitions stored, std::shared_ptr<const config::Definitions> known);

  // Returns the definitions as the state must store them.
  const engine::StoredDefinitions& stored() const { return stored_; }
  const engine::DefinitionsInForce& in_force() const { return in_force_; }
  const config::Definitions& current() const { return *in_force_.current; }
  // Whether leads under the previous definitions may be left.
  bool under_way() const { return stored_.previous_text.has_value(); }

  // Whether leads evaluated under the definitions in force have to be evaluated again: `wanted` has another text, or
  // this program's engine is newer.
  bool IsNeededFor(const config::Definitions& wanted) const {
    return wanted.version != current().version || !engine::HasSameViews(stored_.engine_version);
  }
  // Whether leads may begin to share addresses, because `by_email` is switched on for a tenant or an older program
  // wrote the state. Only while a rollout is under way.
  bool BeginsSharing() const;
  // Begins a rollout: `wanted` takes effect at `at`. Not while another is under way.
  Status Begin(std::shared_ptr<const config::Definitions> wanted, Instant at);
  // Ends the rollout: every lead is up to date. Only while one is under way.
  Status End();

  // Sets where the current text was published; returns whether that is new.
  bool SetOrigin(const std::optional<engine::DefinitionsOrigin>& origin);

 private:
  Rollout() = default;
  Status Reload(std::shared_ptr<const config::Definitions> known);

  engine::StoredDefinitions stored_;
  engine::DefinitionsInForce in_force_;
};

}  // namespace leadpulse::pipeline
