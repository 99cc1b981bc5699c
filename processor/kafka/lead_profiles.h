// The records of lead.profiles: leads as they are (lead_profile.proto). Used by one thread.
#pragma once

#include <string>
#include <string_view>

#include "config/definitions.h"
#include "config/settings.h"
#include "processor/base/ids.h"
#include "processor/kafka/ports.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

class LeadProfiles {
 public:
  LeadProfiles(config::RecordFormat format, int32_t schema_id);

  // Returns a lead's record, with the view that was published last. `definitions` are the lead's, `version` is its
  // state::LeadVersion.
  OutputRecord Encode(PartitionId partition, const state::Lead& lead, const config::TenantDefinitions& definitions,
                      std::string_view version) const;
  // Returns the tombstone of a lead that was erased or merged.
  static OutputRecord Tombstone(PartitionId partition, const LeadKey& key);

 private:
  const config::RecordFormat format_;
  std::string head_;  // what precedes a message
};

}  // namespace leadpulse::kafka
