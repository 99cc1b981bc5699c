// The contacts that requests of this front are making, so that two of them do not give one address to two contacts.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace leadpulse::serve {

// Thread-safe.
class NewContacts {
 public:
  // The id that is being made with the address. Others cannot have the address as long as one of these is held.
  using Claim = std::shared_ptr<const std::string>;

  // nullptr: the address is claimed for another id. Ask the run for the address after the claim, not before.
  Claim TryClaim(const std::string& tenant, const std::string& address, const std::string& id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(claims_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<const std::string>& known = claims_[{tenant, address}];
    Claim claim = known.lock();
    if (claim == nullptr) known = claim = std::make_shared<const std::string>(id);
    return *claim == id ? claim : nullptr;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<const std::string>> claims_;  // by tenant and address
};

}  // namespace leadpulse::serve
