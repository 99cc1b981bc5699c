// Follows the changes of contacts and renews what this page shows of them. Every page works without it.
"use strict";

document.documentElement.classList.add("script");

// A menu is sent when another entry is chosen.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && event.target.matches("select")) form.requestSubmit();
});

// Shows only the fields that belong to the choice of the form.
function show(chooser) {
  for (const field of chooser.form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(chooser.value);
  }
}
for (const chooser of document.querySelectorAll("[data-chooses]")) {
  show(chooser);
  chooser.addEventListener("change", () => show(chooser));
}

const BETWEEN_COUNTS = 2000; // ms: each count is a scan
const table = document.getElementById("leads");

function parse(html) {
  // Outside a template, a parser drops rows that are in no table.
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
}

// Null: the contact is not there. Any other failure throws, and the page stays as it is.
async function part(path, parameters) {
  const answer = await fetch(path + "?" + new URLSearchParams(parameters), { redirect: "error" });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return parse(await answer.text());
}

const rowOf = (lead) => table && table.querySelector(`tr[data-lead="${CSS.escape(lead)}"]`);
const detailOf = (lead) => {
  const panel = document.getElementById("detail");
  return panel && panel.dataset.detail === lead ? panel : null;
};

// Whether the user is typing there or has typed.
function isUsed(element) {
  if (element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return true;
  return [...element.querySelectorAll("input, textarea")].some((field) =>
    field.type !== "hidden" && (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));
}

async function renew(lead) {
  const row = rowOf(lead);
  if (row && !isUsed(row)) {
    const fresh = await part("/leads/row", { lead, back: table.dataset.back });
    if (fresh) {
      fresh.classList.add("changed");
      row.replaceWith(fresh);
    } else {
      row.remove();
    }
  }
  const panel = detailOf(lead);
  if (!panel) return;
  if (isUsed(panel)) {
    if (!panel.querySelector(".stale")) {
      const note = document.createElement("p");
      note.className = "stale";
      note.setAttribute("role", "status");
      note.textContent = "This contact has changed. Save or close it to see how it is now.";
      panel.querySelector("header").append(note);
    }
    return;
  }
  const parameters = new URLSearchParams(location.search);
  parameters.set("lead", lead);
  const fresh = await part("/leads/detail", parameters);
  fresh ? panel.replaceWith(fresh) : panel.remove();
}

// Renews a contact once at a time. A change meanwhile renews it once more.
const running = new Map();
async function changed(lead) {
  if (!rowOf(lead) && !detailOf(lead)) return;
  if (running.has(lead)) return running.set(lead, true);
  do {
    running.set(lead, false);
    try { await renew(lead); } catch { /* the next change tries again */ }
  } while (running.get(lead));
  running.delete(lead);
}

let counting = false;
function count() {
  if (counting || !document.querySelector("[data-count]")) return;
  counting = true;
  setTimeout(async () => {
    counting = false;
    try {
      const fresh = await part("/leads/counts", {});
      for (const number of fresh ? fresh.querySelectorAll("[data-count]") : []) {
        const shown = document.querySelector(`main [data-count="${CSS.escape(number.dataset.count)}"]`);
        if (shown) shown.textContent = number.textContent;
      }
    } catch { /* the next change tries again */ }
  }, BETWEEN_COUNTS);
}

function remove(lead) {
  for (const shown of [rowOf(lead), detailOf(lead)]) if (shown) shown.remove();
}

// Tells the script of a single page.
const announce = (name, detail) => document.dispatchEvent(new CustomEvent(`leadpulse:${name}`, { detail }));

// Changes may have been missed.
function renewAll() {
  announce("missed");
  for (const row of table ? table.querySelectorAll("tr[data-lead]") : []) changed(row.dataset.lead);
  const panel = document.getElementById("detail");
  if (panel) changed(panel.dataset.detail);
  count();
}

const GONE = ["LEAD_ERASED", "LEAD_GONE"];
const KINDS = [...GONE, "LEAD_CREATED", "EMAIL_STATUS_CHANGED", "SENDABLE_CHANGED", "TOPIC_CHANGED",
  "STAGE_CHANGED", "SCORE_CHANGED", "TIER_CHANGED", "SEGMENT_ENTERED", "SEGMENT_LEFT", "LEAD_MERGED"];
const BEFORE_NEXT_TRY = 5000; // ms: the number of streams of a user is limited

function follow(isAgain) {
  let missed = isAgain; // changes since the last stream
  const stream = new EventSource("/api/v1/stream");
  stream.addEventListener("open", () => {
    document.documentElement.dataset.live = "yes";
    if (missed) renewAll();
    missed = true;
  });
  for (const kind of KINDS) {
    stream.addEventListener(kind, (event) => {
      const lead = JSON.parse(event.data).leadId;
      GONE.includes(kind) ? remove(lead) : changed(lead);
      announce(GONE.includes(kind) ? "gone" : "changed", { lead, kind });
      count();
    });
  }
  stream.addEventListener("reset", renewAll);
  stream.addEventListener("error", () => {
    // A browser connects again by itself, except after a refusal.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, BEFORE_NEXT_TRY, true);
  });
}

// Notes and attributes that change nothing else are not in the stream.
document.addEventListener("visibilitychange", () => {
  const panel = document.getElementById("detail");
  if (!document.hidden && panel) changed(panel.dataset.detail);
});

if (table || document.getElementById("detail") || document.querySelector("[data-follows]")) follow(false);
