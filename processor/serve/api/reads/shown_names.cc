#include "processor/serve/api/reads/shown_names.h"

#include <utility>

#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {
namespace {

constexpr Millis kLifetime{2'000};

template <typename Declared>
void AddNames(const Declared& declared, config::DeclaredNames* names) {
  for (const auto& one : declared) names->Add({one.id(), one.name(), one.active()});
}

std::shared_ptr<const config::TenantNames> NamesIn(const v1::TenantNames& answer) {
  auto names = std::make_shared<config::TenantNames>();
  names->name = answer.name();
  names->locale = answer.locale();
  names->brand_color = answer.brand_color();
  names->brand_text = answer.brand_text();
  AddNames(answer.lists(), &names->lists);
  AddNames(answer.campaigns(), &names->campaigns);
  return names;
}

}  // namespace

std::shared_ptr<const config::TenantNames> ShownNames::Of(const access::Principal& principal) {
  const Instant now = clock_->Now();
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = by_tenant_[principal.tenant];
    if (entry.names == nullptr) entry = {std::make_shared<const config::TenantNames>(), Instant::DistantPast()};
    if (entry.asked_at <= now && now < entry.asked_at + kLifetime) return entry.names;
    entry.asked_at = now;  // others have the former names meanwhile
  }
  v1::GetNames query;
  *query.mutable_caller() = CallerFor(principal);
  const OrRefusal<v1::TenantNames> answered = run_->Names(query);
  const v1::TenantNames* answer = AnswerIn(answered);
  const std::lock_guard lock(mutex_);
  Entry& entry = by_tenant_[principal.tenant];
  if (answer != nullptr) entry.names = NamesIn(*answer);
  return entry.names;
}

}  // namespace leadpulse::serve
