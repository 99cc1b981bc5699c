#include "tools/report/html_text.h"

#include <algorithm>
#include <cstdio>

#include "processor/base/displayable.h"
#include "processor/base/text.h"

namespace leadpulse::report {

std::string Html(std::string_view text) { return EscapeHtml(DisplayableLine(text)); }

std::string Px(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::string Paragraph(std::string_view text, std::string_view css_class) {
  const std::string attribute = css_class.empty() ? "" : " class=\"" + std::string(css_class) + "\"";
  return "<p" + attribute + ">" + Html(text) + "</p>\n";
}

std::string Table(const HtmlTable& table) {
  std::string out = "<div class=\"scroll\"><table><caption>" + Html(table.caption) + "</caption>\n<thead><tr>";
  for (const std::string& head : table.heads) out += "<th scope=\"col\">" + head + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr><th scope=\"row\">" + row.front() + "</th>";
    for (size_t i = 1; i < row.size(); ++i) out += "<td>" + row[i] + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string TableBehind(const HtmlTable& table) {
  return "<details><summary>Numbers</summary>\n" + Table(table) + "</details>\n";
}

std::string CellBar(uint64_t part, uint64_t whole) {
  const double share = std::min(Ratio(part, whole).value_or(0), 1.0);
  return "<span class=\"track\" aria-hidden=\"true\"><span class=\"bar\" style=\"width:" + Px(share * 100) +
         "%\"></span></span>";
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  AppendParts({"<svg viewBox=\"0 0 ", Px(width), " ", Px(height), "\" role=\"img\" aria-label=\"", Html(title),
               "\">\n<title>", Html(title), "</title>\n<desc>", Html(description), "</desc>\n"},
              &out_);
}

void Svg::Shape(const std::string& shape, std::string_view css_class, std::string_view tip) {
  AppendParts({"<", shape, " class=\"", css_class, "\""}, &out_);
  const std::string name = shape.substr(0, shape.find(' '));
  if (tip.empty()) {
    out_ += "/>\n";
  } else {
    AppendParts({"><title>", Html(tip), "</title></", name, ">\n"}, &out_);
  }
}

void Svg::Rect(double x, double y, double width, double height, std::string_view css_class, std::string_view tip) {
  Shape(Concat({"rect x=\"", Px(x), "\" y=\"", Px(y), "\" width=\"", Px(std::max(width, 0.0)), "\" height=\"",
                Px(std::max(height, 0.0)), "\" rx=\"2\""}),
        css_class, tip);
}

void Svg::Line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  Shape(Concat({"line x1=\"", Px(x1), "\" y1=\"", Px(y1), "\" x2=\"", Px(x2), "\" y2=\"", Px(y2), "\""}), css_class,
        "");
}

void Svg::Text(double x, double y, std::string_view text, std::string_view css_class) {
  AppendParts({"<text x=\"", Px(x), "\" y=\"", Px(y), "\" class=\"", css_class, "\">", Html(text), "</text>\n"}, &out_);
}

void Svg::Polygon(std::string_view points, std::string_view css_class, std::string_view tip) {
  Shape(Concat({"polygon points=\"", points, "\""}), css_class, tip);
}

std::vector<int64_t> AxisSteps(int64_t most) {
  constexpr int64_t kSteps = 4;
  int64_t step = 1;
  for (int64_t power = 1; step * kSteps < most; power *= 10) {
    for (int64_t factor : {1, 2, 5}) {
      step = factor * power;
      if (step * kSteps >= most) break;
    }
  }
  std::vector<int64_t> steps = {0};
  while (steps.back() < most) steps.push_back(steps.back() + step);
  return steps;
}

}  // namespace leadpulse::report
