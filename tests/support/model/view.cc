#include "tests/support/model/view.h"

#include <algorithm>
#include <tuple>

#include "tests/support/model/addresses.h"
#include "tests/support/model/mail_status.h"
#include "tests/support/model/score.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

// Whether the lead is out of everything, or of an undeclared topic.
bool IsUnsubscribed(const Facts& facts, const MailStatus& mail) {
  return std::any_of(mail.scopes_out.begin(), mail.scopes_out.end(),
                     [&](const std::string& scope) { return DeclaredTopic(facts.definitions, scope) == nullptr; });
}

std::string EmailStatusOf(const Facts& facts, const MailStatus& mail) {
  if (mail.is_complained) return "complained";
  if (IsUnsubscribed(facts, mail)) return "unsubscribed";
  return mail.is_bounced ? "bounced" : "active";
}

// Returns the topics that the lead is out of, as the definitions spell them.
std::vector<std::string> TopicsOutOf(const Facts& facts, const MailStatus& mail) {
  std::vector<std::string> out;
  for (const Topic& topic : facts.definitions.topics) {
    if (mail.scopes_out.contains(Fold(topic.id))) out.push_back(topic.id);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string TierOf(const TenantDefinitions& definitions, int64_t score) {
  for (const Tier& tier : definitions.tiers) {
    if (!tier.at_least || *tier.at_least <= score) return tier.name;
  }
  return "";
}

int64_t QualityOf(const Facts& facts, int64_t score) {
  const Quality& quality = facts.definitions.quality;
  int64_t sum = 0;
  for (const auto& [name, points] : quality.attributes) {
    if (facts.Attribute(NormalName(name)).is_set()) sum += points;
  }
  const Value source = facts.Attribute("source");
  for (const auto& [name, points] : quality.source) {
    if (source.kind != Value::Kind::kText) continue;
    if (SameText(source.text, name)) sum += points;
  }
  if (quality.engagement) {
    const Engagement& engagement = *quality.engagement;
    const int64_t engaged = std::clamp<int64_t>(score, 0, engagement.full_at);
    sum += engaged * engagement.weight / engagement.full_at;
  }
  return std::clamp<int64_t>(sum, 0, 100);
}

Stage StageOf(const Facts& facts, int64_t qualification) {
  const Lead& lead = facts.lead;
  const Lifecycle& lifecycle = facts.definitions.lifecycle;
  if (IsFinal(lead.stage)) return lead.stage;
  Stage stage = lead.stage;
  const auto contacted = facts.LastOf({EventType::kSent, EventType::kDelivered, EventType::kOpen});
  if (IsLater(contacted, lead.stage_at)) {
    stage = std::max(stage, Stage::kContacted);
  }
  const auto engaged = facts.LastOf(lifecycle.engaged_on);
  if (IsLater(engaged, lead.stage_at)) stage = std::max(stage, Stage::kEngaged);
  const bool may_qualify = engaged || !lifecycle.auto_qualify_requires_engagement;
  if (lifecycle.auto_qualify_at && may_qualify && qualification >= *lifecycle.auto_qualify_at) {
    stage = std::max(stage, Stage::kQualified);
  }
  return stage;
}

std::string StatusOf(const Lead& lead, const Standing& standing) {
  const bool opted_out = standing.email_status == "unsubscribed" || standing.email_status == "complained";
  return opted_out && !IsFinal(lead.stage) ? "unsubscribed" : standing.stage;
}

// Whether the definitions name the domain of the lead's address, or one above it with `*.`.
bool IsOfSuppressedDomain(const Facts& facts) {
  const std::string address = MailAddressOf(facts.lead);
  if (address.empty()) return false;
  const std::string domain = address.substr(address.rfind('@') + 1);
  const auto names = [&](const std::string& spelled) {
    const std::string entry = NormalAddress(spelled);
    return entry.rfind("*.", 0) == 0 ? domain.size() > entry.size() - 1 && domain.ends_with(entry.substr(1))
                                     : domain == entry;
  };
  const auto& domains = facts.definitions.suppressed_domains;
  return std::any_of(domains.begin(), domains.end(), names);
}

}  // namespace

bool View::operator==(const View& other) const {
  const auto tie = [](const View& view) {
    return std::tie(view.email_status, view.sendable, view.score, view.tier, view.quality, view.qualification,
                    view.stage, view.status, view.segments, view.topics_out);
  };
  return tie(*this) == tie(other);
}

View ViewOf(const Facts& facts, Millis now) {
  View view;
  const MailStatus mail = MailStatusOf(facts);
  view.email_status = EmailStatusOf(facts, mail);
  view.sendable = view.email_status == "active" && !facts.lead.do_not_contact && !facts.standing.is_beyond_limit &&
                  !IsOfSuppressedDomain(facts);
  view.topics_out = TopicsOutOf(facts, mail);
  view.score = ScoreOf(facts, view, now);
  view.tier = TierOf(facts.definitions, view.score);
  view.quality = QualityOf(facts, view.score);
  view.qualification = facts.lead.qualification.value_or(view.quality);
  view.stage = StageName(StageOf(facts, view.qualification));
  view.status = StatusOf(facts.lead, view);
  const Evaluator evaluator(facts, view, now);
  for (const Segment& segment : facts.definitions.segments) {
    if (evaluator.Holds(segment.rule)) view.segments.push_back(segment.id);
  }
  std::sort(view.segments.begin(), view.segments.end());
  return view;
}

View EmptyView(const TenantDefinitions& definitions) {
  View view;
  view.email_status = "active";
  view.sendable = true;
  view.stage = StageName(Stage::kNew);
  view.tier = TierOf(definitions, 0);
  return view;
}

}  // namespace leadpulse::model
