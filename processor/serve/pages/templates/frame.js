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

// `/` searches and `n` adds a lead, unless somebody is typing.
const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = { "/": () => document.getElementById("query").select(), n: () => document.querySelector("[data-adds]").click() }[event.key];
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
  if (form.getAttribute("action") !== "/look" || !button) return;
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
