#include "processor/serve/pages/page_frame.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/api/dispatch/lead_api.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/session_cookie.h"
#include "processor/serve/pages/login_pages.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kLeads = "/leads", kFolded = "folded", kArchived = "archived";
constexpr auto kThemes = std::to_array<std::string_view>({"light", "dark"});

// The look, as its cookie has it: `dark`, `dark.folded`, `.folded.archived`.
struct Look {
  std::string_view theme;       // one of kThemes; empty: that of the system
  bool is_folded = false;       // the rail shows icons only
  bool shows_archived = false;  // the board has a column of archived leads
};

Look LookOf(std::string_view cookie) {
  const std::string_view theme = cookie.substr(0, cookie.find('.'));
  const bool is_known = std::ranges::find(kThemes, theme) != kThemes.end();
  const auto has = [parts = Concat({cookie, "."})](std::string_view part) {
    return parts.find(Concat({".", part, "."})) != std::string::npos;
  };
  return {is_known ? theme : std::string_view(), has(kFolded), has(kArchived)};
}

std::string CookieOf(const Look& look) {
  return Concat({LookOf(look.theme).theme, look.is_folded ? "." : "", look.is_folded ? kFolded : "",
                 look.shows_archived ? "." : "", look.shows_archived ? kArchived : ""});
}

PageRow PlaceOf(std::string_view label, std::string_view icon, std::string_view path, bool is_current) {
  return {{"label", std::string(label)},
          {"icon", std::string(icon)},
          {"path", std::string(path.substr(1))},
          {"is_current", is_current}};
}

// Returns the search of the page of leads as the query string of a view has it.
std::string SearchOf(const PageRequest& request) {
  return QueryOf(FieldsNamed(request.parameters, {"query", "where"}));
}

// Adds the searches that everybody has: my leads, all leads, those that are due.
void AddLeadPlaces(const PageRequest& request, bool is_shown, PageList* places, PageList* views) {
  bool is_other = false;  // a saved view is shown, or one of the places below
  const std::string search = SearchOf(request);
  const auto is_current = [&](const std::string& query) {
    const bool is = is_shown && search == query;
    is_other |= is;
    return is;
  };
  const auto saved = request.parts->views->Views(request.user);
  if (!saved.ok()) LogFailure(saved.status());
  for (const access::SavedView& view : saved.ok() ? *saved : std::vector<access::SavedView>()) {
    const auto fields = FieldsIn(view.query, kQueryType);
    const bool shows = fields && is_current(QueryOf(FieldsNamed(*fields, {"query", "where"})));
    views->push_back(PageRow{{"view_id", std::to_string(view.id)},
                             {"view_title", view.title},
                             {"query", view.query},
                             {"is_shared", view.is_shared},
                             {"may_be_removed", view.may_be_removed},
                             {"is_current", shows && !search.empty()}});
  }
  if (!request.user.agent_id.empty()) {
    const std::string mine = QueryOf({{"where", Concat({"agent IS ", rules::QuoteString(request.user.agent_id)})}});
    places->push_back(PlaceOf("My leads", "person", Concat({kLeads, "?", mine}), is_current(mine)));
  }
  const std::string due = QueryOf({{"where", kDueRule}});
  PageRow due_place = PlaceOf("Due today", "due", Concat({kLeads, "?", due, "&sort=follow_up_on"}), is_current(due));
  const std::string number = request.parts->numbers->Of(request.user).due;
  due_place["number"] = TextData(number == "0" ? "" : ShownNumbers::For(request).Of(number));
  places->push_back(PlaceOf("All leads", "leads", kLeads, is_shown && (search.empty() || !is_other)));
  places->push_back(due_place);
}

}  // namespace

void AddFrame(const PageRequest& request, std::string_view shown, PageData* data) {
  PageList places, views;
  AddLeadPlaces(request, shown == kLeads, &places, &views);
  for (const PageRoute& route : PageRoutes()) {
    if (route.navigation.empty() || request.user.role < route.least) continue;
    places.push_back(PlaceOf(route.navigation, route.icon, route.path, route.path == shown));
  }
  (*data)["places"] = places;
  AddList("views", views, data);
  AddBell(request, data);
  (*data)["is_stopped"] = request.parts->api->run_is_stopped();
  const Look look = LookOf(request.look);
  (*data)["is_folded"] = look.is_folded;
  (*data)["theme"] = TextData(look.theme);
  (*data)["themes"] = ListOf(std::to_array<std::string_view>({"light", "dark", "system"}), [&look](auto name) {
    return PageRow{{"value", std::string(name)},
                   {"label", Capitalized(std::string(name))},
                   {"is_chosen", name == (look.theme.empty() ? "system" : look.theme)}};
  });
  (*data)["here"] = request.method == "GET" ? Concat({request.path, request.query.empty() ? "" : "?", request.query})
                                            : std::string(shown);
}

bool ShowsArchived(const PageRequest& request) { return LookOf(request.look).shows_archived; }

http::Response SetLook(const PageRequest& request) {
  Look look = LookOf(request.look);
  if (request.Has("theme")) look.theme = request.Field("theme");
  if (request.Has("rail")) look.is_folded = request.Field("rail") == kFolded;
  if (request.Has("archived")) look.shows_archived = request.Field("archived") != kFolded;
  http::Response response = Redirect(PageAfter(request.Field("here")));
  response.headers.emplace_back("Set-Cookie", LookCookie(CookieOf(look), request.parts->is_secure));
  return response;
}

}  // namespace leadpulse::serve
