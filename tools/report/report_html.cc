#include <string>

#include "tools/report/html_text.h"
#include "tools/report/render.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

std::string Tile(const std::string& number, const std::string& title) {
  return "<div class=\"tile\"><b>" + Html(number) + "</b>" + Html(title) + "</div>\n";
}

std::string Tiles(const TenantReport& tenant) {
  std::string tiles = Tile(Grouped(tenant.leads), "leads") + Tile(Grouped(tenant.sendable), "may be mailed") +
                      Tile(Grouped(tenant.stages[static_cast<size_t>(Stage::kConverted)]), "converted");
  if (!tenant.tiers.empty()) tiles += Tile(Grouped(tenant.tiers.front().leads), "in tier " + tenant.tiers.front().name);
  const auto status = [&](EmailStatus one) { return tenant.by_email_status[static_cast<size_t>(one)]; };
  tiles += Tile(Grouped(status(EmailStatus::kUnsubscribed) + status(EmailStatus::kComplained)),
                "unsubscribed or complained") +
           Tile(Grouped(status(EmailStatus::kBounced)), "bounced");
  return "<div class=\"tiles\">\n" + tiles + "</div>\n";
}

std::string TenantHtml(const TenantReport& tenant, const Period& period, size_t number) {
  std::string html = "<article id=\"tenant-" + std::to_string(number) + "\">\n<h2>" + Html(tenant.tenant) + "</h2>\n";
  html += Tiles(tenant);
  for (const std::string& note : NotesOn(tenant)) html += Paragraph(note, "note");
  html += PipelineSection(tenant) + StageHistorySection(tenant, period) + TiersSection(tenant);
  html += SegmentsSection(tenant, period) + CampaignsSection(tenant) + AddressesSection(tenant) +
          ScoresSection(tenant.scores);
  return html + Paragraph("Days are those of the time zone " + tenant.time_zone + ".", "quiet") + "</article>\n";
}

std::string Contents(const Report& report) {
  if (report.tenants.size() < 2) return "";
  std::string list = "<nav aria-label=\"Tenants\"><ul>\n";
  for (size_t i = 0; i < report.tenants.size(); ++i) {
    list += "<li><a href=\"#tenant-" + std::to_string(i) + "\">" + Html(report.tenants[i].tenant) + "</a>, " +
            Leads(report.tenants[i].leads) + "</li>\n";
  }
  return list + "</ul></nav>\n";
}

std::string Meaning() {
  std::string list = "<section class=\"meaning\"><h2>What the numbers mean</h2>\n<ul>\n";
  for (const std::string& sentence : Definitions()) list += "<li>" + Html(sentence) + "</li>\n";
  return list + "</ul></section>\n";
}

}  // namespace

std::string ReportHtml(const Report& report) {
  const std::string title = "Leads" + (report.tenants.size() == 1 ? " of " + report.tenants.front().tenant : "") +
                            ", " + FormatRfc3339(report.at).substr(0, 10);
  // The policy is a second defence: markup that got into the page would still run and load nothing.
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      Html(title) + "</title>\n<style>\n" + kStyleSheet + "</style>\n</head>\n<body>\n<main>\n<h1>" + Html(title) +
      "</h1>\n" + Paragraph("As of " + FormatRfc3339(report.at) + ".", "quiet") + Contents(report);
  if (report.tenants.empty()) html += Paragraph("No leads to report.");
  for (size_t i = 0; i < report.tenants.size(); ++i) html += TenantHtml(report.tenants[i], report.period, i);
  if (report.other_tenants > 0) {
    html += Paragraph(Grouped(report.other_tenants) + " more tenants with " + Leads(report.other_leads) +
                      "; ask for one with --tenant.");
  }
  return html + Meaning() + "</main>\n</body>\n</html>\n";
}

}  // namespace leadpulse::report
