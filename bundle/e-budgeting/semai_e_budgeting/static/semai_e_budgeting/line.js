// Shows the total while typing. The server computes it again and is the only one that counts.
"use strict";
(() => {
  const form = document.querySelector(".line-form");
  if (!form) return;
  const box = form.querySelector(".computed");
  const parse = (name) => {
    const text = form.elements[name].value.trim().replace(/^Rp\s*/i, "");
    if (text === "") return null;
    const plain = /^\d{1,3}(\.\d{3})+(,\d+)?$/.test(text) ? text.replace(/\./g, "") : text;
    const value = Number(plain.replace(",", "."));
    return Number.isFinite(value) ? value : NaN;
  };
  const money = (value) => (value < 0 ? "-Rp" : "Rp") + Math.abs(value).toLocaleString("id-ID");
  const show = (name, text) => { box.querySelector(`[data-show=${name}]`).textContent = text; };
  const update = () => {
    const volumes = ["volume_1", "volume_2", "volume_3"].map(parse);
    const standard = form.querySelector("input[name=standard]:checked");
    const price = parse("unit_price") ?? (standard?.dataset.price ? Number(standard.dataset.price) : null);
    const known = volumes[0] !== null && price !== null && ![...volumes, price].some(Number.isNaN);
    box.classList.remove("too-much");
    if (!known) return ["volume", "net", "tax", "total", "left"].forEach((name) => show(name, "–"));
    const volume = volumes.reduce((product, factor) => product * (factor === null ? 1 : factor), 1);
    const net = Math.round(volume * price);
    const tax = Math.round(net * (parse("tax_percent") || 0) / 100);
    const left = Number(form.dataset.available) - net - tax;
    show("volume", volume.toLocaleString("id-ID"));
    show("net", money(net));
    show("tax", money(tax));
    show("total", money(net + tax));
    show("left", money(left));
    box.classList.toggle("too-much", left < 0);
  };
  const take = ({ target }) => {
    if (target.name !== "standard" || !target.dataset.price) return;
    const price = Number(target.dataset.price);
    form.elements.unit_price.value = price.toLocaleString("id-ID", { maximumFractionDigits: 2 });
    form.elements.unit_1.value ||= target.dataset.unit;
    update();
  };
  form.addEventListener("input", update);
  form.addEventListener("change", take);
})();
