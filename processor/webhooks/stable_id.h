// An id made from the content of an event, for providers that give none, and for records that a command line makes.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::webhooks {

// The name of the provider (or of another maker of records), a dash and 32 hexadecimal digits: the first half of the
// SHA-256 over the parts in order, each after its length. Never change what it is made of: events that are sent again
// would count twice.
class StableId {
 public:
  explicit StableId(std::string_view provider) : provider_(provider) {}
  void Add(std::string_view part);
  std::string Take() const;

 private:
  std::string provider_;
  std::string parts_;
};

}  // namespace leadpulse::webhooks
