// The bell: what happened to the leads of the user, and its jobs that are over.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_frame.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

using access::Notice;
using access::NoticeKind;

constexpr std::string_view kBell = "/bell";

std::string_view IconOf(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kHot:
      return "hot";
    case NoticeKind::kReplied:
      return "mail";
    case NoticeKind::kDue:
      return "due";
    case NoticeKind::kJobOver:
      return "check";
    default:
      return "assign";
  }
}

// Returns what is said of the lead or, for notices about none, everything.
std::string TextOf(const Notice& notice, const ShownTimes& times, const ShownNumbers& numbers) {
  switch (notice.kind) {
    case NoticeKind::kHot:
      return "became hot";
    case NoticeKind::kReplied:
      return "replied";
    case NoticeKind::kAssigned:
      return "was assigned to you";
    case NoticeKind::kDue: {
      const PageData day = times.OfDay(notice.mark);
      const auto parsed = ParseDay(notice.mark);
      return Concat({parsed && *parsed < times.today() ? "was" : "is", " to be followed up ",
                     day.get("text") != nullptr ? day.get("text")->string_value() : ""});
    }
    case NoticeKind::kJobOver:
      return "A job that you started is over";
    default:
      return Concat({numbers.Counted(notice.mark, "lead"), " were assigned to you"});
  }
}

// Returns the page that a notice leads to.
std::string TargetOf(const Notice& notice, const PageRequest& request) {
  if (notice.kind == NoticeKind::kJobOver) return "/jobs";
  if (!notice.lead.empty()) return "/leads?" + QueryOf({{"lead", notice.lead}});
  return "/leads?" + QueryOf({{"where", "agent IS " + rules::QuoteString(request.user.agent_id)}});
}

// Returns the names of the leads among the notices that the user sees now.
std::variant<LeadNames, http::Response> NamesOf(const std::vector<Notice>& notices, const PageRequest& request) {
  std::set<std::string> leads;
  for (const Notice& notice : notices) {
    if (!notice.lead.empty()) leads.insert(notice.lead);
  }
  return NamesOfLeads(leads, request, "Notices");
}

}  // namespace

void AddBell(const PageRequest& request, PageData* data) {
  const auto unread = request.parts->notices->CountUnread(request.user);
  if (!unread.ok()) LogFailure(unread.status());
  (*data)["unread"] = TextData(unread.ok() && *unread > 0 ? std::to_string(*unread) : "");
}

http::Response ShowBell(const PageRequest& request) {
  if (request.Parameter("part") == "1") {
    PageData data;
    AddBell(request, &data);
    return Part("bell_link", data);
  }
  const auto notices = request.parts->notices->Notices(request.user);
  if (!notices.ok()) return DatabaseFailed(request, notices.status());
  LP_ASSIGN_OR_ANSWER(const auto names, NamesOf(*notices, request));
  PageData data = NewPage(request, "Notices");
  const ShownTimes times = ShownTimes::For(request);
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageList shown;
  for (const Notice& notice : *notices) {
    const auto name = names.find(notice.lead);
    // The user does not see the lead any more.
    if (!notice.lead.empty() && name == names.end()) continue;
    PageData entry = PageRow{{"notice", std::to_string(notice.id)},
                             {"icon", std::string(IconOf(notice.kind))},
                             {"text", TextOf(notice, times, numbers)},
                             {"is_read", notice.is_read}};
    entry["lead_name"] = TextData(name == names.end() ? "" : name->second);
    // A day to follow up has no time of its own.
    if (notice.kind != NoticeKind::kDue) {
      entry["at_text"] = times.TextOf(notice.at);
      entry["at_full"] = times.FullTextOf(notice.at);
    }
    shown.push_back(std::move(entry));
  }
  AddList("notices", shown, &data);
  data["newest"] = notices->empty() ? "0" : std::to_string(std::ranges::max(*notices, {}, &Notice::id).id);
  data["is_agent"] = !request.user.agent_id.empty();
  return Page(http::kOk, "bell", data);
}

http::Response ReadNotices(const PageRequest& request) {
  access::NoticeStore& store = *request.parts->notices;
  if (const auto up_to = ParseInteger<int64_t>(request.Field("up_to"))) {
    const Status marked = store.MarkRead(request.user, *up_to);
    return marked.ok() ? Redirect(std::string(kBell)) : DatabaseFailed(request, marked);
  }
  const auto id = ParseInteger<int64_t>(request.Field("notice"));
  const auto notices = store.Notices(request.user);
  if (!notices.ok()) return DatabaseFailed(request, notices.status());
  for (const Notice& notice : *notices) {
    if (id != notice.id) continue;
    const Status marked = store.MarkOneRead(request.user, notice.id);
    return marked.ok() ? Redirect(TargetOf(notice, request)) : DatabaseFailed(request, marked);
  }
  return Redirect(std::string(kBell));
}

}  // namespace leadpulse::serve
