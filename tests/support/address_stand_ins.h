// States of the engine before addresses had their present normal form.
//
// The former rule changed only ASCII letters and white space, so it took an address such as ann@bücher.example as it
// still takes a plain one. Make a state with plain stand-ins, which are then replaced in its rows.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/engine/erasure_remains.h"
#include "processor/engine/partitioner.h"
#include "state/codec/lead_codec.h"
#include "state/store/lead_store.h"
#include "state/store/store_keys.h"

namespace leadpulse::testing {

class AddressStandIns {
 public:
  // Pairs of a stand-in and its address, of one tenant.
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  AddressStandIns(std::string tenant, Pairs pairs) : tenant_(std::move(tenant)), pairs_(std::move(pairs)) {}

  // Replaces the stand-ins in a text.
  std::string Meant(std::string text) const {
    for (const auto& [stand_in, address] : pairs_) {
      for (size_t at = text.find(stand_in); at != std::string::npos; at = text.find(stand_in, at)) {
        text.replace(at, stand_in.size(), address);
      }
    }
    return text;
  }

  // Returns the writes that replace them in a state.
  state::EpochWrite ReplacedIn(const state::LeadStore& store) const {
    state::EpochWrite write;
    std::map<std::string, state::RowWrite> rows;
    for (uint32_t partition = 0; partition < store.partition_count(); ++partition) {
      const Status visited =
          store.VisitLeads(PartitionId{partition}, "", [&](std::string_view key, std::string_view value) {
            AddRow(PartitionId{partition}, std::string(key), value, store, &rows);
            return true;
          });
      EXPECT_TRUE(visited.ok());
    }
    for (auto& [key, row] : rows) write.leads.push_back(std::move(row));
    for (const auto& [stand_in, address] : pairs_) {
      auto erasure = *store.GetErasure(PartitionOf(stand_in, store), EncodeLeadKey({tenant_, stand_in}));
      if (!erasure) continue;
      if (erasure->identity) Replace(store, &erasure->identity.Get());
      write.erasures.push_back(
          {PartitionOf(address, store), store.ErasureHash(EncodeLeadKey({tenant_, address})), *erasure});
    }
    return write;
  }

 private:
  PartitionId PartitionOf(const std::string& lead, const state::LeadStore& store) const {
    return engine::PartitionOf({tenant_, lead}, store.partition_count());
  }

  void AddRow(PartitionId partition, const std::string& key, std::string_view value, const state::LeadStore& store,
              std::map<std::string, state::RowWrite>* rows) const {
    const Result<LeadKey> before = state::ParseLeadKey(key);
    ASSERT_TRUE(before.ok());
    Result<state::Lead> lead = state::DecodeLead(*before, value);
    ASSERT_TRUE(lead.ok());
    lead->key.lead = Meant(lead->key.lead);
    lead->profile.last_address = Meant(lead->profile.last_address);
    const auto email = lead->profile.attributes.find(state::kEmailAttribute);
    if (email != lead->profile.attributes.end()) {
      if (auto* text = std::get_if<std::string>(&email->second.sent)) *text = Meant(*text);
    }
    if (lead->identity) Replace(store, &lead->identity.Get());
    const std::string replaced = EncodeLeadKey(lead->key);
    if (replaced != key) {
      (*rows)[key] = {.partition = partition, .key = key, .value = {}, .old_timer = lead->next_change_at};
    }
    (*rows)[replaced] = {.partition = PartitionOf(lead->key.lead, store),
                         .key = replaced,
                         .value = state::EncodeLead(*lead),
                         .old_timer = replaced == key ? lead->next_change_at : Instant::Never(),
                         .new_timer = lead->next_change_at};
  }

  void Replace(const state::LeadStore& store, state::LeadIdentity* identity) const {
    identity->mailbox = NameFor(identity->mailbox, store);
    for (std::string& address : identity->addresses) address = NameFor(address, store);
    for (state::RoutedCommand& routed : identity->routed) routed.lead = NameFor(routed.lead, store);
    std::map<std::string, state::MailboxLead, std::less<>> leads;
    for (auto& [id, known] : identity->leads) leads.emplace(NameFor(id, store), known);
    identity->leads = std::move(leads);
  }

  // Returns the name that takes the place of this one; of a pseudonym too.
  std::string NameFor(const std::string& name, const state::LeadStore& store) const {
    const auto pseudonym = [&](const std::string& id) {
      return engine::PseudonymOf(store.ErasureHash(EncodeLeadKey({tenant_, id})));
    };
    for (const auto& [stand_in, address] : pairs_) {
      if (name == pseudonym(stand_in)) return pseudonym(address);
    }
    return Meant(name);
  }

  const std::string tenant_;
  const Pairs pairs_;
};

}  // namespace leadpulse::testing
