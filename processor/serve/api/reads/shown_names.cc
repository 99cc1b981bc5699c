#include "processor/serve/api/reads/shown_names.h"

#include <utility>

#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {
namespace {

constexpr Millis kLifetime{2'000};
// How long a page waits for names while a run does not answer: if the former ones are known, and if none are.
constexpr Millis kKnownWait{200};
constexpr Millis kFirstWait{5'000};

template <typename Declared>
void AddNames(const Declared& declared, config::DeclaredNames* names) {
  for (const auto& one : declared) names->Add({one.id(), one.name(), one.active()});
}

std::shared_ptr<const ShownTenant> NamesIn(const v1::TenantNames& answer) {
  auto names = std::make_shared<ShownTenant>();
  names->name = answer.name();
  names->timezone = answer.timezone();
  names->locale = answer.locale();
  names->brand_color = answer.brand_color();
  names->brand_text = answer.brand_text();
  AddNames(answer.lists(), &names->lists);
  AddNames(answer.campaigns(), &names->campaigns);
  for (const auto& segment : answer.segments()) names->segments.push_back({segment.id(), segment.name()});
  return names;
}

}  // namespace

void ShownNames::Start() {
  thread_ = std::thread([this] { AskForWanted(); });
}

void ShownNames::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const ShownTenant> ShownNames::Of(const access::Principal& principal) {
  std::unique_lock lock(mutex_);
  Entry& entry = by_tenant_[principal.tenant];  // a map moves no entry
  const auto is_fresh = [&] { return entry.answered_at && clock_->Monotonic() < *entry.answered_at + kLifetime; };
  if (!is_fresh()) {
    wanted_.emplace(principal.tenant, principal);
    changed_.notify_all();
    const bool is_known = entry.names != nullptr;
    changed_.wait_for(lock, is_known ? kKnownWait : kFirstWait, [&] { return stops_ || is_fresh(); });
  }
  return entry.names != nullptr ? entry.names : std::make_shared<const ShownTenant>();
}

void ShownNames::AskForWanted() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stops_ || !wanted_.empty(); });
    if (stops_) return;
    const auto [tenant, principal] = *wanted_.begin();
    lock.unlock();
    v1::GetNames query;
    *query.mutable_caller() = CallerFor(principal);
    const OrRefusal<v1::TenantNames> answered = run_->Names(query);
    lock.lock();
    Entry& entry = by_tenant_[tenant];
    if (const v1::TenantNames* answer = AnswerIn(answered)) entry.names = NamesIn(*answer);
    entry.answered_at = clock_->Monotonic();
    wanted_.erase(tenant);
    changed_.notify_all();
  }
}

}  // namespace leadpulse::serve
