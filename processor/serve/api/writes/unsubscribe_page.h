// The pages that a person sees behind an unsubscribe link. No script, and about 2 KB, because mail programs open them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

// The fields of the forms, which post to the link itself.
namespace unsubscribe_field {
inline constexpr std::string_view kEverything = "everything";  // `1`: out of everything
inline constexpr std::string_view kTopic = "topic";            // its id: out of it
inline constexpr std::string_view kSave = "save";              // `1`: the switches count
inline constexpr std::string_view kShown = "shown";            // of each switch: the id of its topic
inline constexpr std::string_view kOn = "on";                  // of each switch that is on
inline constexpr std::string_view kUndo = "undo";              // a token: what it names did not happen
inline constexpr std::string_view kKey = "key";                // of the page, so that a form sent twice counts once
}  // namespace unsubscribe_field

// Finds a topic, without case; nullptr if the definitions do not declare it.
const v1::OptOut::Topic* FindTopic(std::string_view topic, const v1::OptOut& known);
// Returns the name of a topic for people; its id if that is not declared, or `known` is not.
std::string NameOf(const std::string& topic, const std::optional<v1::OptOut>& known);
// Whether a person is out of a topic, or of everything; `topic` empty: of everything.
bool IsOut(const std::string& topic, const v1::OptOut& known);

// What the page of a link is about.
struct ChoicePageOptions {
  std::string topic;    // of the link; empty: everything
  std::string address;  // that got the mail, whose middle the page hides; empty: unknown
  std::string key;      // unlike that of any other page
};
// Renders the page of a link. `known`: of the person; nullopt: no run answered.
http::Response ChoicePage(const ChoicePageOptions& options, const std::optional<v1::OptOut>& known);
// Renders the answer to a form: `what` was done. `undo`: the token of a button that takes it back; empty: no button.
http::Response DonePage(std::string_view title, std::string_view what, const std::optional<v1::OptOut>& known,
                        std::string_view undo);
// Renders a sentence, for what failed.
http::Response SentencePage(unsigned int code, std::string_view title, std::string_view sentence);

}  // namespace leadpulse::serve
