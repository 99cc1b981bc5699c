// The definitions of each lead of a partition: while a rollout is under way, a lead carries those in force or the
// previous ones.
//
// Owned by a PartitionEngine and used by its thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "config/definitions.h"
#include "processor/base/assert.h"
#include "processor/engine/stored_definitions.h"
#include "processor/view/lead_memo.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::engine {

class LeadDefinitions {
 public:
  explicit LeadDefinitions(DefinitionsInForce in_force);

  const DefinitionsInForce& in_force() const { return in_force_; }
  const config::TenantDefinitions& Current(std::string_view tenant) const { return in_force_.current->For(tenant); }
  // Whether the lead carries the current ones. Call TakeLoaded first.
  bool AreCurrent(const state::Lead& lead) const { return lead.definitions_number == in_force_.number; }
  // Gives a lead that was loaded with an earlier number the current one, if it needs no evaluation. `rolled_out_until`:
  // the encoded key that the rollout under way has reached. A row up to it that still has an earlier number was
  // evaluated and not changed, unless the lead waits.
  void TakeLoaded(const state::EncodedLeadKey& rolled_out_until, state::Lead* lead) const {
    if (AreCurrent(*lead)) return;
    const bool is_reached = !rolled_out_until.empty() && !lead->waits() && EncodeLeadKey(lead->key) <= rolled_out_until;
    if (is_reached || in_force_.AreCurrent(lead->definitions_number, lead->key.tenant)) {
      lead->definitions_number = in_force_.number;
    }
  }
  // Returns the key after which to search for the next lead that the rollout evaluates: `key`, an encoded one or empty,
  // or one before a later tenant's leads. Returns nullopt if no later lead can be one. Reads no leads.
  std::optional<std::string> SkipFrom(std::string_view key) const;
  // Forgets the previous ones, which no lead needs any more.
  void EndRollout() { in_force_.previous.reset(); }

  // Returns those that the lead carries.
  const config::TenantDefinitions& Of(const state::Lead& lead) {
    LP_ASSERT(AreCurrent(lead) || in_force_.previous != nullptr);
    if (!AreCurrent(lead)) return in_force_.previous->For(lead.key.tenant);
    if (const view::RuleMemo* memo = view::FindRuleMemo(lead)) return *memo->definitions;
    if (last_found_ == nullptr || last_tenant_ != lead.key.tenant) {
      last_tenant_ = lead.key.tenant;
      last_found_ = &Current(last_tenant_);
    }
    return *last_found_;
  }
  // Returns those that say whether the lead follows its address. A lead that waits has asked its mailbox under the
  // current ones, and may still carry the previous ones.
  const config::TenantDefinitions& OfAddress(const state::Lead& lead) {
    return lead.waits() ? Current(lead.key.tenant) : Of(lead);
  }

 private:
  DefinitionsInForce in_force_;
  // The tenants with definitions of their own, before or now, that the rollout changes.
  std::set<std::string, std::less<>> changed_;
  // The last result of Of: records of one tenant often come in a row.
  std::string last_tenant_;
  const config::TenantDefinitions* last_found_ = nullptr;
};

}  // namespace leadpulse::engine
