#include "processor/serve/api/writes/unsubscribe_page.h"

#include <algorithm>

#include "processor/base/displayable.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/html_page.h"

namespace leadpulse::serve {
namespace {

namespace field = unsubscribe_field;

std::string Hidden(std::string_view name, std::string_view value) {
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + EscapeHtml(value) + "\">";
}

// Renders a form with one button. It posts to the page's own address. `fields`: markup of further fields.
std::string Button(std::string_view name, std::string_view value, std::string_view label, std::string_view fields) {
  return "<form method=\"post\">" + Hidden(name, value) + std::string(fields) + "<button>" + EscapeHtml(label) +
         "</button></form>\n";
}

// Returns `a\u2022\u2022\u2022@example.com`: who has the mail knows it, who looks over a shoulder does not.
std::string WithHiddenMiddle(std::string_view address) {
  const size_t at = address.rfind('@');
  if (at == std::string_view::npos) return {};
  const auto is_continuation = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; };
  const auto second = std::find_if_not(address.begin() + 1, address.end(), is_continuation);
  const std::string_view first = address.substr(0, static_cast<size_t>(second - address.begin()));
  return std::string(first) + "\u2022\u2022\u2022" + std::string(address.substr(at));
}

// Renders who sends the mail. The colour is an attribute, because the policy of the page allows no style of its own.
std::string Sender(const std::optional<v1::OptOut>& known) {
  if (!known) return {};
  std::string html;
  if (!known->brand_color().empty()) {
    html = "<svg width=\"48\" height=\"6\" aria-hidden=\"true\"><rect width=\"48\" height=\"6\" rx=\"3\" fill=\"" +
           EscapeHtml(known->brand_color()) + "\"/></svg>\n";
  }
  const std::string& name = known->brand_text().empty() ? known->sender() : known->brand_text();
  if (!name.empty()) html += "<p><strong>" + EscapeHtml(name) + "</strong></p>\n";
  return html;
}

http::Response PageOf(unsigned int code, std::string_view title, const std::string& content,
                      const std::optional<v1::OptOut>& known) {
  return HtmlPage(code, title, content, Sender(known));
}

std::string Switches(const v1::OptOut& known, std::string_view key) {
  std::string html =
      "<form method=\"post\">" + std::string(key) + "\n<fieldset><legend>Or choose what you get</legend>\n";
  for (const v1::OptOut::Topic& topic : known.topics()) {
    html += "<label><input type=\"checkbox\" name=\"" + std::string(field::kOn) + "\" value=\"" +
            EscapeHtml(topic.id()) + "\"" + (topic.out() ? "" : " checked") + "> " + EscapeHtml(topic.name()) +
            "</label>" + Hidden(field::kShown, topic.id()) + "\n";
  }
  return html + "</fieldset>\n<button class=\"quiet\" name=\"" + std::string(field::kSave) +
         "\" value=\"1\">Save</button></form>\n";
}

}  // namespace

const v1::OptOut::Topic* FindTopic(std::string_view topic, const v1::OptOut& known) {
  const auto found = std::ranges::find_if(
      known.topics(), [&](const v1::OptOut::Topic& declared) { return FoldCase(declared.id()) == FoldCase(topic); });
  return found == known.topics().end() ? nullptr : &*found;
}

std::string NameOf(const std::string& topic, const std::optional<v1::OptOut>& known) {
  const v1::OptOut::Topic* declared = known ? FindTopic(topic, *known) : nullptr;
  return declared == nullptr ? topic : declared->name();
}

bool IsOut(const std::string& topic, const v1::OptOut& known) {
  const v1::OptOut::Topic* declared = FindTopic(topic, known);
  return known.out() || (declared != nullptr && declared->out());
}

http::Response ChoicePage(const ChoicePageOptions& options, const std::optional<v1::OptOut>& known) {
  std::string html;
  if (const std::string shown = WithHiddenMiddle(options.address); !shown.empty()) {
    html += "<p>Mail to <strong>" + EscapeHtml(shown) + "</strong></p>\n";
  }
  if (known && known->out()) {
    return PageOf(http::kOk, "Unsubscribe", html + "<p>You are unsubscribed from everything.</p>\n", known);
  }
  const std::string key = Hidden(field::kKey, options.key);
  if (!options.topic.empty() && !(known && IsOut(options.topic, *known))) {
    html += Button(field::kTopic, options.topic, "Unsubscribe from " + NameOf(options.topic, known), key);
  }
  html += Button(field::kEverything, "1", "Unsubscribe from everything", key);
  if (known && !known->topics().empty()) html += Switches(*known, key);
  return PageOf(http::kOk, "Unsubscribe", html, known);
}

http::Response DonePage(std::string_view title, std::string_view what, const std::optional<v1::OptOut>& known,
                        std::string_view undo) {
  std::string html = "<p>" + EscapeHtml(what) + "</p>\n";
  if (!undo.empty()) html += Button(field::kUndo, undo, "I did not mean to", "");
  return PageOf(http::kOk, title, html, known);
}

http::Response SentencePage(unsigned int code, std::string_view title, std::string_view sentence) {
  return PageOf(code, title, "<p>" + EscapeHtml(sentence) + "</p>\n", std::nullopt);
}

}  // namespace leadpulse::serve
