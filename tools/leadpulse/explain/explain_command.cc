// leadpulse explain: explains a lead's score, status, stage and segments.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/engagement.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/query/leads/explanation_json.h"
#include "processor/view/address_facts.h"
#include "processor/view/explanation.h"
#include "processor/view/view.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kMaxContributionLines = 40;

bool IsInstant(Instant t) { return t != Instant::Never() && t != Instant::DistantPast(); }

std::string Signed(int64_t points) { return (points > 0 ? "+" : "") + std::to_string(points); }

// An explanation for people, as lines for a terminal; query::ExplanationJson is the one for programs.
class TextExplanation {
 public:
  TextExplanation(const state::Lead& lead, const config::TenantDefinitions& definitions,
                  const view::Explanation& explanation)
      : lead_(lead), definitions_(definitions), explanation_(explanation) {}

  std::string Render(Instant at) {
    text_ = "Lead " + DisplayableLine(lead_.key.lead) + " of tenant " + lead_.key.tenant + ", as of " +
            FormatRfc3339(at) + "\n\n";
    RenderView();
    RenderScore();
    RenderSegments();
    return std::move(text_);
  }

 private:
  void Line(std::string_view label, std::string value, const std::string& why) {
    text_ += TextLine("  " + PaddedToWidth(std::string(label), 15) + PaddedToWidth(std::move(value), 14) + why);
  }

  std::string Changes(Instant at) const {
    if (IsInstant(at)) return "changes " + FormatRfc3339(at);
    if (!IsInstant(explanation_.searched_until)) return "does not change by time";
    return "does not change by time before " + FormatRfc3339(explanation_.searched_until).substr(0, 10);
  }

  std::string ChangesTo(Instant at, const std::string& value) const {
    return IsInstant(at) ? Concat({Changes(at), ", to ", value}) : Changes(at);
  }

  static std::string Why(const view::Decision& decision) {
    std::string why = decision.reason;
    if (IsInstant(decision.at)) why += ", " + FormatRfc3339(decision.at);
    if (!decision.id.empty()) why += " (event " + DisplayableLine(decision.id) + ")";
    if (!decision.through.empty()) why += ", through " + DisplayableLine(decision.through);
    return why;
  }

  std::string QualityParts() const {
    std::string parts;
    for (const view::QualityPart& part : explanation_.quality) {
      parts += (parts.empty() ? "" : ", ") + part.name + " " + Signed(part.points);
    }
    return parts;
  }

  std::string QualityWhy() const {
    std::string parts = QualityParts();
    if (!IsInstant(explanation_.quality_changes_at)) return parts;
    const std::string value = std::to_string(explanation_.quality_changes_to);
    return Concat({parts, parts.empty() ? "" : "; ", ChangesTo(explanation_.quality_changes_at, value)});
  }

  void RenderView() {
    const state::PublishedView& view = explanation_.view.published;
    Line("score", std::to_string(view.score),
         ChangesTo(explanation_.score_changes_at, std::to_string(explanation_.score_changes_to)));
    Line("tier", definitions_.tiers[view.tier].name,
         ChangesTo(explanation_.tier_changes_at, definitions_.tiers[explanation_.tier_changes_to].name));
    Line("email status", std::string(EmailStatusName(view.email_status)), Why(explanation_.email_status));
    Line("sendable", view.sendable ? "yes" : "no", DisplayableLine(explanation_.withheld));
    for (const view::TopicExplanation& topic : explanation_.topics) {
      Line("topic " + DisplayableLine(definitions_.topics[topic.topic].id), topic.out ? "out" : "in",
           Why(topic.decision));
    }
    Line("stage", std::string(StageName(view.stage)), Why(explanation_.stage));
    Line("status", std::string(explanation_.view.status), "");
    Line("quality", std::to_string(explanation_.view.quality), QualityWhy());
    Line("qualification", std::to_string(explanation_.view.qualification),
         lead_.profile.qualification ? "set by a command" : "the quality");
  }

  std::string Entry(const view::Contribution& part) const {
    if (part.entry == nullptr) return "holds";
    std::string text = FormatRfc3339(part.entry->occurred_at) + "  " + std::string(EventTypeName(part.entry->type));
    if (!part.entry->name().empty()) text += " \"" + DisplayableLine(part.entry->name()) + "\"";
    if (!part.entry->campaign_id().empty()) text += ", campaign " + DisplayableLine(part.entry->campaign_id());
    if (const std::string_view address = view::ReceivedThrough(lead_, *part.entry); !address.empty()) {
      text += ", through " + DisplayableLine(address);
    }
    return text + "  (event " + DisplayableLine(part.entry->event_id()) + ")";
  }

  std::string Fate(const view::Contribution& part) const {
    switch (part.kind) {
      case view::ContributionKind::kCounted:
        return IsInstant(part.changes_at) ? "changes " + FormatRfc3339(part.changes_at) : "";
      case view::ContributionKind::kCutByLimit:
        return "cut by the limit";
      case view::ContributionKind::kExpired:
        return "expired";
      case view::ContributionKind::kBeforeReset:
        return "before the reset of " + FormatRfc3339(explanation_.score.reset_at);
      case view::ContributionKind::kRetracted:
        return "retracted";
    }
    return "";
  }

  void RenderScore() {
    const view::ScoreExplanation& score = explanation_.score;
    text_ += "\nScore " + std::to_string(score.score);
    if (score.excluded) {
      text_ += ": excluded by the rule " + definitions_.exclude->source + "; the contributions add up to " +
               std::to_string(score.sum);
    } else if (score.score != score.sum) {
      text_ += ": the contributions add up to " + std::to_string(score.sum) + ", beyond the bounds";
    }
    text_ += score.contributions.empty() ? ": nothing contributes\n" : "\n";
    size_t rule = SIZE_MAX;
    size_t shown = 0;
    for (const view::Contribution& part : score.contributions) {
      if (++shown > kMaxContributionLines) continue;
      if (part.rule != rule) text_ += "  " + (*definitions_.scoring)[part.rule].description + "\n";
      rule = part.rule;
      text_ += TextLine("    " + PaddedToWidth(Signed(part.points), 6) + Entry(part) + "  " + Fate(part));
    }
    if (shown > kMaxContributionLines) {
      text_ += "    … and " + std::to_string(shown - kMaxContributionLines) + " more; --format json has them all\n";
    }
  }

  void RenderSegments() {
    text_ += explanation_.segments.empty() ? "\nNo segments are defined.\n" : "\nSegments\n";
    for (const bool holds : {true, false}) {
      for (const view::SegmentExplanation& segment : explanation_.segments) {
        if (segment.holds == holds) RenderSegment(segment);
      }
    }
  }

  void RenderSegment(const view::SegmentExplanation& segment) {
    const config::Segment& definition = definitions_.segments[segment.segment];
    text_ += std::string("  ") + (segment.holds ? "in      " : "not in  ") + definition.id;
    if (definition.name != definition.id) text_ += " (" + definition.name + ")";
    text_ += ", " + Changes(segment.changes_at) + "\n";
    for (const view::RuleLine& line : segment.lines) {
      text_ += std::string("          ") + (line.holds ? "true   " : "false  ") +
               std::string(2 * static_cast<size_t>(line.depth), ' ') + line.text + "\n";
    }
  }

  const state::Lead& lead_;
  const config::TenantDefinitions& definitions_;
  const view::Explanation& explanation_;
  std::string text_;
};

struct ExplainOptions {
  std::string state;
  std::string tenant;
  std::string lead;
  std::string at;
  std::string definitions;
  std::string format = "text";
};

Result<std::string> ExplainLead(const ExplainOptions& options, const state::LeadReader& store,
                                const config::Definitions& definitions, std::optional<Instant> wanted) {
  const LeadKey key{options.tenant, options.lead};
  LP_ASSIGN_OR_RETURN(state::Lead lead, query::ReadLead(store, key));
  LP_ASSIGN_OR_RETURN(Instant at, query::AtOrClock(wanted, store, lead, PrintWarning));
  const config::TenantDefinitions& tenant = definitions.For(key.tenant);
  view::ConvertProfile(tenant, &lead.profile);
  const view::Explanation explanation = view::Explain(lead, tenant, at);
  return options.format == "json"
             ? query::ExplanationJson(query::ExplanationMessage(lead, tenant, explanation, at)) + '\n'
             : TextExplanation(lead, tenant, explanation).Render(at);
}

// Warns if the definitions switch by_email on, but those of the state do not: the state then does not know what others'
// events mean for the lead's address.
void WarnIfSwitchedOn(const state::LeadReader& store, const std::string& tenant, const config::Definitions& asked) {
  const auto kept = query::DefinitionsInState(store, [](const std::string&) {});
  if (!kept.ok() || (*kept)->For(tenant).identity_by_email || !asked.For(tenant).identity_by_email) return;
  PrintWarning(
      "--definitions switch `identity.by_email` on, and what was sent for others with the lead's address is not known "
      "before a run, so it does not count here; `leadpulse preview` says whom the switch would move");
}

Result<int> Explain(const ExplainOptions& options) {
  Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return FailUsage(at.status());
  std::shared_ptr<const config::Definitions> definitions;
  if (!options.definitions.empty()) {
    definitions = LoadDefinitionsFile(options.definitions, /*print_warnings=*/false);
    if (definitions == nullptr) return kUsage;
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, PrintWarning));
  if (definitions == nullptr) {
    LP_ASSIGN_OR_RETURN(definitions, query::DefinitionsInState(*store, PrintWarning));
  } else {
    WarnIfSwitchedOn(*store, options.tenant, *definitions);
  }
  LP_ASSIGN_OR_RETURN(std::string text, ExplainLead(options, *store, *definitions, *at));
  return PrintResult(text);
}

}  // namespace

void AddExplainCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [explain, options] = AddSubcommand(program, "explain", "Say why a lead is where it is", Explain, subcommands);
  AddStateToRead(explain, &options->state);
  Add(explain, "--tenant", &options->tenant, "T", "The lead's tenant")->required();
  Add(explain, "--lead", &options->lead, "L", "The lead's id, or the address of one lead, in lower case")->required();
  AddAt(explain, &options->at);
  Add(explain, "--definitions", &options->definitions, "FILE", "Other definitions than those stored in the state");
  AddChoice(explain, "--format", &options->format, "FORMAT", {"text", "json"}, "text or json");
  explain->footer("Example:\n  leadpulse explain --state state --tenant acme --lead ann@example.com");
}

}  // namespace leadpulse::tools
