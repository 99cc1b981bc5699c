// Imports: a file that is dropped, pasted or chosen is uploaded at once, and a change of the columns is previewed at once.
"use strict";

const upload = document.querySelector("[data-upload]");
if (upload) {
  const input = upload.elements.file, drop = upload.querySelector(".drop");
  upload.querySelector("[data-hint]").hidden = false;
  const take = (files) => {
    if (!files.length) return;
    input.files = files;
    upload.requestSubmit();
  };
  input.addEventListener("change", () => input.files.length && upload.requestSubmit());
  for (const kind of ["dragenter", "dragover"]) addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (event.clipboardData.files.length) return take(event.clipboardData.files);
    if (!text.includes("\n") || event.target.matches("input:not([type=file]), textarea")) return;
    const pasted = new DataTransfer();
    pasted.items.add(new File([text], "pasted.csv", { type: "text/csv" }));
    take(pasted.files);
  });
}

// The page with the preview takes the place of this one. The focus stays where it was.
let asked = 0;
async function preview(form) {
  const turn = ++asked, body = new URLSearchParams(new FormData(form));
  body.set("what", "preview");
  const bar = form.querySelector(".import-bar");
  bar.setAttribute("aria-busy", "true");
  for (const button of bar.querySelectorAll("button[value=run]")) button.disabled = true;
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), fresh = page.querySelector("[data-columns]");
    if (turn !== asked) return;
    if (!fresh) return void form.submit();
    const controls = (element) => [...element.querySelectorAll("main input, main select, main button, main summary")];
    const at = document.activeElement, same = controls(document).filter((other) => other.name === at.name).indexOf(at);
    for (const details of fresh.querySelectorAll("details")) details.open = form.querySelector("details").open;
    document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
    if (at.name) controls(document).filter((other) => other.name === at.name)[same]?.focus({ preventScroll: true });
  } catch {
    form.requestSubmit(form.querySelector("[data-preview]"));
  }
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-columns]");
  if (!form || event.target.value === "+") return;
  preview(form);
});
