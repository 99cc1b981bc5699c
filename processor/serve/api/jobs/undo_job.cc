#include "processor/serve/api/jobs/undo_job.h"

#include <optional>
#include <utility>
#include <variant>

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/writes/kept_change.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {

// A lead of a page: what is written for it.
struct UndoSteps::Lead {
  std::string id;
  std::string left;  // why something of it stays; empty: nothing does
  bool withdraws = false;
  std::vector<std::string> commands;  // as lines of input
};

namespace {

constexpr int64_t kUndoneLeadsOfPage = 500;

// How far the job has come.
struct Progress {
  std::string after;  // the last lead of the page that was started last
  int64_t withdrawn = 0, set_back = 0;

  static Result<Progress> Of(const access::Job& job) {
    LP_ASSIGN_OR_RETURN(const Json json, Json::Parse(job.place.empty() ? "{}" : job.place));
    return Progress{std::string(json["after"].text()), StoredNumber(json["withdrawn"].text()),
                    StoredNumber(json["setBack"].text())};
  }
  void StoreIn(access::Job* job) const {
    job->place.clear();
    JsonObject json(&job->place);
    json.Text("after", after);
    json.Number("withdrawn", withdrawn);
    json.Number("setBack", set_back);
  }
  std::string InWords() const {
    const auto leads = [](int64_t count) {
      return GroupDigits(static_cast<uint64_t>(count)) + (count == 1 ? " lead" : " leads");
    };
    return Concat({leads(withdrawn), " withdrawn, ", leads(set_back), " set back"});
  }
};

// Returns the id of a command that takes the change of a lead back: the same whenever the page is written.
std::string IdOfCommand(const access::Job& job, const std::string& lead, size_t number) {
  constexpr size_t kIdBytes = 16;
  const std::string whole = job.tenant + '\0' + job.id + '\0' + std::to_string(job.created.millis) + '\0' + lead +
                            '\0' + std::to_string(number);
  return "undo-" + access::Base64Url(access::HashOf(whole).substr(0, kIdBytes));
}

Result<codec::Record> RecordIn(std::string_view line) {
  codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(line, {});
  if (auto* command = std::get_if<codec::Command>(&decoded)) return codec::Record(std::move(*command));
  return Status::Rejected("a stored command cannot be read");
}

}  // namespace

Result<UndoSteps::Lead> UndoSteps::LookAt(const access::ImportChange& change, const access::Job& job, Instant at) {
  LP_ASSIGN_OR_RETURN(const auto found, FindContact(WholeTenant(job.tenant), change.lead, &run_));
  // An address as an id may be that of another lead.
  const bool is_there = found && found->lead_id() == change.lead;
  LP_ASSIGN_OR_RETURN(const KeptChange kept, KeptChange::Parse(change.change));
  const TakenBack back = kept.TakeBack(is_there ? &found->record() : nullptr);
  Lead lead{change.lead, std::string(back.left), back.withdraws, {}};
  for (const std::string& actions : back.commands) {
    const std::string id = IdOfCommand(job, change.lead, lead.commands.size());
    const bool is_first = lead.commands.empty();
    const codec::Decoded decoded =
        DecodeCommand({job.tenant, change.lead, id, job.who, is_first ? found->version() : "", at}, actions);
    const auto* command = std::get_if<codec::Command>(&decoded);
    if (command == nullptr) {
      lead.left = codec::ReasonName(std::get<codec::Rejection>(decoded).reason);
      continue;
    }
    codec::AppendInputJson(*command, &lead.commands.emplace_back());
  }
  return lead;
}

Status UndoSteps::StartPage(access::Job* job) {
  LP_ASSIGN_OR_RETURN(Progress progress, Progress::Of(*job));
  if (!job->total) {
    LP_ASSIGN_OR_RETURN(job->total, changes_.Count(job->tenant, job->undoes));
  }
  LP_ASSIGN_OR_RETURN(const auto changes, changes_.After(job->tenant, job->undoes, progress.after, kUndoneLeadsOfPage));
  const Instant at = clock_.Now();
  std::vector<std::string> written;
  std::vector<Lead> leads;
  for (const access::ImportChange& change : changes) {
    LP_ASSIGN_OR_RETURN(leads.emplace_back(), LookAt(change, *job, at));
    if (!leads.back().commands.empty()) written.push_back(change.lead);
  }
  JsonObject json(&job->page);
  AppendObjects("leads", leads, &json, [](const Lead& lead, JsonObject* one) {
    one->Text("id", lead.id);
    one->Text("left", lead.left);
    one->Boolean("withdraws", lead.withdraws);
    one->Texts("commands", lead.commands);
  });
  json.Boolean("last", static_cast<int64_t>(changes.size()) < kUndoneLeadsOfPage);
  json.End();
  if (!changes.empty()) progress.after = changes.back().lead;
  progress.StoreIn(job);
  job->state = access::JobState::kRunning;
  return jobs_.StartPage(*job, "import.undo", written, at);
}

Result<bool> UndoSteps::IsGone(const std::string& tenant, const std::string& lead) {
  LP_ASSIGN_OR_RETURN(const auto found, FindContact(WholeTenant(tenant), lead, &run_));
  return !found || found->lead_id() != lead;
}

Status UndoSteps::Count(const std::vector<Lead>& leads, const std::vector<std::string>& reasons, access::Job* job) {
  LP_ASSIGN_OR_RETURN(Progress progress, Progress::Of(*job));
  std::vector<std::string> done;
  std::vector<access::ImportChange> left;
  size_t next = 0;
  for (const Lead& lead : leads) {
    std::string why = lead.left;
    bool is_written = false;
    for (size_t i = 0; i < lead.commands.size(); ++i, ++next) {
      bool is_refused = !reasons[next].empty();
      if (is_refused && lead.withdraws) {
        LP_ASSIGN_OR_RETURN(const bool is_gone, IsGone(job->tenant, lead.id));
        is_refused = !is_gone;
      }
      // The lead has another version than a moment ago.
      if (is_refused) why = reasons[next] == "conflict" ? std::string(kChangedSince) : reasons[next];
      is_written = is_written || !is_refused;
    }
    if (is_written) ++(lead.withdraws ? progress.withdrawn : progress.set_back);
    if (why.empty()) {
      done.push_back(lead.id);
      continue;
    }
    CountWrong(why, job);
    left.push_back({lead.id, "", why});
  }
  LP_RETURN_IF_ERROR(changes_.Settle(job->tenant, job->undoes, done, left));
  progress.StoreIn(job);
  job->done += static_cast<int64_t>(leads.size());
  job->detail = progress.InWords();
  return Status::Ok();
}

Result<bool> UndoSteps::Step(access::Job* job) {
  if (job->page.empty()) LP_RETURN_IF_ERROR(StartPage(job));
  LP_ASSIGN_OR_RETURN(const Json page, Json::Parse(job->page));
  std::vector<Lead> leads;
  std::vector<codec::Record> records;
  for (const Json& stored : page["leads"].elements()) {
    Lead& lead = leads.emplace_back();
    lead.id = stored["id"].text();
    lead.left = stored["left"].text();
    lead.withdraws = stored["withdraws"].truth();
    for (const Json& line : stored["commands"].elements()) {
      LP_ASSIGN_OR_RETURN(records.emplace_back(), RecordIn(line.text()));
      lead.commands.emplace_back(line.text());
    }
  }
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> reasons, writer_.Write(job->tenant + '\0' + job->id, records));
  LP_RETURN_IF_ERROR(Count(leads, reasons, job));
  job->page.clear();
  return page["last"].truth();
}

}  // namespace leadpulse::serve
