// Events: a log of engagement, and lists of people who opted out elsewhere.
#include <algorithm>
#include <functional>
#include <span>

#include "absl/container/flat_hash_map.h"
#include "processor/base/engagement.h"
#include "processor/base/mail_reasons.h"
#include "processor/base/text.h"
#include "processor/csv/name_list.h"
#include "processor/importing/record_ids.h"
#include "processor/importing/row_cells.h"
#include "processor/importing/row_reader.h"
#include "processor/importing/sendgrid_activity.h"
#include "processor/importing/synonyms.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing {
namespace {

// Reads lead id and address, both if the row has both: an event of an address reaches every lead that uses it.
std::optional<WrongRow> ReadEventLead(const LeadCells& cells_of_lead, const std::vector<std::string_view>& cells,
                                      const std::string& tenant, codec::Event* event) {
  RowLead lead;
  if (auto wrong = cells_of_lead.Read(cells, &lead)) return wrong;
  event->key.tenant = tenant;
  codec::SetLead(lead.lead_id, lead.address, event);
  return std::nullopt;
}

// Returns the subscription group in a cell. Empty for `*` (everything), for none, and for one too long for a record.
std::string_view TopicIn(std::string_view cell) { return NamesTopic(cell) ? cell : std::string_view(); }

// Returns the groups in a cell, or one empty string for everything.
std::vector<std::string> TopicsIn(std::string_view cell) {
  std::vector<std::string> topics = csv::SplitNames(cell);
  const bool all_known = std::ranges::none_of(topics, [](const std::string& topic) { return TopicIn(topic).empty(); });
  if (topics.empty() || topics.size() > kMaxTopics || !all_known) return {""};
  return topics;
}

bool HoldsAny(std::string_view name, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

// Whether a column of that name says why mail bounced: `Error`, `SMTP response`.
bool TellsOfBounces(std::string_view header) {
  constexpr std::string_view kParts[] = {"bounce", "reason", "grund", "motif", "error", "diagnos", "response", "smtp"};
  return HoldsAny(Simplify(header), kParts);
}

// Whether a column of that name may say so: `Type`, `Code`.
bool MayTellOfBounces(std::string_view header) {
  constexpr std::string_view kParts[] = {"code", "class", "detail", "descr", "status", "type"};
  return TellsOfBounces(header) || HoldsAny(Simplify(header), kParts);
}

// Whether the cell may say that the address is right. In a column that may be about something else, only a code does: a
// description may be of a mail about an insurance policy.
bool CountsAsReason(const Column& column, std::string_view cell) {
  return TellsOfBounces(column.header) || (!cell.empty() && IsDigit(cell.front()));
}

// Returns whether a bounce is permanent, by the words of email services. kUnspecified: the name does not say.
BounceKind BounceFromName(std::string_view name) {
  const std::string word = Simplify(name);
  if (word.starts_with("hard") || word.starts_with("permanent")) return BounceKind::kHard;
  if (word.starts_with("soft") || word.starts_with("transient") || word.starts_with("temp")) return BounceKind::kSoft;
  // Blocked by a policy, or for a cause that nobody knows.
  return HasWord("blocked undetermined dnserror expired", word) ? BounceKind::kSoft : BounceKind::kUnspecified;
}

// Whether an option would read the cell.
bool HasRemedy(const WrongRow& wrong) { return !wrong.problem.remedy.name.empty() || !wrong.problem.choices.empty(); }

constexpr size_t kMostShown = 60;  // of a cell in the reason why its row is skipped

class OptOutReader : public RowReader {
 public:
  OptOutReader(const std::vector<Column>& columns, const ImportOptions& options)
      : columns_(columns),
        options_(options),
        lead_(columns, /*are_new=*/false),
        time_(PlaceOf(Meaning::kTime, columns)),
        topic_(PlaceOf(Meaning::kTopic, columns)) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const Column& column = columns[i];
      if (column.meaning == Meaning::kLeftOut && !column.is_said && MayTellOfBounces(column.header)) {
        of_bounces_.push_back(i);
      }
    }
  }

  std::optional<WrongRow> Read(const std::vector<std::string_view>& cells,
                               std::vector<codec::Record>* records) override {
    codec::Event event;
    if (auto wrong = ReadEventLead(lead_, cells, options_.tenant, &event)) return wrong;
    const std::vector<EventType> types = TypesOf(cells);
    if (types.empty()) return std::nullopt;
    event.backfill = true;
    event.occurred_at = options_.issued_at;
    warnings_.clear();
    if (const std::string_view cell = CellAt(time_, cells); !cell.empty()) {
      if (auto wrong = ReadTimeCell(columns_[*time_], cell, options_.times, &event.occurred_at)) {
        if (HasRemedy(*wrong) && !MeansEmpty(cell)) return wrong;
        warnings_.push_back(WithFilesTime(*std::move(wrong)));
        event.occurred_at = options_.issued_at;
      }
    }
    for (const EventType type : types) Append(type, cells, &event, records);
    return std::nullopt;
  }

  std::string_view Skipped() const override { return skipped_; }

 private:
  // Returns what happened to the person: what the list is about, unless a cell denies it, and what other cells say.
  // Sets `skipped_` if that is nothing: the file may hold subscribers, too.
  std::vector<EventType> TypesOf(const std::vector<std::string_view>& cells) {
    Suppression said;
    skipped_.clear();
    for (size_t i = 0; i < columns_.size(); ++i) {
      said.Add(ReadStatus(columns_[i].status, cells[i]));
      const std::string_view cell = TrimAsciiSpace(cells[i]);
      if (DeniesOptOut(columns_[i].status, options_.opt_out, cell)) {
        skipped_ = Concat({columns_[i].header, ": ", Utf8Prefix(cell, kMostShown), " gets mail"});
      }
    }
    said.opted_out = said.opted_out || said.do_not_contact;
    // A column `BouncedAt` has the time of a soft bounce, too.
    if (options_.opt_out == EventType::kBounce && skipped_.empty() && SkipSoftBounce(cells)) said.bounced = false;
    const auto happened = [&](EventType type, bool is_said) {
      return is_said || (type == options_.opt_out && skipped_.empty());
    };
    std::vector<EventType> types;
    if (happened(EventType::kUnsubscribe, said.opted_out)) types.push_back(EventType::kUnsubscribe);
    if (happened(EventType::kBounce, said.bounced)) types.push_back(EventType::kBounce);
    if (happened(EventType::kComplaint, said.complained)) types.push_back(EventType::kComplaint);
    if (!types.empty()) skipped_.clear();
    return types;
  }

  // Sets `skipped_` if a list of bounces says that the address may be right. Returns whether it does.
  bool SkipSoftBounce(const std::vector<std::string_view>& cells) {
    std::vector<std::string_view> reasons, all;
    BounceKind kind = BounceKind::kUnspecified;
    for (const size_t place : of_bounces_) {
      const std::string_view cell = TrimAsciiSpace(cells[place]);
      all.push_back(cell);
      if (CountsAsReason(columns_[place], cell)) reasons.push_back(cell);
      if (kind == BounceKind::kUnspecified) kind = BounceFromName(cell);
    }
    if (kind == BounceKind::kSoft || (kind == BounceKind::kUnspecified && SaysSoftBounce(reasons))) {
      skipped_ = "a soft bounce, after which the address may be right";
    } else if (kind == BounceKind::kUnspecified && SaysAutomaticReply(all)) {
      skipped_ = "an automatic reply, so the address is right";
    }
    return !skipped_.empty();
  }

  void Append(EventType type, const std::vector<std::string_view>& cells, codec::Event* event,
              std::vector<codec::Record>* records) {
    event->type = type;
    const bool has_topics = type == EventType::kUnsubscribe;
    for (std::string& topic : TopicsIn(has_topics ? CellAt(topic_, cells) : std::string_view())) {
      event->topic = std::move(topic);
      event->event_id = IdOf(*event);
      records->emplace_back(*event);
    }
  }

  // Returns the event's id. One lead id of the list may have several addresses, each with an opt-out event of its own.
  // The first address's event gets an id without the address.
  std::string IdOf(const codec::Event& event) {
    std::string id = EventId(event);
    if (event.by_address || event.address.empty()) return id;
    const auto [first, is_new] = first_addresses_.try_emplace(HashOf(id), HashOf(event.address));
    return is_new || first->second == HashOf(event.address) ? id : EventId(event, /*of_address=*/true);
  }

  static size_t HashOf(const std::string& text) { return std::hash<std::string>()(text); }

  const std::vector<Column>& columns_;
  const ImportOptions& options_;
  const LeadCells lead_;
  const std::optional<size_t> time_, topic_;
  std::vector<size_t> of_bounces_;  // places of the columns that may say why mail bounced
  std::string skipped_;             // why the last row was skipped, if it was
  // By event, the first address that the list has with it. Hashes, because lists are long.
  absl::flat_hash_map<size_t, size_t> first_addresses_;
};

class EventReader : public RowReader {
 public:
  EventReader(const std::vector<Column>& columns, const ImportOptions& options)
      : columns_(columns),
        options_(options),
        lead_(columns, /*are_new=*/false),
        sendgrid_(IsSendGridActivity(columns)),
        times_(options.times) {
    if (sendgrid_ && options.zone_name.empty()) times_.zone = absl::UTCTimeZone();
    for (size_t i = 0; i < columns.size(); ++i) {
      const Meaning meaning = columns[i].meaning;
      const bool is_one = meaning == Meaning::kProperty || meaning == Meaning::kUserAgent || meaning == Meaning::kTopic;
      if (is_one) properties_.push_back(i);
    }
    std::ranges::sort(properties_, [&](size_t a, size_t b) { return columns[a].name < columns[b].name; });
  }

  std::optional<WrongRow> Read(const std::vector<std::string_view>& cells,
                               std::vector<codec::Record>* records) override {
    codec::Event event;
    event.backfill = true;
    if (auto wrong = ReadEventLead(lead_, cells, options_.tenant, &event)) return wrong;
    const Happened happened = ReadHappened(cells);
    const std::optional<std::string_view> topic = ReadTopic(happened, cells);
    skipped_ = happened.skipped;
    if (skipped_.empty() && !topic.has_value()) skipped_ = Concat({happened.cell, " (of no group)"});
    if (!skipped_.empty()) {
      skipped_ += ": no engagement";
      return std::nullopt;
    }
    warnings_.clear();
    const std::string_view time = CellAt(time_, cells);
    if (auto wrong = ReadTimeCell(columns_[*time_], time, times_, &event.occurred_at)) {
      const bool is_none = time.empty() || MeansEmpty(time);
      if (!MayStopMail(happened.named.type) || (HasRemedy(*wrong) && !is_none)) return wrong;
      warnings_.push_back(WithFilesTime(*std::move(wrong)));
      event.occurred_at = options_.issued_at;
    }
    if (happened.erase) {
      AppendErasure(event, records);
      return std::nullopt;
    }
    if (auto wrong = ReadType(happened, cells, &event)) return wrong;
    if (auto wrong = ReadMachine(happened.named, cells, &event)) return wrong;
    ReadMail(cells, &event);
    ReadNames(cells, &event);
    for (const size_t place : properties_) {
      const std::string_view cell = CellAt(place, cells);
      if (!cell.empty()) event.properties.emplace_back(columns_[place].name, Value(std::string(cell)));
    }
    event.event_id = CellAt(event_id_, cells);
    if (event.event_id.empty()) event.event_id = EventId(event);
    event.topic = *topic;  // the topic is also a property, so the id already depends on it
    records->emplace_back(std::move(event));
    return std::nullopt;
  }

  std::string_view Skipped() const override { return skipped_; }

 private:
  std::optional<size_t> Place(Meaning meaning) const { return PlaceOf(meaning, columns_); }

  std::optional<size_t> PropertyPlace(std::string_view name) const {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].meaning == Meaning::kProperty && columns_[i].name == name) return i;
    }
    return std::nullopt;
  }

  // Returns the cells that may say why mail bounced or, with `of_withheld`, why it was withheld.
  std::vector<std::string_view> ReasonsIn(const std::vector<std::string_view>& cells, bool of_withheld) const {
    std::vector<std::string_view> reasons;
    for (const size_t place : properties_) {
      const Column& column = columns_[place];
      const std::string_view cell = TrimAsciiSpace(cells[place]);
      const bool may_tell = column.meaning == Meaning::kProperty && MayTellOfBounces(column.header);
      if (may_tell && (of_withheld || CountsAsReason(column, cell))) reasons.push_back(cell);
    }
    return reasons;
  }

  struct Happened {
    std::string_view cell;
    NamedType named;
    bool erase = false;
    std::string_view skipped;
  };

  // Reads the type of event. Only an option can say that a name means an erasure or is to be skipped. A reason is read
  // as that of a webhook.
  Happened ReadHappened(const std::vector<std::string_view>& cells) const {
    Happened happened;
    happened.cell = CellAt(type_, cells);
    const std::string* ours = ValueSaid(columns_[*type_], happened.cell);
    happened.named = TypeFromName(ours != nullptr ? *ours : happened.cell);
    happened.erase = ours != nullptr && *ours == "erase";
    const std::vector<std::string_view> reasons = ReasonsIn(cells, happened.named.withheld);
    for (const std::string_view reason : reasons) {
      if (!happened.named.withheld || KnownOfAddress(reason) == EventType::kUnspecified) continue;
      happened.named = {.type = KnownOfAddress(reason), .bounce = BounceKind::kHard};
      return happened;
    }
    const bool is_reply = happened.named.type == EventType::kBounce && SaysAutomaticReply(reasons);
    if (is_reply || happened.named.no_engagement || (ours != nullptr && ours->empty()))
      happened.skipped = happened.cell;
    return happened;
  }

  // Returns the topic of an opt-out or its end; empty for everything. nullopt: the end of an opt-out from a group that
  // the row does not name, which must not end an opt-out from everything. SendGrid has the mail's group in every row,
  // but only two types of rows are about the group.
  std::optional<std::string_view> ReadTopic(const Happened& happened,
                                            const std::vector<std::string_view>& cells) const {
    const EventType type = happened.named.type;
    const bool of_group = happened.named.of_group || (topic_.has_value() && !sendgrid_);
    if (!of_group || (type != EventType::kUnsubscribe && type != EventType::kResubscribe)) return "";
    const std::string_view topic = TopicIn(CellAt(topic_, cells));
    return topic.empty() && type == EventType::kResubscribe ? std::nullopt : std::optional(topic);
  }

  void AppendErasure(const codec::Event& event, std::vector<codec::Record>* records) const {
    codec::Command command{
        event.key, "", event.occurred_at, kActor, options_.backfill, codec::Erase{}, event.address, event.by_address};
    command.command_id = CommandId(command);
    records->emplace_back(std::move(command));
  }

  std::optional<WrongRow> ReadType(const Happened& happened, const std::vector<std::string_view>& cells,
                                   codec::Event* event) const {
    const NamedType& named = happened.named;
    event->type = named.type;
    if (named.type == EventType::kUnspecified) {
      WrongRow wrong = WrongCell(columns_[*type_], happened.cell, {"is no known type of event"});
      wrong.kind = Concat({wrong.kind, " ", Utf8Prefix(AsciiLower(happened.cell), kMostShown)});  // each word is named
      return wrong;
    }
    if (named.bounce != BounceKind::kUnspecified) event->bounce_kind = named.bounce;
    const std::string_view bounce = CellAt(bounce_, cells);
    if (named.type == EventType::kBounce && SaysSoftBounce(ReasonsIn(cells, /*of_withheld=*/false))) {
      event->bounce_kind = BounceKind::kSoft;
      return std::nullopt;
    }
    if (named.type == EventType::kBounce && sendgrid_) {
      event->bounce_kind = SendGridBounce(bounce, CellAt(PropertyPlace("reason"), cells));
      return std::nullopt;
    }
    // In the logs of Mailgun and of SendGrid. Others have them in every row, with words of their own.
    for (const std::string_view name : {"severity", "type"}) {
      const bool is_temporary = BounceFromName(CellAt(PropertyPlace(name), cells)) == BounceKind::kSoft;
      if (named.type == EventType::kBounce && bounce.empty() && is_temporary) event->bounce_kind = BounceKind::kSoft;
    }
    if (named.type != EventType::kBounce || bounce.empty()) return std::nullopt;
    event->bounce_kind = BounceFromName(bounce);
    if (event->bounce_kind != BounceKind::kUnspecified) return std::nullopt;
    return WrongCell(columns_[*bounce_], bounce, {"is neither hard nor soft"});
  }

  // Reads whether a machine did it: from the row, else by the name of the event or the user agents in the options.
  std::optional<WrongRow> ReadMachine(const NamedType& named, const std::vector<std::string_view>& cells,
                                      codec::Event* event) const {
    const std::string_view cell = CellAt(machine_, cells);
    std::optional<bool> said = named.machine || options_.machines.Holds(CellAt(user_agent_, cells));
    if (!cell.empty()) said = ReadYesNo(cell);
    if (!said) return WrongCell(columns_[*machine_], cell, {"is neither yes nor no"});
    event->machine = *said && codec::CanBeMachine(event->type);
    return std::nullopt;
  }

  void ReadMail(const std::vector<std::string_view>& cells, codec::Event* event) const {
    event->campaign_id = CellAt(campaign_, cells);
    if (event->campaign_id.empty()) event->campaign_id = FirstCategory(CellAt(categories_, cells));
    const std::string_view message = CellAt(message_, cells);
    event->message_id = sendgrid_ ? SendGridMessage(message) : message;
  }

  // Reads name and link. A click or visit without a name is named by its link, so that rules can ask for it.
  void ReadNames(const std::vector<std::string_view>& cells, codec::Event* event) const {
    event->name = CellAt(name_, cells);
    event->url = CellAt(link_, cells);
    const bool named_by_link = event->type == EventType::kClick || event->type == EventType::kPageVisit;
    if (event->name.empty() && named_by_link && event->url.size() <= codec::kMaxStringBytes) event->name = event->url;
  }

  const std::vector<Column>& columns_;
  const ImportOptions& options_;
  const LeadCells lead_;
  const bool sendgrid_;
  TimeFormat times_;
  const std::optional<size_t> type_ = Place(Meaning::kType), time_ = Place(Meaning::kTime),
                              campaign_ = Place(Meaning::kCampaign), message_ = Place(Meaning::kMessage),
                              link_ = Place(Meaning::kLink), name_ = Place(Meaning::kName),
                              event_id_ = Place(Meaning::kEventId), bounce_ = Place(Meaning::kBounce),
                              machine_ = Place(Meaning::kMachine), user_agent_ = Place(Meaning::kUserAgent),
                              categories_ = Place(Meaning::kCategories), topic_ = Place(Meaning::kTopic);
  std::vector<size_t> properties_;  // places, by name
  std::string skipped_;             // why the last row was skipped, if it was
};

}  // namespace

std::unique_ptr<RowReader> MakeRowReader(const std::vector<Column>& columns, const ImportOptions& options) {
  if (options.mode == Mode::kEvents) return std::make_unique<EventReader>(columns, options);
  if (options.mode == Mode::kOptOuts) return std::make_unique<OptOutReader>(columns, options);
  return MakeContactReader(columns, options);
}

}  // namespace leadpulse::importing
