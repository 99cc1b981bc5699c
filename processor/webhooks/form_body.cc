#include "processor/webhooks/form_body.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/webhooks/event_collector.h"

namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kFormTypes[] = {"application/x-www-form-urlencoded", "multipart/form-data"};

// Splits `a[b][]` into `a`, `b` and an empty name. The whole name if its brackets do not match.
std::vector<std::string_view> StepsOf(std::string_view name) {
  const size_t first = name.find('[');
  if (first == 0 || first == std::string_view::npos) return {name};
  std::vector<std::string_view> steps = {name.substr(0, first)};
  std::string_view rest = name.substr(first);
  while (!rest.empty()) {
    const size_t end = rest.find(']');
    if (rest.front() != '[' || end == std::string_view::npos) return {name};
    steps.push_back(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
  }
  return steps;
}

// The fields of a form as a tree, with views into them.
class FormTree {
 public:
  explicit FormTree(size_t max_values) : max_values_(max_values) { nodes_.emplace_back(); }

  // Adds a field. Rejected: its name is nested too deep, or there are too many values.
  Status Add(const http::FormField& field) {
    const std::vector<std::string_view> steps = StepsOf(field.name);
    if (steps.size() >= kMaxJsonDepth) {
      return Status::Rejected("it is nested more than " + std::to_string(kMaxJsonDepth) + " deep");
    }
    size_t node = 0;
    for (size_t i = 0; i < steps.size(); ++i) node = ChildOf(node, steps[i], std::span(steps).subspan(i + 1));
    nodes_[node].children.clear();
    nodes_[node].order.clear();
    nodes_[node].values.push_back(field.value);
    if (++values_ + nodes_.size() > max_values_) {
      return Status::Rejected("it holds more values than events of its size could have");
    }
    return Status::Ok();
  }

  void AppendTo(std::string* out) const { Append(0, out); }

 private:
  struct Node {
    std::vector<std::string_view> values;
    std::map<std::string_view, size_t> children;
    std::vector<std::string_view> order;  // the names of the children, as they came
    size_t next_index = 0;
  };

  // Returns the child with that name, which is made if it is missing. `rest`: the names that follow.
  size_t ChildOf(size_t parent, std::string_view name, std::span<const std::string_view> rest) {
    Node& node = nodes_[parent];
    node.values.clear();
    if (name.empty() && parent != 0) name = IndexIn(node, rest);
    const auto [child, is_new] = node.children.try_emplace(name, nodes_.size());
    if (is_new) {
      node.order.push_back(name);
      if (const auto index = ParseInteger<uint32_t>(name)) {
        node.next_index = std::max<size_t>(node.next_index, *index + size_t{1});
      }
      nodes_.emplace_back();
    }
    return child->second;
  }

  // Returns the index that empty brackets mean: the last element's if `rest` begins with a member that it lacks, else
  // the next one.
  std::string_view IndexIn(const Node& node, std::span<const std::string_view> rest) {
    if (!rest.empty() && !rest.front().empty() && node.next_index > 0) {
      const auto last = node.children.find(std::to_string(node.next_index - 1));
      const bool is_group = last != node.children.end() && nodes_[last->second].values.empty();
      if (is_group && !nodes_[last->second].children.contains(rest.front())) return last->first;
    }
    return indexes_.emplace_back(std::to_string(node.next_index));
  }

  static bool IsList(const Node& node) {
    for (size_t i = 0; i < node.children.size(); ++i) {
      if (!node.children.contains(std::to_string(i))) return false;
    }
    return true;
  }

  void Append(size_t index, std::string* out) const {
    const Node& node = nodes_[index];
    if (node.values.size() == 1) return AppendJsonString(node.values.front(), out);
    if (!node.values.empty()) {
      return AppendJsonArray(node.values, out, [out](std::string_view value) { AppendJsonString(value, out); });
    }
    if (index != 0 && IsList(node)) {
      std::vector<size_t> elements;
      for (size_t i = 0; i < node.children.size(); ++i) elements.push_back(node.children.at(std::to_string(i)));
      return AppendJsonArray(elements, out, [this, out](size_t element) { Append(element, out); });
    }
    JsonObject object(out);
    for (const std::string_view name : node.order) Append(node.children.at(name), object.Key(name));
  }

  const size_t max_values_;
  size_t values_ = 0;
  std::deque<Node> nodes_;           // the first is the form; a node stays when another one is added
  std::deque<std::string> indexes_;  // names that came as empty brackets
};

}  // namespace

bool IsForm(const Payload& payload) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view body = TrimAsciiSpace(payload.body);
  if (body.starts_with(kByteOrderMark)) body = TrimAsciiSpace(body.substr(kByteOrderMark.size()));
  if (body.empty() || body.starts_with('{') || body.starts_with('[')) return false;
  const std::string type = AsciiLower(TrimAsciiSpace(payload.content_type));
  for (const std::string_view form : kFormTypes) {
    if (type.starts_with(form)) return true;
  }
  const size_t equals = body.find('=');
  if (body.starts_with("--") || equals == std::string_view::npos) return body.starts_with("--");
  return body.substr(0, equals).find_first_of("{}\"<> \t\r\n") == std::string_view::npos;
}

Result<Json> JsonOfForm(const std::vector<http::FormField>& fields, size_t* values_left) {
  FormTree tree(*values_left);
  for (const http::FormField& field : fields) LP_RETURN_IF_ERROR(tree.Add(field));
  std::string text;
  tree.AppendTo(&text);
  return Json::Parse(text, values_left);
}

Result<Json> ParseBodyOrForm(const Payload& payload, size_t* values_left) {
  if (!IsForm(payload)) return ParseBody(payload, values_left);
  const bool is_multipart = AsciiLower(payload.content_type).find("multipart") != std::string::npos;
  const Result<std::vector<http::FormField>> fields =
      http::ParseForm(payload.body, is_multipart ? payload.content_type : std::string_view());
  Result<Json> form = fields.ok() ? JsonOfForm(*fields, values_left) : Result<Json>(fields.status());
  if (!form.ok()) return Status::Rejected("the form cannot be read: " + form.status().message());
  return form;
}

}  // namespace leadpulse::webhooks
