#include "processor/serve/pages/page_answers.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/embedded_files.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

constexpr char kHtmlType[] = "text/html; charset=utf-8";

// Changes with the files that pages refer to, because browsers keep those files for ever.
const std::string& AssetVersion() {
  static const std::string version = [] {
    std::string content;
    for (const std::string_view name : {"board.js", "icon.svg", "live.js", "style.css"})
      content += EmbeddedFile(name).value_or("");
    return access::Base64Url(access::HashOf(content).substr(0, 9));
  }();
  return version;
}

}  // namespace

PageData NewPage(const PageRequest& request, std::string_view title, std::string_view shown) {
  PageData data;
  data["title"] = PageData(std::string(title));
  data["assets"] = PageData(AssetVersion());
  data["form_token"] = PageData(request.form_token);
  data["done"] = PageData(request.Parameter("done") == "1");
  data["late"] = PageData(request.Parameter("done") == "late");
  data["is_logged_in"] = PageData(!request.session.empty());
  if (request.session.empty()) return data;
  data["user"] = PageData(request.user.who);
  data["tenant"] = PageData(request.user.tenant);
  data["role"] = PageData(std::string(access::NameOf(request.user.role)));
  data["is_manager"] = PageData(request.user.role >= access::Role::kManager);
  data["is_admin"] = PageData(request.user.role >= access::Role::kAdmin);
  kainjow::mustache::list navigation;
  for (const PageRoute& route : PageRoutes()) {
    if (route.navigation.empty() || request.user.role < route.least) continue;
    PageData entry;
    entry["path"] = PageData(std::string(route.path.substr(1)));
    entry["label"] = PageData(std::string(route.navigation));
    entry["is_current"] = PageData(route.path == (shown.empty() ? request.path : shown));
    navigation.push_back(std::move(entry));
  }
  data["navigation"] = PageData(navigation);
  return data;
}

PageData NewSettings(const PageRequest& request, std::string_view title) {
  PageData data = NewPage(request, title, "/settings");
  struct Tab {
    const char* path;
    const char* label;
    access::Role least = access::Role::kAdmin;
  };
  kainjow::mustache::list tabs;
  for (const Tab& each :
       {Tab{"settings", "Definitions"}, Tab{"settings/users", "Users"}, Tab{"settings/tokens", "API tokens"},
        Tab{"settings/audit", "Audit log"}, Tab{"settings/tenants", "Tenants", access::Role::kOperator}}) {
    if (request.user.role < each.least) continue;
    PageData tab;
    tab["path"] = PageData(std::string(each.path));
    tab["label"] = PageData(std::string(each.label));
    tab["is_current"] = PageData(request.path.substr(1) == each.path);
    tabs.push_back(std::move(tab));
  }
  data["tabs"] = PageData(tabs);
  return data;
}

http::Answer Page(unsigned int code, std::string_view name, const PageData& data) {
  return {code, RenderPage(name, data), kHtmlType};
}

http::Answer Part(std::string_view name, const PageData& data) {
  return {http::kOk, RenderPart(name, data), kHtmlType};
}

http::Answer Message(unsigned int code, const PageRequest& request, std::string_view title, std::string_view sentence) {
  PageData data = NewPage(request, title);
  data["sentence"] = PageData(std::string(sentence));
  return Page(code, "message", data);
}

http::Answer DatabaseFailed(const PageRequest& request, const Status& status) {
  LogFailure(status);
  return Message(http::kUnavailable, request, "Try again", "Leadpulse cannot read its data at the moment.");
}

http::Answer Redirect(std::string target) {
  LP_ASSERT(target.starts_with('/') && !target.starts_with("//"));
  return {kSeeOther, "", "text/plain; charset=utf-8", {{"Location", std::move(target)}}};
}

std::string NewFormKey() { return access::RandomId(); }

PageData OptionOf(std::string_view value, std::string_view label, bool selected) {
  PageData option;
  option["value"] = TextData(value);
  option["label"] = TextData(label);
  option["selected"] = PageData(selected);
  return option;
}

void AddTyped(const PageRequest& request, std::span<const std::string_view> names, PageData* data) {
  for (const std::string_view name : names) (*data)[Concat({"typed_", name})] = TextData(request.Field(name));
}

std::string Counted(std::string_view number, std::string_view thing) {
  return Concat({GroupDigits(number), " ", thing, number == "1" ? "" : "s"});
}

std::string LabelOf(std::string_view name) {
  if (name == "email") return "E-mail";
  std::string label(name);
  std::ranges::replace(label, '_', ' ');
  return Capitalized(std::move(label));
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace leadpulse::serve
