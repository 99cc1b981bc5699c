#include "processor/query/diff/state_diff.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "config/definitions_loader.h"
#include "processor/base/text.h"
#include "processor/files/lead_scan.h"

namespace leadpulse::query {
namespace {

// Returns a plain or a quoted key without quotes, as the definitions are shown.
std::string Unquoted(std::string_view key) {
  if (key.size() >= 2 && (key.front() == '\'' || key.front() == '"')) key = key.substr(1, key.size() - 2);
  return std::string(key);
}

// Returns the key of a line. The keys that matter, tenants and names of sections, contain no colon.
std::string KeyOf(std::string_view line) { return Unquoted(TrimAsciiSpace(line.substr(0, line.find(':')))); }

// Returns the lines of each part, by its name: a tenant's sections, and each of its segments.
std::map<std::string, std::string> PartsOf(const config::Definitions& definitions) {
  constexpr std::string_view kSegmentBegins = "      - id: ";  // two spaces a level: tenants, tenant, segments
  std::map<std::string, std::string> parts;
  std::string tenant;
  std::string section;
  std::string* part = nullptr;
  const std::string shown = config::ShowDefinitions(definitions);
  for (std::string_view rest = shown; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t indent = line.find_first_not_of(' ');
    if (indent == 2) {
      tenant = KeyOf(line);
    } else if (indent == 4) {
      section = KeyOf(line);
      part = &parts[Concat({tenant, ": ", section})];
    } else if (section == "segments" && line.starts_with(kSegmentBegins)) {
      part = &parts[Concat({tenant, ": segment ", Unquoted(line.substr(kSegmentBegins.size()))})];
    }
    // The heading of the segments alone is no difference.
    if (part != nullptr && !(indent == 4 && section == "segments")) AppendParts({line, "\n"}, part);
  }
  return parts;
}

files::LeadScan<SeenLead> PassOver(const ComparedState& compared, const std::string& tenant, Instant at) {
  files::LeadScan<SeenLead> pass;
  pass.tenant = tenant;
  pass.mailboxes = true;
  pass.make = [&definitions = *compared.definitions, at](PartitionId, state::Lead lead) {
    const config::TenantDefinitions& of_tenant = definitions.For(lead.key.tenant);
    return Result(std::optional(SeeLead(std::move(lead), of_tenant, at)));
  };
  return pass;
}

bool MovedByDefinitions(const LeadDifference& difference) {
  const auto by_definitions = [](const auto& moved) { return moved.causes.definitions; };
  return std::ranges::any_of(difference.fields, by_definitions) ||
         std::ranges::any_of(difference.segments, by_definitions);
}

// A counter of the differences, lead by lead.
class Tally {
 public:
  Tally(StateDiff* diff, size_t samples) : diff_(diff), samples_(samples) {}

  void Add(LeadDifference difference) {
    diff_->different += difference.held_by == HeldBy::kBoth;
    for (const DiffReason reason : ReasonsOf(difference)) {
      ReasonCount& count = diff_->reasons[static_cast<size_t>(reason)];
      ++count.leads;
      if (const DifferentIds* ids = IdsOf(difference.history, reason)) count.records += ids->count;
    }
    for (const ViewField& field : difference.fields) diff_->fields[std::string(field.name)].Add(field.causes);
    for (const SegmentDifference& segment : difference.segments) {
      SegmentCount& count = SegmentNamed(difference.key.tenant, segment.id);
      count.moved.Add(segment.causes);
      ++(segment.in_left ? count.only_left : count.only_right);
    }
    Keep(std::move(difference));
  }

  void AddMailbox(LeadDifference difference) {
    ++diff_->mailboxes_different;
    Keep(std::move(difference));
  }

 private:
  void Keep(LeadDifference difference) {
    if (diff_->samples.size() < samples_) diff_->samples.push_back(std::move(difference));
  }

  SegmentCount& SegmentNamed(const std::string& tenant, const std::string& id) {
    const auto found = diff_->segments.find({tenant, id});
    if (found != diff_->segments.end()) return found->second;
    if (diff_->segments.size() == StateDiff::kMostSegments) return diff_->other_segments;
    return diff_->segments[{tenant, id}];
  }

  StateDiff* const diff_;
  const size_t samples_;
};

// A reader of both states side by side.
class SideBySide {
 public:
  SideBySide(const ComparedState& left, const ComparedState& right, const DiffOptions& options, StateDiff* diff,
             WorkerPool* pool)
      : left_(left),
        right_(right),
        same_definitions_(left.definitions->version == right.definitions->version),
        left_pass_(PassOver(left, options.tenant, diff->at)),
        right_pass_(PassOver(right, options.tenant, diff->at)),
        left_leads_(*left.store, left_pass_, pool),
        right_leads_(*right.store, right_pass_, pool),
        diff_(diff),
        tally_(diff, options.samples) {}

  Status Go() {
    LP_RETURN_IF_ERROR(NextLeft());
    LP_RETURN_IF_ERROR(NextRight());
    while (of_left_ || of_right_) {
      if (!of_right_ || (of_left_ && of_left_->lead.key < of_right_->lead.key)) {
        LP_RETURN_IF_ERROR(AddLone(of_left_->lead, HeldBy::kLeft, *right_.store));
        LP_RETURN_IF_ERROR(NextLeft());
      } else if (!of_left_ || of_right_->lead.key < of_left_->lead.key) {
        LP_RETURN_IF_ERROR(AddLone(of_right_->lead, HeldBy::kRight, *left_.store));
        LP_RETURN_IF_ERROR(NextRight());
      } else {
        LP_RETURN_IF_ERROR(Compare());
        LP_RETURN_IF_ERROR(NextLeft());
        LP_RETURN_IF_ERROR(NextRight());
      }
    }
    return Status::Ok();
  }

 private:
  using Leads = files::OrderedRows<SeenLead>;

  Status NextLeft() { return Next(&left_leads_, &of_left_, &diff_->leads_left); }
  Status NextRight() { return Next(&right_leads_, &of_right_, &diff_->leads_right); }

  static Status Next(Leads* leads, std::optional<SeenLead>* lead, uint64_t* count) {
    LP_ASSIGN_OR_RETURN(std::optional<SeenLead> next, leads->Next());
    *lead = std::move(next);
    *count += lead->has_value() && (*lead)->lead.is_lead();
    return Status::Ok();
  }

  Status AddLone(const state::Lead& lead, HeldBy held_by, const state::LeadReader& other) {
    if (!lead.is_lead()) {
      // A mailbox that was never used, and for which nothing was sent, has no row.
      state::Lead unused;
      unused.erased_at = lead.erased_at;
      CompareMailboxes(held_by == HeldBy::kLeft ? lead : unused, held_by == HeldBy::kLeft ? unused : lead, lead.key);
      return Status::Ok();
    }
    LP_ASSIGN_OR_RETURN(const std::optional<state::Erasure> erasure, FindErasure(other, lead.key));
    LeadDifference difference;
    difference.key = lead.key;
    difference.held_by = held_by;
    difference.erased = erasure.has_value();
    tally_.Add(std::move(difference));
    return Status::Ok();
  }

  void CompareMailboxes(const state::Lead& left, const state::Lead& right, const LeadKey& key) {
    LeadDifference difference;
    difference.history = CompareHistories(left, right);
    if (!difference.history.any()) return;
    difference.key = key;
    difference.is_mailbox = true;
    tally_.AddMailbox(std::move(difference));
  }

  Status Compare() {
    const state::Lead& left = of_left_->lead;
    const state::Lead& right = of_right_->lead;
    if (left.is_lead() && !right.is_lead()) return AddLone(left, HeldBy::kLeft, *right_.store);
    if (right.is_lead() && !left.is_lead()) return AddLone(right, HeldBy::kRight, *left_.store);
    if (!left.is_lead()) {
      CompareMailboxes(left, right, left.key);
      return Status::Ok();
    }
    const std::string& tenant = of_left_->lead.key.tenant;
    std::optional<LeadDifference> difference =
        CompareLeads(*of_left_, left_.definitions->For(tenant), *of_right_, right_.definitions->For(tenant),
                     same_definitions_, diff_->at);
    if (difference) {
      tally_.Add(std::move(*difference));
    } else {
      ++diff_->same;
    }
    return Status::Ok();
  }

  const ComparedState& left_;
  const ComparedState& right_;
  const bool same_definitions_;
  const files::LeadScan<SeenLead> left_pass_;
  const files::LeadScan<SeenLead> right_pass_;
  Leads left_leads_;
  Leads right_leads_;
  StateDiff* const diff_;
  Tally tally_;
  std::optional<SeenLead> of_left_;
  std::optional<SeenLead> of_right_;
};

// Adds the directory to the message, unless it begins with it or says "in" it. Other mentions do not count: a directory
// may be called `state`, a common word.
Status Named(const std::string& directory, const Status& status) {
  const std::string_view what = status.message();
  if (what.starts_with(directory) || what.find(" in " + directory) != std::string_view::npos) return status;
  const std::string message = directory + ": " + status.message();
  return status.kind() == ErrorKind::kFatal ? Status::Fatal(message) : Status::Rejected(message);
}

struct OpenedState {
  std::unique_ptr<state::LeadStore> store;
  ComparedState compared;
};

Result<OpenedState> OpenOne(const std::string& directory, const Warn& warn) {
  OpenedState opened;
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(directory, warn);
  if (!store.ok()) return Named(directory, store.status());
  opened.store = std::move(*store);
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(*opened.store, warn);
  if (!definitions.ok()) return Named(directory, definitions.status());
  const Result<Instant> clock = ClockOfState(*opened.store);
  if (!clock.ok()) return Named(directory, clock.status());
  opened.compared = {opened.store.get(), std::move(*definitions), *clock};
  return opened;
}

// Rejects a tenant that is in neither state: it is a mistake.
Status CheckTenant(const std::string& tenant, const OpenedState& left, const OpenedState& right) {
  const auto in_left = TenantsAsked(tenant, *left.store, *left.compared.definitions);
  if (in_left.ok()) return Status::Ok();
  const auto in_right = TenantsAsked(tenant, *right.store, *right.compared.definitions);
  return in_right.ok() ? Status::Ok() : in_left.status();
}

DiffSide SideOf(const std::string& directory, const ComparedState& compared) {
  return {directory, compared.clock, compared.definitions->version};
}

}  // namespace

DefinitionsDifference CompareDefinitions(const config::Definitions& left, const config::Definitions& right) {
  DefinitionsDifference difference;
  difference.same_text = left.version == right.version;
  if (difference.same_text) return difference;
  const std::map<std::string, std::string> of_left = PartsOf(left);
  const std::map<std::string, std::string> of_right = PartsOf(right);
  for (const auto& [name, text] : of_left) {
    const auto found = of_right.find(name);
    if (found == of_right.end()) {
      difference.only_left.push_back(name);
    } else if (found->second != text) {
      difference.changed.push_back(name);
    }
  }
  for (const auto& [name, text] : of_right) {
    if (!of_left.contains(name)) difference.only_right.push_back(name);
  }
  return difference;
}

Result<StateDiff> DiffStates(const ComparedState& left, const ComparedState& right, const DiffOptions& options,
                             WorkerPool* pool) {
  StateDiff diff;
  diff.at = std::max(left.clock, right.clock);
  LP_RETURN_IF_ERROR(SideBySide(left, right, options, &diff, pool).Go());
  return diff;
}

Result<DiffReport> CompareStates(const std::string& left, const std::string& right, const DiffOptions& options,
                                 const Warn& warn) {
  LP_ASSIGN_OR_RETURN(const OpenedState of_left, OpenOne(left, warn));
  LP_ASSIGN_OR_RETURN(const OpenedState of_right, OpenOne(right, warn));
  if (!options.tenant.empty()) LP_RETURN_IF_ERROR(CheckTenant(options.tenant, of_left, of_right));
  WorkerPool pool(std::max(WorkersFor(*of_left.store), WorkersFor(*of_right.store)));
  LP_ASSIGN_OR_RETURN(StateDiff diff, DiffStates(of_left.compared, of_right.compared, options, &pool));
  return DiffReport{SideOf(left, of_left.compared), SideOf(right, of_right.compared),
                    CompareDefinitions(*of_left.compared.definitions, *of_right.compared.definitions), std::move(diff)};
}

const DifferentIds* IdsOf(const HistoryDifference& history, DiffReason reason) {
  constexpr std::pair<DiffReason, DifferentIds HistoryDifference::*> kIds[] = {
      {DiffReason::kEventsLeft, &HistoryDifference::events_left},
      {DiffReason::kEventsRight, &HistoryDifference::events_right},
      {DiffReason::kEventsOther, &HistoryDifference::events_other},
      {DiffReason::kCommandsLeft, &HistoryDifference::commands_left},
      {DiffReason::kCommandsRight, &HistoryDifference::commands_right}};
  const auto* const found = std::ranges::find(kIds, reason, [](const auto& pair) { return pair.first; });
  return found == std::end(kIds) ? nullptr : &(history.*found->second);
}

std::vector<DiffReason> ReasonsOf(const LeadDifference& difference) {
  if (difference.held_by == HeldBy::kLeft) {
    return {difference.erased ? DiffReason::kErasedRight : DiffReason::kOnlyLeft};
  }
  if (difference.held_by == HeldBy::kRight) {
    return {difference.erased ? DiffReason::kErasedLeft : DiffReason::kOnlyRight};
  }
  const HistoryDifference& history = difference.history;
  std::vector<DiffReason> reasons;
  const auto add_where = [&reasons](bool holds, DiffReason reason) {
    if (holds) reasons.push_back(reason);
  };
  add_where(history.events_left.count > 0, DiffReason::kEventsLeft);
  add_where(history.events_right.count > 0, DiffReason::kEventsRight);
  add_where(history.events_other.count > 0, DiffReason::kEventsOther);
  add_where(history.folded, DiffReason::kFolded);
  add_where(history.commands_left.count > 0, DiffReason::kCommandsLeft);
  add_where(history.commands_right.count > 0, DiffReason::kCommandsRight);
  const bool same_commands = history.commands_left.count + history.commands_right.count == 0;
  const bool of_address = std::ranges::any_of(history.profile, IsOfAddress);
  add_where(!std::ranges::all_of(history.profile, IsOfAddress) && same_commands, DiffReason::kProfile);
  add_where(of_address && same_commands, DiffReason::kAddress);
  add_where(history.former_life, DiffReason::kFormerLife);
  add_where(MovedByDefinitions(difference), DiffReason::kDefinitions);
  return reasons;
}

}  // namespace leadpulse::query
