"use strict";
for (const tools of document.querySelectorAll("[data-filter]")) {
  const cards = [...document.querySelectorAll(".card.changed")];
  const text = tools.querySelector("input[type=search]");
  const category = tools.querySelector("select");
  const kinds = [...tools.querySelectorAll("button[data-kind]")];
  const count = tools.querySelector("output");
  let kind = "";
  const show = () => {
    const words = text.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const card of cards) {
      const content = card.textContent.toLocaleLowerCase();
      const fits = (!kind || card.dataset.kind === kind)
        && (!category.value || card.dataset.category === category.value)
        && words.every((word) => content.includes(word));
      card.hidden = !fits;
      seen += fits;
    }
    count.textContent = `${seen} of ${cards.length}`;
  };
  for (const button of kinds) {
    button.addEventListener("click", () => {
      kind = button.dataset.kind;
      for (const other of kinds) other.setAttribute("aria-pressed", String(other === button));
      show();
    });
  }
  text.addEventListener("input", show);
  category.addEventListener("change", show);
  tools.hidden = false;
  show();
}
for (const more of document.querySelectorAll("button[data-more]")) {
  const box = more.previousElementSibling;
  if (box.scrollHeight > box.clientHeight + 4) {
    more.hidden = false;
    more.addEventListener("click", () => {
      const open = box.classList.toggle("open");
      more.textContent = open ? "less" : "more";
    });
  }
}
