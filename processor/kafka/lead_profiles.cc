#include "processor/kafka/lead_profiles.h"

#include <utility>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/engine/lead_row.h"
#include "processor/kafka/printable_key.h"
#include "processor/view/view.h"
#include "schemas/codec/confluent_framing.h"

namespace leadpulse::kafka {
namespace {

constexpr size_t kUsualBytes = 1024;  // few records are longer

void AppendJson(const state::Lead& lead, const engine::ShownView& shown, const config::TenantDefinitions& definitions,
                std::string_view version, std::string* out) {
  JsonObject row(out);
  engine::AppendLeadMembers(lead, shown, definitions, nullptr, &row);
  row.TextOrNull("email", view::ShownAddress(lead));
  row.Boolean("pending", !lead.is_evaluated());
  row.Text("version", version);
}

}  // namespace

LeadProfiles::LeadProfiles(config::RecordFormat format, int32_t schema_id) : format_(format) {
  if (format == config::RecordFormat::kConfluent) {
    codec::AppendConfluentHead(static_cast<uint32_t>(schema_id), &head_);
  }
}

OutputRecord LeadProfiles::Encode(PartitionId partition, const state::Lead& lead,
                                  const config::TenantDefinitions& definitions, std::string_view version) const {
  LP_ASSERT(lead.is_lead());
  const engine::ShownView shown = engine::PublishedView(lead, definitions);
  std::string value;
  value.reserve(kUsualBytes);
  value = head_;
  if (format_ == config::RecordFormat::kJson) {
    AppendJson(lead, shown, definitions, version, &value);
  } else {
    v1::LeadProfile message;
    engine::SetLeadProfile(lead, shown, definitions, engine::ZeroCounts::kShown, &message);
    message.set_version(version.data(), version.size());
    LP_ASSERT(message.AppendToString(&value));
  }
  return {OutputTopic::kLeadProfiles, partition, PrintableKey(lead.key), std::move(value), {}};
}

OutputRecord LeadProfiles::Tombstone(PartitionId partition, const LeadKey& key) {
  return {OutputTopic::kLeadProfiles, partition, PrintableKey(key), std::nullopt, {}};
}

}  // namespace leadpulse::kafka
