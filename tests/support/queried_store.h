// A store in memory with the leads of some records, for queries. A run on files leaves them in the same form.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/partitioner.h"
#include "state/codec/lead_codec.h"
#include "tests/support/engine_driver.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::testing {

// Makes a store from definitions in YAML and records in JSON. The keys of `erased` have only an erasure.
inline std::unique_ptr<state::LeadStore> MakeQueriedStore(std::string_view definitions,
                                                          const std::vector<std::string>& records,
                                                          const std::vector<LeadKey>& erased, uint32_t partitions) {
  EngineDriver driver(definitions);
  for (const std::string& record : records) driver.Feed(record);
  LP_ASSERT(driver.rejections().empty());
  driver.Commit();
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(partitions);
  state::EpochWrite write;
  const Status visited =
      driver.store().VisitLeads(PartitionId{0}, "", [&](std::string_view key, std::string_view value) {
        const Result<LeadKey> lead = state::ParseLeadKey(key);
        LP_ASSERT(lead.ok());
        write.leads.push_back({engine::PartitionOf(*lead, partitions), std::string(key), std::string(value)});
        return true;
      });
  LP_ASSERT(visited.ok());
  for (const LeadKey& key : erased) {
    write.erasures.push_back(
        {engine::PartitionOf(key, partitions), store->ErasureHash(EncodeLeadKey(key)), {driver.clock(), {7}}});
  }
  engine::LocalPosition position;
  position.position.clock = driver.clock();
  position.outputs = engine::FileOutputs{};
  engine::AppendRunPosition(position, &write);
  engine::AppendRunDefinitions({.text = config::LoadDefinitions(definitions).definitions->text}, &write);
  LP_ASSERT(store->Commit(write).ok());
  return store;
}

}  // namespace leadpulse::testing
