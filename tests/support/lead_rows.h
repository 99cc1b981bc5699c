// Writes leads into a store directly, as a run's commit does.
#pragma once

#include <gtest/gtest.h>

#include "processor/engine/partitioner.h"
#include "state/codec/lead_codec.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::testing {

inline void PutLead(const state::Lead& lead, state::LeadStore* store) {
  state::EpochWrite write;
  write.leads.push_back(
      {engine::PartitionOf(lead.key, store->partition_count()), EncodeLeadKey(lead.key), state::EncodeLead(lead)});
  ASSERT_TRUE(store->Commit(write).ok());
}

inline void PutErasure(const LeadKey& key, state::LeadStore* store) {
  state::EpochWrite write;
  write.erasures.push_back(
      {engine::PartitionOf(key, store->partition_count()), store->ErasureHash(EncodeLeadKey(key)), {Instant{1}, {7}}});
  ASSERT_TRUE(store->Commit(write).ok());
}

}  // namespace leadpulse::testing
