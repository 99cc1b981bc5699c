// What every page has: menus that close, keys, and the look without a page load.
"use strict";

// A menu closes by a click elsewhere and by Escape. Another one closes it, too.
function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (location.hash === "#add") {
    location.hash = "";
  }
});

// The keys and the commands are shown over the page. Commands follow what is typed; the arrow keys go through them.
let over = null;
async function contentOf(path, parameters) {
  const answer = await fetch(path + "?" + new URLSearchParams({ ...parameters, part: "1" }), { redirect: "error" });
  return parse(await answer.text()); // live.js
}
async function showOver(path) {
  const lead = document.getElementById("detail")?.dataset.detail, isList = location.pathname === "/leads";
  const parameters = { ...(lead && { lead }), ...(isList && { back: location.search.slice(1) }) };
  const content = await contentOf(path, parameters).catch(() => void (location.href = path));
  if (!content) return;
  over ||= document.body.appendChild(make("dialog", { className: "over" }));
  over.replaceChildren(content);
  over.setAttribute("aria-label", content.dataset.label);
  if (!over.open) over.showModal();
  const field = over.querySelector("[name=query]");
  field?.addEventListener("input", async () => {
    const typed = { ...parameters, query: field.value };
    const fresh = await contentOf(path, typed).catch(() => null);
    if (fresh && field.value === typed.query) over.querySelector(".command-list").replaceWith(fresh.querySelector(".command-list"));
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-over]");
  if (event.target === over || (over?.contains(event.target) && event.target.closest("a"))) return over.close();
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  showOver(link.dataset.over);
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && document.getElementById("query")) {
    event.preventDefault();
    showOver("/commands");
  } else if (over?.open) {
    event.stopImmediatePropagation(); // the keys of the page below
    const entries = [...over.querySelectorAll(".command-list li :is(a, button)")], at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Enter: at < 0 ? 0 : undefined }[event.key];
    if (to === undefined || !entries.length) return;
    event.preventDefault();
    if (event.key === "Enter") return entries[0].click();
    to < 0 ? over.querySelector("[name=query]").focus() : entries[to % entries.length].focus();
  }
}, true);

// `/` searches, `n` adds a lead and `?` shows the keys, unless somebody is typing.
const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), select, option, textarea, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = { "/": () => document.getElementById("query").select(), n: () => document.querySelector("[data-adds]").click(), "?": () => showOver("/keys") }[event.key];
  if (!key || !document.getElementById("query")) return;
  event.preventDefault();
  key();
});
const focusAdd = () => location.hash === "#add" && document.querySelector("#add [name=email]")?.focus();
addEventListener("hashchange", focusAdd);
focusAdd();

// The look is kept for the next page and shown on this one.
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (form.getAttribute("action") !== "/look" || !["theme", "rail"].includes(button?.name)) return;
  event.preventDefault();
  fetch("/look", { method: "POST", body: new URLSearchParams(new FormData(form, button)), redirect: "manual" });
  if (button.name === "rail") {
    const isFolded = document.body.classList.toggle("folded");
    button.value = isFolded ? "open" : "folded";
    button.setAttribute("aria-pressed", String(isFolded));
    return;
  }
  button.value === "system" ? delete document.documentElement.dataset.theme : document.documentElement.dataset.theme = button.value;
  for (const other of form.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
}, true);

// The bell has its number after changes of leads and while the page is visible. Notices come a second after a change.
let ringing = false;
function ring() {
  if (ringing || document.hidden || !document.getElementById("bell")) return;
  ringing = true;
  setTimeout(async () => {
    ringing = false;
    const fresh = await contentOf("/bell", {}).catch(() => null);
    if (fresh) document.getElementById("bell").replaceWith(fresh);
  }, 3000);
}
for (const name of ["leadpulse:changed", "leadpulse:missed", "visibilitychange"]) document.addEventListener(name, ring);
setInterval(ring, 60000);
