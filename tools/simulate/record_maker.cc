#include "tools/simulate/record_maker.h"

#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "processor/base/assert.h"
#include "schemas/codec/records.h"
#include "tools/simulate/mail.h"
#include "tools/simulate/people.h"

namespace leadpulse::simulate {
namespace {

constexpr std::array<std::string_view, 6> kCampaigns = {"spring-offer", "webinar",       "case-study",
                                                        "new-features", "renewal-offer", "winback"};
constexpr std::array<std::string_view, 8> kTags = {"vip",      "trial",   "webinar-2024", "partner",
                                                   "champion", "churned", "budget-open",  "event-lead"};
constexpr std::array<std::string_view, 5> kLists = {"newsletter", "product-updates", "key-accounts", "events", "beta"};
constexpr std::array<std::string_view, 6> kAgents = {"kim", "alex", "robin", "sasha", "jo", "mika"};
constexpr std::array<std::string_view, 6> kNotes = {
    "Called, no answer.",       "Wants a demo next month.",          "Asked for prices of the large plan.",
    "Left the company? Check.", "Met at the fair, very interested.", "Happy with the trial so far."};

constexpr std::array<const char*, 16> kPages = {"home",    "home",    "home",      "home",     "blog",     "blog",
                                                "blog",    "docs",    "docs",      "features", "features", "pricing",
                                                "contact", "careers", "customers", "customers"};
constexpr std::array<const char*, 4> kCustomNames = {"demo_requested", "trial_started", "whitepaper_downloaded",
                                                     "webinar_attended"};

// Writes a unique id without an order that a journal or a compressor could use: like real ids.
void WriteId(uint64_t seed, char first, uint64_t number, std::string* id) {
  id->assign(1, first);
  absl::StrAppend(id, absl::Hex(Mix(number ^ Mix(seed)), absl::kZeroPad16));
}

// Writes `webinar-2024-03-05`; tenant and day identify a mailing.
void WriteCampaign(uint64_t seed, uint32_t tenant, uint32_t day, std::string* campaign) {
  const std::optional<Mailing> mailing = MailingOf(seed, tenant, day);
  LP_ASSERT(mailing.has_value());
  *campaign = mailing->newsletter ? "newsletter" : kCampaigns[HashOf(seed, day) % kCampaigns.size()];
  *campaign += '-';
  *campaign += std::string_view(FormatRfc3339(Instant{} + std::chrono::days(day))).substr(0, 10);
}

EventType TypeOf(Kind kind) {
  constexpr std::array<EventType, 15> kTypes = {EventType::kSent,      EventType::kDelivered,   EventType::kOpen,
                                                EventType::kClick,     EventType::kReply,       EventType::kBounce,
                                                EventType::kBounce,    EventType::kUnsubscribe, EventType::kResubscribe,
                                                EventType::kComplaint, EventType::kPageVisit,   EventType::kCustom,
                                                EventType::kCustom,    EventType::kRetract,     EventType::kRetract};
  static_assert(kTypes.size() == static_cast<size_t>(Kind::kProfile));
  return kTypes[static_cast<size_t>(kind)];
}

// Returns the page of a visit, or the link of a click.
const char* PageOf(uint64_t detail) { return kPages[Scale(detail, kPages.size())]; }
const char* CustomNameOf(uint64_t detail) { return kCustomNames[Scale(detail, kCustomNames.size())]; }

uint64_t OrderCents(uint64_t detail) {
  Random random(detail);
  // A median of 79.00; whole numbers and halves, like prices.
  return static_cast<uint64_t>(DrawDelay(Millis{158}, Spread::kWide, &random).count() + 1) * 50;
}

void MakeEvent(const HistoryOptions& options, const PendingRecord& pending, codec::Event* event) {
  WriteId(options.seed, 'e', pending.number, &event->event_id);
  event->type = TypeOf(pending.kind);
  event->occurred_at = pending.occurred;
  event->machine = pending.machine;
  event->bounce_kind = pending.kind == Kind::kSoftBounce ? BounceKind::kSoft : BounceKind::kHard;
  event->campaign_id.clear();
  event->message_id.clear();
  event->name.clear();
  event->url.clear();
  event->retracts.clear();
  event->properties.clear();
  if (pending.mailing != 0) {
    WriteCampaign(options.seed, pending.lead % options.tenants, pending.mailing, &event->campaign_id);
    absl::StrAppend(&event->message_id, "m-", pending.mailing, "-", pending.lead + 1);
  }
  if (pending.kind == Kind::kPageVisit || pending.kind == Kind::kClick) event->name = PageOf(pending.detail);
  if (pending.kind == Kind::kPageVisit) {
    absl::StrAppend(&event->url, "https://www.", TenantName(pending.lead % options.tenants), ".example/", event->name);
  }
  if (pending.kind == Kind::kOrder) {
    event->name = "order";
    event->properties.emplace_back("total", static_cast<double>(OrderCents(pending.detail)) / 100);
  }
  if (pending.kind == Kind::kCustom) event->name = CustomNameOf(pending.detail);
  if (pending.kind == Kind::kRetractClick || pending.kind == Kind::kRetractBounce) {
    WriteId(options.seed, 'e', pending.detail, &event->retracts);
  }
}

template <size_t N>
std::string OneOf(const std::array<std::string_view, N>& choices, uint64_t detail) {
  return std::string(choices[Scale(Mix(detail), N)]);
}

// Returns an edit that adds a name or, one time in eight, removes it.
template <typename Edit, size_t N>
Edit EditOf(const std::array<std::string_view, N>& names, uint64_t detail) {
  Edit edit;
  (detail % 8 == 0 ? edit.remove : edit.add).push_back(OneOf(names, detail));
  return edit;
}

codec::Action ActionOf(const HistoryOptions& options, const PendingRecord& pending) {
  const uint64_t detail = pending.detail;
  switch (pending.kind) {
    case Kind::kProfile:
      return codec::UpdateProfile{ProfileOf(options.seed, pending.lead, pending.occurred), {}};
    case Kind::kProfileChange:
      return ChangeOf(detail);
    case Kind::kConsent:
      return codec::RecordConsent{"newsletter", detail % 2 == 1, detail % 2 == 1 ? "sign-up form" : "preference page"};
    case Kind::kTags:
      return EditOf<codec::EditTags>(kTags, detail);
    case Kind::kLists:
      return EditOf<codec::EditLists>(kLists, detail);
    case Kind::kCampaigns:
      return codec::EditCampaigns{{OneOf(kCampaigns, detail)}, {}};
    case Kind::kStage:
      return codec::SetStage{static_cast<Stage>(detail)};
    case Kind::kAgent:
      return codec::AssignAgent{detail % 16 == 0 ? std::string() : OneOf(kAgents, detail)};
    case Kind::kQualification:
      if (detail % 16 == 0) return codec::SetQualification{std::nullopt};
      return codec::SetQualification{static_cast<int32_t>(Scale(Mix(detail), 101))};
    case Kind::kDoNotContact:
      if (detail % 4 == 0) return codec::SetDoNotContact{false, ""};
      return codec::SetDoNotContact{true, "asked by phone"};
    case Kind::kErase:
      return codec::Erase{};
    default:
      LP_ASSERT(pending.kind == Kind::kNote);
      return codec::AddNote{OneOf(kNotes, detail)};
  }
}

// Returns the actor: systems for their own commands, people for the rest.
std::string ActorOf(const PendingRecord& pending) {
  if (pending.kind == Kind::kProfile || pending.kind == Kind::kErase) return "crm";
  if (pending.kind == Kind::kConsent) return "web-site";
  return OneOf(kAgents, pending.number);
}

}  // namespace

void MakeRecord(const HistoryOptions& options, const PendingRecord& pending, codec::Record* record) {
  const std::string address = AddressOf(options.seed, pending.lead);
  const auto begin = [&]<typename One>(One* one) {
    if (one == nullptr) one = &record->emplace<One>();
    codec::SetLead("", address, one);
    one->key.tenant = TenantName(pending.lead % options.tenants);
    return one;
  };
  if (!IsCommand(pending.kind)) return MakeEvent(options, pending, begin(std::get_if<codec::Event>(record)));
  codec::Command* const command = begin(std::get_if<codec::Command>(record));
  WriteId(options.seed, 'c', pending.number, &command->command_id);
  command->issued_at = pending.occurred;
  command->actor = ActorOf(pending);
  command->actions = ActionOf(options, pending);
}

void Spoil(uint64_t drawn, codec::Record* record) {
  auto* const event = std::get_if<codec::Event>(record);
  auto* const command = std::get_if<codec::Command>(record);
  LeadKey& key = event != nullptr ? event->key : command->key;
  switch (Scale(drawn, 5)) {
    case 0:
      key.tenant.clear();
      break;
    case 1:
      key.lead.clear();
      break;
    case 2:
      (event != nullptr ? event->event_id : command->command_id).clear();
      break;
    case 3:
      (event != nullptr ? event->occurred_at : command->issued_at) = Instant{};  // 1970
      break;
    default:
      key.tenant += "/eu";
  }
}

}  // namespace leadpulse::simulate
