#include "processor/serve/pages/page_answers.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/page_frame.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

constexpr unsigned int kSeeOther = 303;
constexpr char kHtmlType[] = "text/html; charset=utf-8";

// Returns a version that changes with the files that pages refer to, because browsers keep those files forever.
const std::string& AssetVersion() {
  static const std::string version = [] {
    std::string content;
    for (const std::string_view name :
         {"board.js", "frame.css", "frame.js", "icon.svg", "icons.svg", "import.css", "import.js", "lead.css",
          "list.js", "live.js", "panel.js", "report.css", "report.js", "style.css"})
      content += EmbeddedFile(name).value_or("");
    return access::Base64Url(access::HashOf(content).substr(0, 9));
  }();
  return version;
}

// Returns the tabs of the settings that the user may see.
PageList TabsOf(const PageRequest& request) {
  PageList entries;
  for (const PageRoute& route : PageRoutes()) {
    if (route.tab.empty() || request.user.role < route.least) continue;
    entries.push_back(PageRow{{"path", std::string(route.path.substr(1))},
                              {"label", std::string(route.tab)},
                              {"is_current", route.path == request.path}});
  }
  return entries;
}

}  // namespace

PageData NewPage(const PageRequest& request, std::string_view title, std::string_view shown) {
  PageData data;
  data["title"] = std::string(title);
  data["assets"] = AssetVersion();
  data["form_token"] = request.form_token;
  data["done"] = request.Parameter("done") == "1";
  data["late"] = request.Parameter("done") == "late";
  data["undo"] = TextData(request.Parameter("undo"));
  data["is_logged_in"] = !request.session.empty();
  if (request.session.empty()) return data;
  data["user"] = request.user.who;
  data["initials"] = InitialsOf(request.user.who);
  const std::string name = request.parts->api->NamesFor(request.user)->name;
  data["tenant"] = name.empty() ? request.user.tenant : name;
  data["tenant_id"] = request.user.tenant;
  data["role"] = std::string(access::NameOf(request.user.role));
  data["is_manager"] = request.user.role >= access::Role::kManager;
  data["is_admin"] = request.user.role >= access::Role::kAdmin;
  AddFrame(request, shown.empty() ? request.path : shown, &data);
  return data;
}

PageData NewSettings(const PageRequest& request, std::string_view title) {
  PageData data = NewPage(request, title, "/settings/fields");
  data["tabs"] = TabsOf(request);
  return data;
}

http::Response Page(unsigned int code, std::string_view name, const PageData& data) {
  return {code, RenderPage(name, data), kHtmlType};
}

http::Response Part(std::string_view name, PageData data) {
  data["assets"] = AssetVersion();
  return {http::kOk, RenderPart(name, data), kHtmlType};
}

http::Response Message(unsigned int code, const PageRequest& request, std::string_view title,
                       std::string_view sentence) {
  PageData data = NewPage(request, title);
  data["sentence"] = std::string(sentence);
  return Page(code, "message", data);
}

http::Response DatabaseFailed(const PageRequest& request, const Status& status) {
  LogFailure(status);
  return Message(http::kUnavailable, request, "Try again", "Leadpulse cannot read its data at the moment.");
}

http::Response Redirect(std::string target) {
  LP_ASSERT(target.starts_with('/') && !target.starts_with("//"));
  return {kSeeOther, "", "text/plain; charset=utf-8", {{"Location", std::move(target)}}};
}

void AddFormFields(const PageRequest& request, const std::string& back, PageData* data) {
  (*data)["form_token"] = request.form_token;
  (*data)["form_key"] = access::RandomId();
  (*data)["back"] = back;
}

bool WantsUndo(const PageRequest& request) { return request.Field("part") == "undo"; }

http::Response UndoPart(const PageRequest& request, const std::string& undo, const std::string& place,
                        const std::string& back) {
  PageData data =
      PageRow{{"undo", TextData(undo)}, {"undo_lead", std::string(request.Field("lead"))}, {"undo_place", place}};
  AddFormFields(request, back, &data);
  return Part("undo_button", std::move(data));
}

PageData OptionOf(std::string_view value, std::string_view label, bool selected) {
  return PageRow{{"value", TextData(value)}, {"label", TextData(label)}, {"selected", selected}};
}

void AddTyped(const PageRequest& request, std::span<const std::string_view> names, PageData* data) {
  for (const std::string_view name : names) (*data)[Concat({"typed_", name})] = TextData(request.Field(name));
}

std::string LabelOf(std::string_view name) {
  if (name == "email") return "E-mail";
  if (name == "url") return "URL";
  std::string label(name);
  std::ranges::replace(label, '_', ' ');
  return Capitalized(std::move(label));
}

std::string InitialsOf(std::string_view name) {
  // The bytes of a character of UTF-8 behind the first one begin with the bits 10.
  const auto first_of = [](std::string_view word) {
    size_t end = std::min<size_t>(1, word.size());
    while (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0U) == 0x80U) ++end;
    return word.substr(0, end);
  };
  name = TrimAsciiSpace(name);
  const size_t last = name.rfind(' ');
  return Concat({first_of(name), last == std::string_view::npos ? "" : first_of(name.substr(last + 1))});
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace leadpulse::serve
