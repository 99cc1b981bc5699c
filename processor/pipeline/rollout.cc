#include "processor/pipeline/rollout.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::pipeline {

Result<Rollout> Rollout::Load(engine::StoredDefinitions stored, std::shared_ptr<const config::Definitions> known) {
  Rollout rollout;
  rollout.stored_ = std::move(stored);
  LP_RETURN_IF_ERROR(rollout.Reload(std::move(known)));
  return rollout;
}

Status Rollout::Reload(std::shared_ptr<const config::Definitions> known) {
  LP_ASSIGN_OR_RETURN(
      engine::DefinitionsInForce loaded,
      engine::LoadStoredDefinitions(stored_, {std::move(known), in_force_.current, in_force_.previous}));
  in_force_ = std::move(loaded);
  return Status::Ok();
}

bool Rollout::BeginsSharing() const {
  LP_ASSERT(under_way());
  const config::Definitions& before = *in_force_.previous;
  // The same text is rolled out again for a new version of the engine.
  if (before.version == current().version) return true;
  const auto is_switched_on = [](const config::TenantDefinitions& from, const config::TenantDefinitions& to) {
    return !from.identity_by_email && to.identity_by_email;
  };
  const auto is_of_any = [&](const config::Definitions& definitions) {
    return std::ranges::any_of(definitions.tenants, [&](const auto& tenant) {
      return is_switched_on(before.For(tenant.first), current().For(tenant.first));
    });
  };
  return is_switched_on(*before.fallback, *current().fallback) || is_of_any(before) || is_of_any(current());
}

Status Rollout::Begin(std::shared_ptr<const config::Definitions> wanted, Instant at) {
  LP_ASSERT(!under_way());
  stored_.previous_text = std::move(stored_.text);
  stored_.text = wanted->text;
  stored_.number.value += 1;
  // Leads of another engine are all evaluated.
  stored_.engine_version =
      engine::HasSameViews(stored_.engine_version) ? engine::kKeptNumbersVersion : engine::kEngineVersion;
  stored_.rolled_out_at = at;
  return Reload(std::move(wanted));
}

Status Rollout::End() {
  LP_ASSERT(under_way());
  stored_.previous_text.reset();
  return Reload(nullptr);
}

bool Rollout::SetOrigin(const std::optional<engine::DefinitionsOrigin>& origin) {
  if (stored_.origin == origin) return false;
  stored_.origin = origin;
  return true;
}

}  // namespace leadpulse::pipeline
