// The contacts that requests of this front are making, so that two of them do not give one address to two contacts.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/serve/api/writes/outcome_watch.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// The claims of new contacts. Thread-safe.
class NewContacts {
 public:
  // The id that is being made with the address. Others cannot have the address as long as one of these is held.
  using Claim = std::shared_ptr<const std::string>;

  // Claims an address for an id; nullptr if it is claimed for another id. Ask the run for the address after the claim,
  // not before.
  Claim TryClaim(const std::string& tenant, const std::string& address, const std::string& id);
  // Holds the claim of the record at `at`, whose request is answered, until the run refuses it or shows the contact, at
  // most for kLongestSeenThrough.
  static void Hold(Claim claim, const codec::SourcePosition& at, OutcomeWatch* watch, const Clock& clock);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<const std::string>> claims_;  // by tenant and address
  size_t most_before_removal_ = 0;  // claims in the map before those that nobody holds are removed
};

}  // namespace leadpulse::serve
