// The settings as forms, each with what it would change before it is saved.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/text.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/settings_form.h"
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {
namespace {

using config::TenantDefinitions;

// What the form would do, in sentences, each with the leads that it is about.
class Effects {
 public:
  explicit Effects(const PageRequest& request) : request_(request) {}

  // Adds the sentence around the number of leads for which the rule holds. `after_one` follows `1 lead`.
  void Add(const std::string& before, const std::string& rule, const std::string& after = "",
           const std::string& after_one = "") {
    const std::string count = CountIn(AskForCount(rule, request_).message);
    effects_.push_back(
        PageRow{{"before", before},
                {"leads", count.empty() ? "some leads" : ShownNumbers::For(request_).Counted(count, "lead")},
                {"query", QueryOf({{"where", rule}})},
                {"after", count == "1" ? after_one : after}});
  }
  const PageList& all() const { return effects_; }

 private:
  const PageRequest& request_;
  PageList effects_;
};

void AddTiers(const TenantDefinitions& before, const TenantDefinitions& after, Effects* effects) {
  const auto is_same = [](const config::Tier& a, const config::Tier& b) {
    return a.name == b.name && a.at_least == b.at_least;
  };
  if (std::ranges::equal(before.tiers, after.tiers, is_same)) return;
  std::string below;
  for (const config::Tier& tier : after.tiers) {
    std::string rule = tier.at_least ? "score >= " + std::to_string(*tier.at_least) : "";
    if (!below.empty()) rule += Concat({rule.empty() ? "" : " AND ", "score < ", below});
    effects->Add(Concat({"“", tier.name, "” will have "}), rule);
    if (tier.at_least) below = std::to_string(*tier.at_least);
  }
}

// Returns the leads that the scoring rule is about.
std::string RuleAbout(const config::ScoringRule& rule) {
  return rule.when ? rule.when->source : "DID " + rules::PrintStep(*rule.step);
}

void AddScoring(const TenantDefinitions& before, const TenantDefinitions& after, Effects* effects) {
  const auto missing = [&](const TenantDefinitions& of, const TenantDefinitions& in, std::string_view what) {
    for (const config::ScoringRule& rule : *of.scoring) {
      const bool is_there =
          std::ranges::find(*in.scoring, rule.description, &config::ScoringRule::description) != in.scoring->end();
      if (!is_there) effects->Add(Concat({what, " “", rule.description, "”: about "}), RuleAbout(rule));
    }
  };
  missing(after, before, "New:");
  missing(before, after, "No longer:");
}

void AddFields(const TenantDefinitions& before, const TenantDefinitions& after, Effects* effects) {
  for (const auto& [name, type] : before.fields) {
    const auto now = after.fields.find(name);
    const std::string rule = Concat({"`", name, "` IS SET"});
    if (now == after.fields.end()) {
      effects->Add(Concat({"“", name, "” is not declared any more: "}), rule, " have it, and keep its value",
                   " has it, and keeps its value");
    } else if (now->second != type) {
      effects->Add(Concat({"“", name, "” is read as ", FieldTypeName(now->second), ": "}), rule, " have it", " has it");
    }
  }
}

void AddMail(const TenantDefinitions& before, const TenantDefinitions& after, Effects* effects) {
  for (const config::DeclaredTopic& topic : before.topics) {
    const bool is_there = std::ranges::find(after.topics, topic.id, &config::DeclaredTopic::id) != after.topics.end();
    if (is_there) continue;
    effects->Add(Concat({"The topic “", topic.name, "” goes: "}),
                 Concat({"NOT SENDABLE FOR ", rules::QuoteString(topic.id), " AND sendable = true"}),
                 " left it, and get no mail at all then", " left it, and gets no mail at all then");
  }
  const auto missing = [&](const TenantDefinitions& of, const TenantDefinitions& in, const std::string& then,
                           const std::string& then_one) {
    const std::vector<std::string> others = in.suppressed_domains.Entries();
    for (const std::string& domain : of.suppressed_domains.Entries()) {
      if (std::ranges::find(others, domain) != others.end()) continue;
      const std::string end = domain.starts_with('*') ? domain.substr(1) : "@" + domain;
      effects->Add(Concat({domain, ": "}), "email ENDS WITH " + rules::QuoteString(end), then, then_one);
    }
  };
  const std::string again = " may be mailed again, unless they opted out";
  missing(after, before, " get no mail any more", " gets no mail any more");
  missing(before, after, again, again);
}

void AddSteps(const TenantDefinitions& before, const TenantDefinitions& after, Effects* effects) {
  const auto is_in = [](EventTypes types, EventType wanted) {
    return std::ranges::any_of(types, [wanted](EventType type) { return type == wanted; });
  };
  for (const EventType type : after.lifecycle.engaged_on) {
    if (is_in(before.lifecycle.engaged_on, type)) continue;
    rules::Step step;
    step.type = type;
    effects->Add("", Concat({"DID ", rules::PrintStep(step), " AND stage IN (\"new\", \"contacted\")"}),
                 Concat({" become engaged, by ", LabelOf(EventTypeName(type))}),
                 Concat({" becomes engaged, by ", LabelOf(EventTypeName(type))}));
  }
  const auto& at = after.lifecycle.auto_qualify_at;
  if (at && at != before.lifecycle.auto_qualify_at) {
    effects->Add("",
                 Concat({"qualification >= ", std::to_string(*at),
                         " AND stage IN (\"new\", \"contacted\", \"engaged\", \"qualifying\")"}),
                 " have the qualification that makes a lead qualified",
                 " has the qualification that makes a lead qualified");
  }
}

PageList EffectsOf(const TenantDefinitions& before, const TenantDefinitions& after, const PageRequest& request) {
  Effects effects(request);
  AddFields(before, after, &effects);
  AddScoring(before, after, &effects);
  AddTiers(before, after, &effects);
  AddSteps(before, after, &effects);
  AddMail(before, after, &effects);
  return effects.all();
}

http::Response Shown(const SettingsPage& page, const SettingsForm& form, std::string_view version, unsigned int code,
                     PageData data) {
  data["version"] = TextData(version);
  data["path"] = std::string(page.path.substr(1));
  page.show(form, &data);
  return Page(code, page.name, data);
}

// The definitions that are there, and those that the form makes of them.
struct Edited {
  std::string version;
  std::string text;
  std::shared_ptr<const config::Definitions> before;
};

std::variant<Edited, http::Response> ReadThere(const PageRequest& request, std::string_view title) {
  LP_ASSIGN_OR_ANSWER(
      const Json there,
      JsonOrPage({.action = "definitions.get", .parameters = {{"tenant", request.user.tenant}}}, request, title));
  Edited edited{std::string(there["version"].text()), std::string(there["text"].text()), nullptr};
  edited.before = config::LoadDefinitions(edited.text).definitions;
  if (edited.before != nullptr) return edited;
  return Message(http::kConflict, request, title, "The definitions have errors. Correct them under Advanced.");
}

}  // namespace

http::Response ShowSettings(const PageRequest& request) {
  const SettingsPage& page = SettingsPageAt(request.path);
  LP_ASSIGN_OR_ANSWER(const Edited there, ReadThere(request, page.title));
  const TenantDefinitions& tenant = there.before->For(request.user.tenant);
  return Shown(page, page.of_definitions(tenant), there.version, http::kOk, NewSettings(request, page.title));
}

http::Response SaveSettings(const PageRequest& request) {
  const SettingsPage& page = SettingsPageAt(request.path);
  LP_ASSIGN_OR_ANSWER(const Edited there, ReadThere(request, page.title));
  const SettingsForm form = page.in_request(request);
  PageData data = NewSettings(request, page.title);
  data["done"] = false;
  if (request.Field("version") != there.version) {
    data["problem"] =
        "Somebody else has changed the settings meanwhile. Nothing is saved yet: look at what you entered, and save "
        "again.";
    return Shown(page, form, there.version, http::kPreconditionFailed, std::move(data));
  }
  const auto refuse = [&](const PageList& errors) {
    data["problem"] = "Nothing is saved yet:";
    AddList("errors", errors, &data);
    return Shown(page, form, there.version, http::kUnprocessableContent, std::move(data));
  };
  if (!form.problems.empty()) {
    PageList errors;
    for (const std::string& problem : form.problems) errors.push_back(PageRow{{"message", problem}});
    return refuse(errors);
  }
  const auto text = config::WithKeys(there.text, request.user.tenant, page.keys(form));
  if (!text.ok()) {
    data["problem"] = "The definitions have comments where this form would write. Change them under Advanced.";
    return Shown(page, form, there.version, http::kConflict, std::move(data));
  }
  const config::LoadedDefinitions after = config::LoadDefinitions(*text);
  if (after.definitions == nullptr) {
    PageList errors;
    for (const auto& error : after.errors) errors.push_back(PageRow{{"message", error.message}});
    return refuse(errors);
  }
  const std::string& tenant = request.user.tenant;
  const std::vector<std::string> warnings = config::NewWarnings(tenant, config::LoadDefinitions(there.text), after);
  const std::string warned = Join(warnings, " ");
  const bool has_seen_warnings = request.Field("warned") == warned;
  if (request.Field("what") != "save" || !has_seen_warnings) {
    data["warned"] = TextData(warned);
    AddList("warnings", ListOf(warnings, [](const std::string& one) { return PageRow{{"warning", one}}; }), &data);
    AddList("effects", EffectsOf(there.before->For(tenant), after.definitions->For(tenant), request), &data);
    data["is_tried"] = true;
    data["is_same"] = *text == there.text;
    return Shown(page, form, there.version, http::kOk, std::move(data));
  }
  const ApiReply reply = CallApi({.action = "definitions.put",
                                  .parameters = {{"tenant", request.user.tenant}},
                                  .body = BodyOfTexts({{"text", *text}}),
                                  .if_match = Concat({"\"", there.version, "\""})},
                                 request);
  if (reply.is_done()) return Redirect(Concat({page.path, "?done=1"}));
  data["problem"] = reply.sentence();
  return Shown(page, form, there.version, reply.code, std::move(data));
}

}  // namespace leadpulse::serve
